"""The inside of a child process of `Children`: limits, one set-up, then tasks until the pipe closes."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

from docproc.core.errors import PageFailed

READY = "ready"
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(descriptor: int, parent: int) -> None:
    """Serve tasks over the socket `descriptor` until it closes; never returns. `parent` is the process to die with."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(parent)
    pipe = Connection(descriptor)
    try:
        _serve(pipe)
    except (EOFError, ConnectionError):
        pass  # the parent closed the pipe: no more work
    finally:
        sys.stderr.flush()
        os._exit(0)  # the C libraries' own tear-down has crashed before, and there is nothing left to save


def _serve(pipe: Connection) -> None:
    setup, memory, threads = pipe.recv()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    context: tuple[Any, ...] = ()
    if setup is not None:
        try:
            context = (setup(),)
        except Exception as error:  # noqa: BLE001 - whatever the set-up raises belongs to whoever ordered the children
            pipe.send_bytes(_packed_error(error))
            return
    # Words come by the thousand and have no cycles; what is loaded by now stays. The collector need not look so often.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    pipe.send_bytes(pickle.dumps((True, READY)))
    while True:
        function, arguments, timeout = pipe.recv()
        if timeout:
            _limit_cpu(timeout * threads)
        reply, sound = _run(function, (*context, *arguments))
        pipe.send_bytes(reply)
        if not sound:
            return


def _run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bytes, bool]:
    """The pickled outcome, and whether this process is fit for another task."""
    try:
        return pickle.dumps((True, function(*arguments)), pickle.HIGHEST_PROTOCOL), True
    except MemoryError:
        error = PageFailed("it needs more memory than a child process may have", "out_of_memory")
        return _packed_error(error), False
    except Exception as error:  # noqa: BLE001 - whatever a task raises is its outcome, and belongs to whoever submitted it
        return _packed_error(error), True


def _packed_error(error: Exception) -> bytes:
    """The error itself where it survives the journey, else its text."""
    try:
        packed = pickle.dumps((False, error))
        ForkingPickler.loads(packed)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError):
        packed = pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
    return packed


def _limit_cpu(seconds: float) -> None:
    """CPU time that this process may use from now on: a second guard, should the parent be too busy to kill it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _die_with(parent: int) -> None:
    """See to it that this process ends when `parent` is killed, even in the middle of a task."""
    if sys.platform == "linux":
        # The signal comes when the parent's *thread* that started us ends; `Children` starts from one that outlives us.
        bound = ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL) == 0
    else:
        bound = False
    if os.getppid() != parent:  # it died before we were bound to it
        os._exit(1)
    if not bound:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
