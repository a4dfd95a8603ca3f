"""What a watched folder tells its face."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Watches:
    """It has begun. `how`: what tells of new files; `settle`: seconds for which a file must stand still."""

    inbox: str
    done: str
    failed: str
    how: str
    settle: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A file has ended and lies where it belongs; `line` is what `--json` prints for it."""

    line: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """Something that whoever runs it should know."""

    text: str


@dataclass(frozen=True, slots=True)
class Over:
    """It has ended. `statuses` counts the files that were placed, `left` those left alone by reason; `in_hand` files
    are in the processing folder and go on with the next start.
    """

    seconds: float
    statuses: dict[str, int]
    left: dict[str, int]
    in_hand: int


News = Watches | Placed | Told | Over

AGAIN = 3600.0  # seconds after which the same is told again
_MOST = 1000  # things that are remembered to have been told


@dataclass
class Rarely:
    """What is wrong for long is told once an hour."""

    clock: Callable[[], float] = time.monotonic
    _told: dict[str, float] = field(default_factory=dict)
    _waiting: list[Told] = field(default_factory=list)

    def tell(self, about: str, text: str) -> None:
        """Tell this unless something `about` the same was told within the hour."""
        now = self.clock()
        if about in self._told and now - self._told[about] < AGAIN:
            return
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[about] = now
        self._waiting.append(Told(text))

    def over(self, about: str, text: str) -> None:
        """That something is over is told where it was told that it began."""
        if self._told.pop(about, None) is not None:
            self._waiting.append(Told(text))

    def news(self) -> list[Told]:
        """What is to be told now."""
        waiting, self._waiting = self._waiting, []
        return waiting
