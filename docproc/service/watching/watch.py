"""Watch a folder: take what comes, have it worked on, and put it where its outcome says, until it is stopped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from docproc.core.errors import DocprocError, MissingExtra, Unavailable, UsageError
from docproc.queues import Queue
from docproc.service.hands import hands
from docproc.service.log import tell
from docproc.service.parts import Parts
from docproc.service.questions import resolve_set
from docproc.service.watching.choosing import Choice, Choosing
from docproc.service.watching.news import News, Over, Placed, Rarely, Watches
from docproc.service.watching.placing import Placing
from docproc.service.watching.seeing import Pace, Seeing
from docproc.service.watching.taking import Away, Taking
from docproc.sources.drop.layout import Layout, layout, locked

BEAT = 0.2  # seconds between two looks where there is nothing to do
_PATIENCE = 10.0  # seconds until what is away, or wrong, is tried again
_ONCE = 60.0  # seconds at least that `once` gives files that are still being written


@dataclass(frozen=True, slots=True)
class How:
    """What to watch, and how. Folders None: beside the inbox; `queue` None: the configured one. Times in seconds.

    `poll`: look into the folder again and again instead of waiting for events. `once`: handle what is there, and end.
    `work`: have a process here that works on it, where no fleet does.
    """

    inbox: Path
    processing: Path | None = None
    done: Path | None = None
    failed: Path | None = None
    set_name: str = "document"
    engine: str | None = None
    queue: str | None = None
    settle: float = 5.0
    rescan: float = 300.0
    poll: bool = False
    once: bool = False
    work: bool = True


@dataclass
class _Count:
    """What has come of it so far."""

    began: float = field(default_factory=time.monotonic)
    statuses: Counter[str] = field(default_factory=Counter)


def watch(parts: Parts, how: How, stopped: Callable[[], bool]) -> Iterator[News]:
    """Watch until `stopped` says so, or to the end of what is there (`once`); the last of the news is `Over`.

    Killed at any moment, the next watch goes on where this one was. Raises NotFound, UsageError and MissingExtra before
    anything is touched, where something is wrong with the folders, the question set or the engine; Unavailable only
    with `once`: else it waits for what is away.
    """
    places = layout(how.inbox, how.processing, how.done, how.failed, parts.home)
    default = Choice(resolve_set(parts, how.set_name).name, how.engine)
    parts.targets.fingerprint(how.engine or parts.default_engine[0], parts.database)
    count, rarely = _Count(), Rarely()
    pace = Pace(how.settle, how.rescan, how.poll, how.once)
    with ExitStack() as stack:
        queue = stack.enter_context(closing(_queue(parts, how)))
        seeing = stack.enter_context(closing(Seeing(places.inbox, pace, rarely)))
        choosing = Choosing(parts, default, rarely)
        taking = Taking(parts, queue, places, choosing, rarely)
        watching = _Watching(how, places, seeing, taking, Placing(parts, places, rarely), rarely, count, stopped)
        begun = False
        while True:
            try:
                with locked(places) as sure:
                    if not begun:
                        # Hands are not wanted before it is known that nobody else watches.
                        stack.enter_context(hands(parts, queue) if how.work else nullcontext())
                        yield Watches(str(places.inbox), str(places.done), str(places.failed), seeing.way, how.settle)
                        begun = True
                    if not sure:
                        rarely.tell(
                            "locks", f"{places.processing} knows no locks: only one docproc may watch this inbox"
                        )
                    yield from watching.until_away()
            except OSError:  # a share that vanishes does it in many ways
                if how.once or places.there:
                    raise
            if how.once or stopped():
                break
            yield from watching.until_back()
        in_hand = taking.left_in_hand()
    seconds = time.monotonic() - count.began
    yield Over(seconds, dict(count.statuses), dict(seeing.left), in_hand)


def _queue(parts: Parts, how: How) -> Queue:
    """Who works on the files: a fleet, or this machine, where nobody waits for a job as `docproc run` does."""
    queue = parts.queue(how.queue)
    return parts.queue("local") if queue.inline else queue


@dataclass
class _Watching:
    """One watch of a folder, from its start to its end."""

    how: How
    places: Layout
    seeing: Seeing
    taking: Taking
    placing: Placing
    rarely: Rarely
    count: _Count
    stopped: Callable[[], bool]
    _recovered: bool = False
    _wait: float = 0.0  # nothing is tried before then
    _place_at: float = 0.0  # nor is it asked before then what has ended
    _busy: bool = False  # whether the last step did something, so that another is worth while at once

    def until_away(self) -> Iterator[News]:
        """Work with the lock held, until the folders vanish, it is stopped, or all is done that was to be done once."""
        self._recovered = False
        while not self.stopped():
            if not self.places.there:
                self._gone()
                yield from self.rarely.news()
                return
            self._busy = False
            try:
                yield from self._step()
            except Away:
                continue
            except (Unavailable, UsageError, MissingExtra) as error:
                if self.how.once:
                    raise
                self._recovered = False  # what was moved may not have been written down
                self._put_off(error)
            yield from self.rarely.news()
            if self.how.once and not self._busy and self._all_done():
                yield from self.rarely.news()
                return
            if not self._busy:
                time.sleep(BEAT)

    def until_back(self) -> Iterator[News]:
        """Wait for folders that cannot be seen."""
        while not self.stopped() and not self.places.there:
            time.sleep(BEAT)
        if self.places.there:
            self.seeing.again()
            self.rarely.over("away", f"{self.places.inbox} is back")
        yield from self.rarely.news()

    def _step(self) -> Iterator[Placed]:
        """Something of everything. Raises Unavailable, UsageError, Away."""
        if time.monotonic() < self._wait:
            return
        if not self._recovered or self.seeing.due:
            yield from self._counted(self.placing.refuse(self.taking.recover()))
            self._recovered = True
        self.seeing.look()
        room = self.taking.room()
        looks = self.seeing.settled(room) if room > 0 else []
        if looks:
            yield from self._counted(self.placing.refuse(self.taking.take(looks)))
        if time.monotonic() >= self._place_at:
            began = time.monotonic()
            placed = self.placing.place()
            self._place_at = 0.0 if placed else time.monotonic() + 20 * (time.monotonic() - began)
            yield from self._counted(placed)
        self._busy = self._busy or bool(looks)
        self.taking.send()
        self.rarely.over("wrong", "it goes on")

    def _counted(self, placed: list[Placed]) -> Iterator[Placed]:
        for file in placed:
            self._busy = True
            self.count.statuses[file.line["status"]] += 1
            yield file

    def _gone(self) -> None:
        tell("inbox_away")
        self.rarely.tell("away", f"{self.places.inbox} or {self.places.processing} is not to be seen: waiting for it")

    def _put_off(self, error: DocprocError) -> None:
        self._wait = time.monotonic() + _PATIENCE
        self.rarely.tell("wrong", f"{error}; it is tried again, nothing is lost")

    def _all_done(self) -> bool:
        """Whether there is nothing left of what was there at the start. Raises Unavailable where it cannot be moved."""
        if self.placing.stuck:
            raise Unavailable(
                f"{self.placing.stuck} files in {self.places.processing} cannot be moved to where they "
                "belong; see what was told of them, then start again"
            )
        if self.taking.in_hand() or not self.seeing.complete:
            return False
        if not self.seeing.waiting:
            return True
        late = time.monotonic() - self.count.began > max(_ONCE, 12 * self.how.settle)
        if late:
            text = f"{self.seeing.waiting} files in {self.places.inbox} are still being written: they are left"
            self.rarely.tell("late", text)
        return late
