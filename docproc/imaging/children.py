"""Killable child processes: C libraries that crash, hang or eat memory take one task with them, and nothing else.

Why not a ready-made pool: `concurrent.futures` fails every task when one child dies; pebble shares one pipe and its
locks between all children, so that one that is killed while it writes can stall its neighbours, and it polls. Here each
child has a socket of its own, and one thread waits for all of them.
"""

from __future__ import annotations

import pickle
import selectors
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from docproc.core.errors import PageFailed, Unavailable
from docproc.imaging.process import GIB, Child, ChildLimits, Task, death, kill, lost, start

__all__ = ["GIB", "ChildLimits", "Children"]

STARTS = 3  # children in a row that may die before they are ready, until waiting tasks are given up
START_SECONDS = 120.0  # a child that is not ready by then is hung: imports on a cold, busy disk take tens of seconds
SLOW = 1.0  # seconds after which a child is no good place for tasks that are sent ahead
AHEAD_BYTES = 32 << 10  # a task sent ahead must fit into the socket's buffer, or sending it would block


class Children:
    """Up to `workers` child processes, started when there is work for them.

    `setup`, a picklable callable, runs once in each child; what it returns is the first argument of every task there
    (an engine, open files). Without one, tasks get their own arguments alone. `name` stands in the texts of errors.
    Nothing of this process is inherited: children are fresh interpreters, started without its main module.
    """

    def __init__(
        self,
        workers: int,
        setup: Callable[[], Any] | None = None,
        *,
        name: str = "child",
        limits: ChildLimits | None = None,
    ) -> None:
        self.workers = workers
        self.name = name
        self.limits = limits or ChildLimits()
        self._setup = pickle.dumps((setup, self.limits.memory, self.limits.threads))
        self._queue: deque[Task] = deque()
        self._children: list[Child] = []
        self._failed_starts = 0
        self._closed = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._selector = selectors.DefaultSelector()
        self._bell, self._button = socket.socketpair()
        self._bell.setblocking(False)
        self._button.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)

    def submit(self, function: Callable[..., Any], *args: Any, timeout: float | None, what: str = "") -> Future[Any]:
        """Run `function` in a child. Its result or its exception is the future's.

        `timeout` is in seconds of wall time, counted from the task's own start. `what` names the task in errors. Raises
        through the future PageFailed (timeout, crash, out_of_memory; cancelled by `close`) and Unavailable where no
        child can be started. Callbacks of the future run in the thread that serves all children: keep them short.
        """
        task = Task(Future(), pickle.dumps((function, args, timeout), pickle.HIGHEST_PROTOCOL), timeout, what)
        with self._lock:
            if self._closed:
                raise Unavailable(f"{self.name}: closed, no more work is taken")
            self._queue.append(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"{self.name}-children", daemon=True)
                self._thread.start()
        self._ring()
        return task.future

    def close(self) -> None:
        """Kill the children. Tasks that wait are cancelled, those that run fail as `cancelled`. Can be repeated."""
        with self._lock:
            first, self._closed = not self._closed, True
            thread = self._thread
        self._ring()
        if thread is None and first:
            self._shut()
        elif thread is not None and thread is not threading.current_thread():
            thread.join()

    def pids(self) -> list[int]:
        """The process ids of the children that live now."""
        return [child.process.pid for child in list(self._children)]

    def __enter__(self) -> Children:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # All below runs in the one serving thread; it alone starts children (see PDEATHSIG in child.py) and touches them.

    def _run(self) -> None:
        try:
            while not self._closed:
                self._hand_out()
                for key, _ in self._selector.select(self._patience()):
                    if key.data is None:
                        self._drain()
                    elif not key.data.doomed:
                        self._hear(key.data)
                self._kill_late()
                self._rescue()
        finally:
            self._shut()

    def _hand_out(self) -> None:
        """Give waiting tasks to children: idle ones first, then new ones, then ahead to busy ones."""
        while self._queue:
            child = next((child for child in self._children if child.ready and not child.tasks), None)
            if child is None and len(self._children) < self.workers:
                starting = sum(not child.ready for child in self._children)
                if starting < len(self._queue) and self._start():
                    continue
            child = child or self._least_busy()
            if child is None:
                return
            task = self._take()
            if task is not None:
                self._send(child, task)

    def _take(self) -> Task | None:
        """The first task of the queue, None where it was cancelled, or is done already."""
        task = self._queue.popleft()
        task.waiting = False
        if not task.begun:
            task.begun = task.future.set_running_or_notify_cancel()
            return task if task.begun else None
        return None if task.future.done() else task

    def _give_back(self, tasks: Iterable[Task]) -> None:
        """Put tasks that were sent ahead first in the queue again, in their order."""
        for task in reversed([task for task in tasks if not task.waiting]):
            task.waiting = True
            self._queue.appendleft(task)

    def _least_busy(self) -> Child | None:
        if not self.limits.ahead or len(self._queue[0].payload) > AHEAD_BYTES:
            return None
        soon = time.monotonic() - SLOW
        able = [
            child
            for child in self._children
            if child.ready and len(child.tasks) <= self.limits.ahead and child.since > soon
        ]
        return min(able, key=lambda child: len(child.tasks), default=None)

    def _send(self, child: Child, task: Task) -> None:
        child.tasks.append(task)
        task.holders += 1
        if len(child.tasks) == 1:
            self._set_deadline(child)
        with suppress(OSError):  # it is dead: its end of file, which is on its way, settles the task
            child.pipe.send_bytes(task.payload)

    def _set_deadline(self, child: Child) -> None:
        timeout = child.tasks[0].timeout if child.tasks else None
        child.since = time.monotonic()
        child.deadline = child.since + timeout if timeout else None

    def _start(self) -> bool:
        try:
            process, pipe = start()
        except OSError as error:
            if not self._children:
                self._start_failed(Unavailable(f"{self.name}: no child process can be started: {error}"), final=True)
            return False
        child = Child(process, pipe, deadline=time.monotonic() + START_SECONDS)
        self._children.append(child)
        self._selector.register(child.pipe, selectors.EVENT_READ, child)
        with suppress(OSError):
            child.pipe.send_bytes(self._setup)
        return True

    def _hear(self, child: Child) -> None:
        try:
            sound, value = child.pipe.recv()
        except (EOFError, OSError):
            self._bury(child, None)
            return
        if not child.ready:
            child.ready = sound
            child.deadline = None
            if sound:
                self._failed_starts = 0
            else:
                self._bury(child, value)  # what the set-up raised: it will raise it again
            return
        task = child.tasks.popleft()
        self._set_deadline(child)
        task.settle(value, None if sound else value)
        if not sound and getattr(value, "code", "") == "out_of_memory":
            self._bury(child, Unavailable("unfit for more"), running=False)

    def _rescue(self) -> None:
        """Let neighbours do what was sent ahead to a child that turns out to be busy for long."""
        slow = time.monotonic() - SLOW
        for child in self._children:
            if child.since <= slow:
                self._give_back(self._stuck(child))

    @staticmethod
    def _stuck(child: Child) -> list[Task]:
        """Tasks that wait behind a child's running one, and are with nobody else."""
        ahead = list(child.tasks)[1:] if child.ready else []
        return [task for task in ahead if task.holders == 1 and not task.waiting and not task.future.done()]

    def _kill_late(self) -> None:
        now = time.monotonic()
        for child in [child for child in self._children if child.deadline is not None and child.deadline <= now]:
            if child.tasks:
                task = child.tasks[0]
                text = f"{task.what or self.name}: not done after {task.timeout:g} s, its process was killed"
                self._bury(child, PageFailed(text, self.limits.timeout_code))
            else:
                self._bury(child, Unavailable(f"{self.name}: a child process was not ready after {START_SECONDS:g} s"))

    def _bury(self, child: Child, reason: Exception | None, running: bool = True) -> None:
        """Remove a child that is dead or is to die now. The task that it ran fails; those sent ahead go to others.

        `running`: it has begun its first task.
        """
        self._children.remove(child)
        self._selector.unregister(child.pipe)
        child.doomed = True
        if reason is not None:
            kill(child.process)
        child.pipe.close()
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(2)
        kill(child.process)
        status = child.process.wait()
        if not child.ready:
            died = Unavailable(f"{self.name}: a child process {death(status)} while it started")
            self._start_failed(reason or died, final=reason is not None)
            return
        if running and child.tasks:
            task = child.tasks.popleft()
            task.settle(None, reason or lost(task.what or self.name, status, self.limits))
        for task in child.tasks:
            task.holders -= 1
        self._give_back(task for task in child.tasks if not task.future.done())

    def _start_failed(self, reason: Exception, final: bool) -> None:
        """Give up what waits when a start cannot succeed, or has failed too often in a row."""
        self._failed_starts += 1
        if final or self._failed_starts >= STARTS:
            self._failed_starts = 0
            while self._queue:
                task = self._take()
                if task is not None and not task.holders:
                    task.future.set_exception(reason)

    def _patience(self) -> float | None:
        deadlines = [child.deadline for child in self._children if child.deadline is not None]
        deadlines += [child.since + SLOW for child in self._children if self._stuck(child)]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _ring(self) -> None:
        with suppress(BlockingIOError, OSError):  # full: it rings already; closed: nobody listens any more
            self._button.send(b"!")

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            self._bell.recv(4096)

    def _shut(self) -> None:
        with self._lock:
            self._closed = True
        stopped = {id(task): task for child in self._children for task in child.tasks if not task.future.done()}
        for child in list(self._children):
            child.tasks.clear()
            child.ready = True  # no start has failed
            self._bury(child, Unavailable("closed"))
        for task in self._queue:
            if task.begun:
                stopped[id(task)] = task
            elif task.future.cancel():
                task.future.set_running_or_notify_cancel()
        for task in stopped.values():
            if not task.future.done():
                task.future.set_exception(PageFailed(f"{task.what or self.name}: stopped", "cancelled"))
        self._selector.close()
        self._bell.close()
        self._button.close()
