"""What a worker counts while it works: the calls it makes, and the meter that counts nothing.

Nothing here names a document, a page or a text: figures only, so that no label of theirs can grow without bound.
"""

from __future__ import annotations

from typing import Literal, Protocol

Stage = Literal["claim", "render", "ask", "commit"]


class Meter(Protocol):
    """Told by a worker what it did. Any thread may call; no call waits for anything, and none fails."""

    def ended(self, state: str, pages: int = 1) -> None:
        """Pages were stored in this state: answered, blank, failed, cancelled; or rastered, and to be asked yet."""

    def tokens(self, shown: int, said: int) -> None:
        """An engine was shown and said so many tokens for pages that were stored."""

    def took(self, stage: Stage, seconds: float) -> None:
        """One batch went through a stage (one page, where pages go through it one by one)."""

    def fenced(self, tasks: int) -> None:
        """Results were dropped because their lease was lost and somebody else has the task."""

    def expired(self, leases: int) -> None:
        """Leases that had ended were taken back."""

    def quarantined(self) -> None:
        """A task is given to no worker any more."""

    def away(self) -> None:
        """A call found the engine away."""


class Unmetered:
    """Counts nothing."""

    def ended(self, state: str, pages: int = 1) -> None:
        """As of `Meter`."""

    def tokens(self, shown: int, said: int) -> None:
        """As of `Meter`."""

    def took(self, stage: Stage, seconds: float) -> None:
        """As of `Meter`."""

    def fenced(self, tasks: int) -> None:
        """As of `Meter`."""

    def expired(self, leases: int) -> None:
        """As of `Meter`."""

    def quarantined(self) -> None:
        """As of `Meter`."""

    def away(self) -> None:
        """As of `Meter`."""
