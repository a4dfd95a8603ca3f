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

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """`memory`: bytes of address space of a child, None for no limit. `threads` that a task may keep busy: its CPU time
    is limited to wall limit x threads. `ahead`: tasks sent to a busy child, which saves it the wait for the next; right
    for tasks of milliseconds, wrong for tasks of seconds, since a task sent ahead cannot move to an idle neighbour.
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


@dataclass(slots=True, eq=False)
class Child:
    process: subprocess.Popen[bytes]
    pipe: Connection
    ready: bool = False
    tasks: deque[Task] = field(default_factory=deque)  # the first is running
    deadline: float | None = None
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
