"""One child process: what it is limited to, what it has to do, how it is started and killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from docproc.core.errors import PageFailed

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """`memory`: bytes of address space of a child, None for no limit. `threads` that a task may keep busy: its CPU time
    is limited to wall limit x threads. `ahead`: tasks sent to a busy child, which saves it the wait for the next; right
    for tasks of milliseconds that bear being run twice: behind one of a second, they go to a neighbour as well.
    """

    memory: int | None = 2 * GIB
    threads: int = 1
    ahead: int = 0
    timeout_code: str = "render_timeout"
    crash_code: str = "render_crash"


@dataclass(slots=True, eq=False)
class Task:
    future: Future[Any]
    payload: bytes
    timeout: float | None
    what: str
    begun: bool = False  # its future says that it runs
    waiting: bool = True  # in the queue
    holders: int = 0  # children that it was sent to

    def settle(self, value: Any, error: BaseException | None) -> None:
        """One holder's outcome: the first result counts, and an error where nobody else can give a better one."""
        self.holders -= 1
        if self.future.done():
            return
        if error is None:
            self.future.set_result(value)
        elif not self.holders and not self.waiting:
            self.future.set_exception(error)


@dataclass(slots=True, eq=False)
class Child:
    process: subprocess.Popen[bytes]
    pipe: Connection
    ready: bool = False
    tasks: deque[Task] = field(default_factory=deque)  # the first is running
    deadline: float | None = None
    since: float = 0.0  # when the running task began
    doomed: bool = False


def start() -> tuple[subprocess.Popen[bytes], Connection]:
    """A fresh interpreter that serves tasks over a socket, and our end of that. Raises OSError."""
    ours, theirs = socket.socketpair()
    code = f"import sys; sys.path[:] = {sys.path!r}; from docproc.imaging.child import main; "
    try:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", code + f"main({theirs.fileno()}, {os.getpid()})"],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is the parent's; and all that the child starts can be killed with it
            )
    except OSError:
        ours.close()
        raise
    return process, Connection(ours.detach())


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a child and what it has started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def death(status: int) -> str:
    if status < 0:
        with suppress(ValueError):
            return f"died of {signal.Signals(-status).name}"
    return f"ended with status {status}"


def lost(what: str, status: int, limits: ChildLimits) -> PageFailed:
    """What became of a task whose process ended with that status."""
    if status == -signal.SIGXCPU:
        return PageFailed(f"{what}: used more CPU time than its limit allows", limits.timeout_code)
    if status == -signal.SIGKILL:
        return PageFailed(f"{what}: its process was killed from outside; is there memory enough?", "out_of_memory")
    return PageFailed(f"{what}: its process {death(status)}", limits.crash_code)
