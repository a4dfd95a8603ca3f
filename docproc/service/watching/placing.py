"""Files whose work is over go to done or failed, with the reason beside them where there is one to tell."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docproc.service.log import tell
from docproc.service.parts import Parts
from docproc.service.watching.news import Placed, Rarely
from docproc.sources.drop.layout import Layout
from docproc.sources.drop.moves import free_name, move, taken_in, write_reason
from docproc.store import drops, jobs, tasks
from docproc.store.drops import Earlier, Ended
from docproc.store.tasks import Key

TOGETHER = 200  # files that are placed at a time
_CODE = re.compile(r"page \d+: (\w+): ")
_NEXT = {
    "encrypted": "set DOCPROC_PASSWORD, or drop a copy without password",
    "empty_file": "drop the file again when it is whole",
    "unreadable": "let the user who runs docproc watch read it, then drop it again",
    "too_large": "raise DOCPROC_MAX_FILE_MB, then drop it again",
    "too_many_pages": "raise DOCPROC_MAX_PAGES, then drop it again",
    "not_a_pdf": "drop a PDF, PNG, JPEG or TIFF file",
    "cancelled": "drop it again, if it is wanted after all",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A file of the processing folder that no job can be made of."""

    name: str
    message: str


class Placing:
    """Places files of one watched folder. For one thread; whoever calls holds the folder's lock."""

    def __init__(self, parts: Parts, places: Layout, rarely: Rarely) -> None:
        self._parts, self._places, self._rarely = parts, places, rarely
        self._folder = str(places.processing)
        self.stuck = 0  # files that could not be moved at the last `place`

    def place(self) -> list[Placed]:
        """Place up to `TOGETHER` files; what the file system refuses is tried with the next call. Unavailable."""
        self.stuck = 0
        database = self._parts.database
        with database.read() as conn:
            found = drops.ended(conn, self._folder, TOGETHER)
        if not found or not self._places.there:
            return []
        found = self._not_tried_again(found)
        aimed = self._aim(found)
        with database.write() as conn:
            earlier = drops.duplicates(conn, [drop.id for drop in found])
            drops.aim(conn, {drop.id: str(drop.target) for drop in aimed})
        moved = [self._line(drop, earlier.get(drop.id)) for drop in aimed]
        there = [(drop, line) for drop, line in zip(aimed, moved, strict=True) if self._move(drop, line)]
        with database.write() as conn:
            drops.placed(conn, self._folder, [drop for drop, _ in there])
        for drop, line in there:
            tell("file_placed", job=drop.job_id, code=line["outcome"])
        return [Placed(line) for _, line in there]

    def refuse(self, refused: Sequence[Refused]) -> list[Placed]:
        """Place files that no job was made of; what the file system refuses stays, and is found by the next start."""
        placed = []
        for file in refused:
            source = self._places.processing / file.name
            target = self._places.failed / free_name(file.name, taken_in(self._places.failed))
            line: dict[str, Any] = {
                "file": file.name,
                "moved_to": str(target),
                "outcome": "rejected:unreadable",
                "status": "failed",
                "code": "unreadable",
                "message": file.message,
                "job": None,
            }
            try:
                _write(target, line)
                move(source, target)
            except OSError as error:
                self._say(source, target, error)
                continue
            tell("file_placed", code="rejected:unreadable")
            placed.append(Placed(line))
        return placed

    def _not_tried_again(self, found: list[Ended]) -> list[Ended]:
        """Without those that had failed before they were dropped: dropped again, they are tried again."""
        bad = [drop.id for drop in found if drop.status in ("partial", "failed") and drop.target is None]
        if not bad:
            return found
        with self._parts.database.write() as conn:
            again = drops.again(conn, bad)
            for drop in again:
                key = Key(drop.document_id, drop.set_id, drop.engine_id)
                tasks.retry(conn, key, drop.job_id)
                jobs.reopen(conn, key, drop.job_id)
        tried = {drop.id for drop in again}
        return [drop for drop in found if drop.id not in tried]

    def _aim(self, found: list[Ended]) -> list[Ended]:
        """With a target each that nothing has; one that was chosen before a kill stands."""
        chosen = {drop.target for drop in found}
        aimed = []
        for drop in found:
            target = drop.target
            if target is None or self._clashes(drop.name, target):
                root = self._places.done if drop.status == "succeeded" else self._places.failed
                taken = taken_in(root)
                name = free_name(drop.name, lambda name: taken(name) or str(root / name) in chosen)  # noqa: B023
                target = str(root / name)
                chosen.add(target)
            aimed.append(replace(drop, target=target))
        return aimed

    def _clashes(self, name: str, target: str) -> bool:
        """Whether somebody else's file has come where this one, which has not been moved, was to go."""
        return os.path.lexists(self._places.processing / name) and os.path.lexists(target)

    def _move(self, drop: Ended, line: dict[str, Any]) -> bool:
        """Whether the file lies at its target, or is gone and there is nothing left to do."""
        source, target = self._places.processing / drop.name, Path(str(drop.target))
        try:
            if line["status"] != "succeeded" or "duplicate_of" in line:
                _write(target, line)
            move(source, target)
        except FileNotFoundError as error:
            if not self._places.there:
                return False
            if not os.path.lexists(target):
                self._rarely.tell(f"gone {drop.name}", f"{source} was taken away by somebody: {error.strerror}")
        except OSError as error:
            self._say(source, target, error)
            return False
        return True

    def _say(self, source: Path, target: Path, error: OSError) -> None:
        self.stuck += 1
        text = f"{source} cannot be moved to {target}: {error.strerror}; it is tried again"
        self._rarely.tell(f"place {target.parent}", text)

    def _line(self, drop: Ended, earlier: Earlier | None) -> dict[str, Any]:
        line: dict[str, Any] = {
            "file": drop.name,
            "moved_to": drop.target,
            "document": drop.sha256,
            "outcome": drop.outcome,
            "status": drop.status,
            "question_set": drop.set_name,
            "job": drop.job_id,
        }
        if drop.engine is not None:
            line["engine"] = drop.engine
        if drop.status != "succeeded":
            line["code"] = _code(drop)
        if drop.message:
            line["message"] = drop.message
        if earlier is not None:
            when = datetime.fromtimestamp(earlier.finished_at, UTC).isoformat(timespec="seconds")
            line["duplicate_of"] = {"file": earlier.path, "job": earlier.job_id, "finished": when}
        return line


def _code(drop: Ended) -> str:
    refused = drop.outcome.removeprefix("rejected:")
    found = _CODE.match(drop.message)
    return refused if refused != drop.outcome or found is None else found[1]


def _write(target: Path, line: dict[str, Any]) -> None:
    """The reason, for people and programs. Raises OSError."""
    reason = {**line, "at": datetime.now(UTC).isoformat(timespec="seconds"), "next": _next(line)}
    write_reason(target, json.dumps(reason, ensure_ascii=False, indent=2) + "\n")


def _next(line: dict[str, Any]) -> str:
    if line["status"] == "succeeded":
        return "nothing: the same bytes were asked the same before, and those answers count"
    code = str(line["code"])
    if code in _NEXT:
        return _NEXT[code]
    if str(line["outcome"]).startswith("rejected:"):
        return "open the file and save it anew, then drop it again"
    return f"docproc retry {line['job']} tries its failed pages again, and so does dropping the file again"
