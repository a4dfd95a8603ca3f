"""Which files have stood still long enough to be whole: their size and mtime, looked at again and again."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from docproc.sources.files import SUFFIXES

EMPTY = 6  # times as long does an empty file stand: many programs make it first and write into it later
MOST = 20_000  # files that are watched at a time; the others wait for their turn

PassedOver = Literal["a link", "not a regular file", "a hard link", "neither PDF nor image by its name"]


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it was seen: `name` is its path in the inbox; `modified` in ns. On network shares the number of a file
    that stays the same may change, so it is not compared.
    """

    name: str
    size: int
    modified: int
    inode: int = field(compare=False)
    device: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Stands:
    look: Look
    since: float
    due: float


def look_of(name: str, status: os.stat_result) -> Look:
    """What is compared of a file."""
    return Look(name, status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)


def passed_over(name: str, status: os.stat_result) -> PassedOver | None:
    """Why a file is left alone, by `lstat`; None: it is to be taken."""
    if stat.S_ISLNK(status.st_mode):
        return "a link"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if os.path.splitext(name)[1].lower() not in SUFFIXES:  # noqa: PTH122 - once for each file of a burst
        return "neither PDF nor image by its name"
    return "a hard link" if status.st_nlink > 1 else None


class Standing:
    """The files of an inbox that are watched. For one thread."""

    def __init__(self, inbox: Path, settle: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`settle`: seconds for which a file has to stand still."""
        self._inbox, self._settle, self._clock = inbox, settle, clock
        self._files: dict[str, _Stands] = {}  # the next that is due comes first

    def __len__(self) -> int:
        return len(self._files)

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self._files) >= MOST

    @property
    def names(self) -> list[str]:
        """The files that are watched."""
        return list(self._files)

    def see(self, look: Look) -> None:
        """A file was seen. It stands from now on, unless it was seen just like this before."""
        known = self._files.get(look.name)
        if known is None and self.full:
            return
        if known is None or known.look != look:
            now = self._clock()
            self._files.pop(look.name, None)
            self._files[look.name] = _Stands(look, now, now + self._settle)

    def forget(self, name: str) -> None:
        """A file is gone, or of no interest."""
        self._files.pop(name, None)

    def settled(self, most: int) -> list[Look]:
        """Up to `most` files that have stood still; they are watched no more. Those that have changed stand anew."""
        now = self._clock()
        found: list[Look] = []
        while self._files and len(found) < most:
            name, stands = next(iter(self._files.items()))
            if stands.due > now:
                break
            del self._files[name]
            look = self._again(name)
            if look is None:
                continue
            if look != stands.look:
                self._files[name] = _Stands(look, now, now + self._settle)
            elif look.size == 0 and now - stands.since < EMPTY * self._settle:
                self._files[name] = _Stands(look, stands.since, now + self._settle)
            else:
                found.append(look)
        return found

    def _again(self, name: str) -> Look | None:
        try:
            status = os.lstat(self._inbox / name)
        except OSError:  # gone, or its folder is: nothing to take
            return None
        return None if passed_over(name, status) else look_of(name, status)
