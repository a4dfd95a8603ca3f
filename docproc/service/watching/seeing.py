"""Sees what comes into an inbox, by events or by looking again and again, and tells what has stood still."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from docproc.service.watching.news import Rarely
from docproc.sources.drop.eyes import Events, Seen, look_at, scan
from docproc.sources.drop.layout import remote
from docproc.sources.drop.standing import MOST, Look, Standing

_SHARE = 20  # a scan may take a twentieth of the time
_POLL = 2.5  # seconds between two scans at most, where there are no events


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: for how long a file stands still, between two whole scans; and whether events are done without.

    `once`: one scan, and no events.
    """

    settle: float
    rescan: float
    poll: bool
    once: bool


class Seeing:
    """The eyes on one inbox. For one thread; `close` ends them."""

    def __init__(self, inbox: Path, pace: Pace, rarely: Rarely) -> None:
        """Raises MissingExtra where events are wanted and the library is not there."""
        self._inbox, self._pace, self._rarely = inbox, pace, rarely
        self._standing = Standing(inbox, pace.settle)
        self._scan_at = 0.0
        self._cut = False  # whether the last scan found more than can be watched
        self._seen_one = False
        self._identity = _identity(inbox)
        self.left: Counter[str] = Counter()  # files that the last scan left alone, by reason
        kind = remote(inbox)
        self._polls = pace.poll or pace.once or kind is not None
        self._events = None if self._polls else self._listen()
        self.way = "events" if self._events else "looking" + (f" ({kind} tells no events)" if kind else "")

    @property
    def due(self) -> bool:
        """Whether all of the inbox is looked through with the next `look`."""
        if self._cut:
            return len(self._standing) <= MOST // 2
        return time.monotonic() >= self._scan_at and not (self._pace.once and self._seen_one)

    @property
    def waiting(self) -> int:
        """How many files are watched and have not stood still yet."""
        return len(self._standing)

    @property
    def complete(self) -> bool:
        """Whether the last scan saw all that is there."""
        return self._seen_one and not self._cut

    def look(self) -> None:
        """See what is new."""
        if _identity(self._inbox) != self._identity:  # another folder in its place: events of the old one tell nothing
            self.again()
        if self._events is not None and self._events.fault is not None:
            self._rarely.tell("events", f"no events of {self._inbox} ({self._events.fault}): it is looked into instead")
            self._events.close()
            self._events, self._polls, self._scan_at = None, True, 0.0
        seen = Seen()
        if self.due:
            self._scan(seen)
        elif self._events is not None:
            for name in self._events.news():
                for look in look_at(self._inbox, name, seen):
                    self._standing.see(look)
        for place in seen.refused:
            self._rarely.tell(place, f"{place}; what lies there is not seen")
        for reason, example in seen.examples.items():
            self._rarely.tell(reason, f"{self._inbox / example} is left alone: {reason}; others like it as well")

    def settled(self, most: int) -> list[Look]:
        """Up to `most` files that have stood still."""
        return self._standing.settled(most)

    def again(self) -> None:
        """Begin anew: the folder was away."""
        self._identity = _identity(self._inbox)
        self._scan_at = 0.0
        if self._events is not None:
            self._events.close()
            self._events = None
            with suppress(OSError):
                self._events = self._listen()
            self._polls = self._events is None

    def close(self) -> None:
        """See no more."""
        if self._events is not None:
            self._events.close()

    def _scan(self, seen: Seen) -> None:
        began = time.monotonic()
        # What comes while it scans is told by events that are heard after it.
        self._cut = False
        for look in scan(self._inbox, seen):
            if self._standing.full:
                self._cut = True
                break
            self._standing.see(look)
        self.left = seen.left
        self._seen_one = True
        every = max(min(_POLL, self._pace.settle / 2), 0.1) if self._polls else self._pace.rescan
        self._scan_at = time.monotonic() + max(min(every, self._pace.rescan), _SHARE * (time.monotonic() - began))

    def _listen(self) -> Events | None:
        try:
            return Events(self._inbox)
        except (OSError, RuntimeError) as error:
            self._rarely.tell("events", f"no events of {self._inbox} ({error}): it is looked into instead")
            self._polls = True
            return None


def _identity(inbox: Path) -> tuple[int, int] | None:
    try:
        status = inbox.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
