"""Files are taken out of the inbox, written down, and submitted: many in one job."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from docproc.core.errors import DocprocError, EngineUnavailable, MissingExtra, Rejected, Unavailable, UsageError
from docproc.queues import Queue
from docproc.service.log import tell
from docproc.service.parts import Parts
from docproc.service.submit import File, IdempotencyKey, Order, keep, submit
from docproc.service.watching.choosing import Choice, Choosing
from docproc.service.watching.news import Rarely
from docproc.service.watching.placing import Refused
from docproc.sources.drop.eyes import Seen, scan
from docproc.sources.drop.layout import Layout, remote
from docproc.sources.drop.moves import free_name, move, readable
from docproc.sources.drop.standing import Look, look_of, passed_over
from docproc.store import drops
from docproc.store.drops import Drop

TOGETHER = 200  # files that are taken at a time, and files of a job at most
IN_HAND = 1000  # files that may be taken and not have ended; the others wait in the inbox, where people see them
_BLOCK = 1 << 20
_LONGEST = 255  # characters of a job's reference


class Away(Exception):
    """The folders are not to be seen; what failed may be all right."""


class Taking:
    """Takes files of one watched folder. For one thread; whoever calls holds the folder's lock."""

    def __init__(self, parts: Parts, queue: Queue, places: Layout, choosing: Choosing, rarely: Rarely) -> None:
        self._parts, self._queue, self._places = parts, queue, places
        self._choosing, self._rarely = choosing, rarely
        self._folder = str(places.processing)
        self._remote_disk = remote(places.inbox) is not None
        self._fleet = queue.name not in ("inline", "local")  # its workers may not see this machine's files

    def room(self) -> int:
        """How many files may be taken now. Raises Unavailable."""
        return min(TOGETHER, IN_HAND - self.in_hand())

    def in_hand(self) -> int:
        """How many files were taken and have not been placed. Raises Unavailable."""
        with self._parts.database.read() as conn:
            return drops.in_hand(conn, self._folder)

    def left_in_hand(self) -> int:
        """As `in_hand`; 0 where the database is away and cannot say."""
        try:
            return self.in_hand()
        except Unavailable:
            return 0

    def take(self, looks: Sequence[Look]) -> list[Refused]:
        """Take files that have stood still; those that cannot be read come back. Raises Unavailable, Away."""
        with self._parts.database.read() as conn:
            known = drops.names(conn, self._folder)
        held = [(name, look) for look in looks if (name := self._hold(look, known)) is not None]
        return self._write_down(held)

    def recover(self) -> list[Refused]:
        """Write down what lies in the processing folder and is not: whoever took it was killed before."""
        with self._parts.database.read() as conn:
            known = drops.names(conn, self._folder)
        refused: list[Refused] = []
        found: list[tuple[str, Look]] = []
        for look in scan(self._places.processing, Seen()):
            if look.name not in known:
                found.append((look.name, look))
            if len(found) == TOGETHER:
                refused += self._write_down(found)
                found = []
        return refused + self._write_down(found)

    def send(self) -> None:
        """Submit what was written down. Raises Unavailable; where a set or an engine cannot be had by now, those files
        wait, and the last such error is raised when the others are submitted.
        """
        with self._parts.database.read() as conn:
            waiting = drops.unsent(conn, self._folder)
        wrong: DocprocError | None = None
        for batch, files in waiting.items():
            try:
                self._submit(batch, files)
            except (UsageError, MissingExtra, EngineUnavailable) as error:
                wrong = error
        if wrong is not None:
            raise wrong

    def _submit(self, batch: str, files: Sequence[Drop]) -> None:
        first = files[0]
        order = Order(first.set_name, first.engine, tags=("watch",), reference=str(self._places.inbox)[-_LONGEST:])
        # The same key for as long as it is not known that it was submitted: it becomes one job.
        key = IdempotencyKey(0, f"watch-{batch}", batch)
        ticket = submit(self._parts, self._queue, order, [self._file(drop) for drop in files], key)
        with self._parts.database.write() as conn:
            drops.sent(conn, batch, ticket.job_id)

    def _hold(self, look: Look, known: set[str]) -> str | None:
        """Move a file into the processing folder; its name there, None where it stays."""
        if self._choosing.of(look.name) is None:
            return None
        source = self._places.inbox / look.name

        def taken(name: str) -> bool:
            return name in known or os.path.lexists(self._places.processing / name)

        name = free_name(readable(look.name), taken)
        held = self._places.processing / name
        try:
            move(source, held)
        except (FileNotFoundError, NotADirectoryError, FileExistsError):  # somebody was quicker
            return None
        except OSError as error:
            text = f"{source} cannot be taken: {error.strerror}; it is tried again with each scan"
            self._rarely.tell(f"take {look.name}", text)
            return None
        if not self._is(held, look):
            self._give_back(held, look.name)
            return None
        return name

    def _is(self, held: Path, look: Look) -> bool:
        """Whether what was moved is what stood still: a folder on the way may have become a link to elsewhere."""
        try:
            status = os.lstat(held)
        except OSError:
            return False
        now = look_of(look.name, status)
        same = self._remote_disk or (now.inode, now.device) == (look.inode, look.device)
        return same and now == look and passed_over(look.name, status) is None

    def _give_back(self, held: Path, name: str) -> None:
        inbox = self._places.inbox
        free = free_name(name, lambda candidate: os.path.lexists(inbox / candidate))
        with suppress(OSError):  # it stays in the processing folder, where the next start finds it
            move(held, inbox / free)

    def _write_down(self, held: Iterable[tuple[str, Look]]) -> list[Refused]:
        groups: dict[Choice, list[Drop]] = {}
        refused = []
        for name, drop in self._read(held):
            if isinstance(drop, Refused):
                refused.append(drop)
                continue
            choice = self._choosing.of(name)
            if choice is None:
                self._give_back(self._places.processing / name, name)
                continue
            groups.setdefault(choice, []).append(replace(drop, set_name=choice.set_name, engine=choice.engine))
        for taken in groups.values():
            with self._parts.database.write() as conn:
                drops.put(conn, self._folder, uuid4().hex, taken)
            tell("files_taken", count=len(taken), question_set=taken[0].set_name)
        return refused

    def _read(self, held: Iterable[tuple[str, Look]]) -> Iterator[tuple[str, Drop | Refused]]:
        """The files with their content's SHA-256; those that are written to still go back."""
        for name, look in held:
            path = self._places.processing / name
            try:
                sha256 = keep(self._parts, path).sha256 if self._fleet else _sha256_of(path)
                status = os.lstat(path)
            except (OSError, Rejected) as error:
                if not self._places.there:
                    raise Away from error
                if not os.path.lexists(path):
                    continue
                reason = error.strerror if isinstance(error, OSError) else str(error)
                yield name, Refused(name, f"{path}: cannot be read: {reason}; check who may read it")
                continue
            if (status.st_size, status.st_mtime_ns) != (look.size, look.modified):
                self._give_back(path, name)
                continue
            yield name, Drop(name, "", None, sha256, status.st_size, status.st_mtime)

    def _file(self, drop: Drop) -> File:
        """Where a fleet's workers do not see the path, they take the bytes from the store of sources."""
        return File(drop.name, drop.sha256, drop.bytes, str(self._places.processing / drop.name), drop.modified)


def _sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
