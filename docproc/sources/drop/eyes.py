"""What sees files come into an inbox: a scan of all of it, and events in between where the file system tells them."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from docproc.core.errors import MissingExtra
from docproc.sources.drop.standing import Look, look_of, passed_over
from docproc.sources.files import ignored

_GATHER = 400  # milliseconds within which events are told together
_LOOK = 500  # milliseconds until a watch that shall stop sees it


@dataclass
class Seen:
    """What a scan has to tell beside the files: how many were left alone and one example, by reason; and where it may
    not look.
    """

    left: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def scan(inbox: Path, seen: Seen, under: str = "") -> Iterator[Look]:
    """The files to take in a folder of the inbox, at any depth, links not followed."""
    waiting = [under]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(inbox / folder), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            seen.refused.append(f"{inbox / folder}: {error.strerror}")
            continue
        below = []
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if ignored(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False):
                below.append(name)
                continue
            look = _looked(inbox, name, seen)
            if look is not None:
                yield look
        waiting.extend(reversed(below))


def look_at(inbox: Path, name: str, seen: Seen) -> Iterator[Look]:
    """What an event told of: a file, or a folder that came with all that is in it."""
    parts = PurePath(name).parts
    if any(ignored(part) for part in parts) or _leads_elsewhere(inbox, parts[:-1]):
        return
    if os.path.isdir(inbox / name) and not os.path.islink(inbox / name):  # noqa: PTH112, PTH114 - bare and quick
        yield from scan(inbox, seen, name)
        return
    look = _looked(inbox, name, seen)
    if look is not None:
        yield look


class Events:
    """The names of what has changed in an inbox since the last `news`. A thread of its own until `close`."""

    def __init__(self, inbox: Path) -> None:
        """Raises MissingExtra without the library."""
        try:
            import watchfiles  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise MissingExtra("watch", "a folder that is watched by its events (--poll does without)") from error
        self._inbox = inbox
        self._changed: set[str] = set()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self.fault: str | None = None  # why there are no events (any more)
        changes = watchfiles.watch(
            inbox,
            watch_filter=None,
            debounce=_GATHER,
            rust_timeout=_LOOK,
            stop_event=self._over,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        self._thread = threading.Thread(target=self._listen, args=(changes,), name="docproc-events", daemon=True)
        self._thread.start()

    def news(self) -> set[str]:
        """Names in the inbox, each of which may be gone again."""
        with self._lock:
            changed, self._changed = self._changed, set()
        return changed

    def close(self) -> None:
        """Listen no more."""
        self._over.set()
        self._thread.join(5)

    def _listen(self, changes: Iterator[set[tuple[object, str]]]) -> None:
        root = str(self._inbox)
        try:
            for told in changes:
                names = {os.path.relpath(path, root) for _, path in told}
                with self._lock:
                    self._changed |= {name for name in names if name != "." and not name.startswith("..")}
        except (OSError, RuntimeError) as error:  # no more watches to be had, or the folder is gone
            self.fault = str(error) or type(error).__name__
        else:
            if not self._over.is_set():
                self.fault = "it tells no more"


def _looked(inbox: Path, name: str, seen: Seen) -> Look | None:
    try:
        status = os.lstat(inbox / name)
    except OSError:
        return None
    reason = passed_over(name, status)
    if reason is not None:
        seen.left[reason] += 1
        seen.examples.setdefault(reason, name)
        return None
    return look_of(name, status)


def _leads_elsewhere(inbox: Path, parts: tuple[str, ...]) -> bool:
    """Whether one of the folders on the way is a link."""
    return any(os.path.islink(inbox.joinpath(*parts[: count + 1])) for count in range(len(parts)))  # noqa: PTH114
