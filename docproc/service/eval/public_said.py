"""What was said to the questions of a public set: JSON Lines on disk, written as it comes, found again by id.

A run that is killed leaves whole lines behind, and at most one that is not: the next run goes on from there.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from docproc.core.errors import Conflict, UsageError

PREDICTIONS = "predictions.jsonl"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was said to one question: an answer's status, or "failed"; its text. `confidence` None: nobody told."""

    id: str
    status: str
    said: str | None = None
    confidence: float | None = None
    evidence: str = "none"
    boxes: tuple[tuple[float, ...], ...] = ()
    error: str = ""


class Predictions:
    """A file of predictions; in memory are a hundred bytes for each. The last one for an id counts."""

    def __init__(self, path: Path, head: Mapping[str, str]) -> None:
        """Begin a file, or go on with one. `head` says whose answers to what they are.

        Raises Conflict for a file with another head, UsageError for one that is damaged or cannot be written.
        """
        self.path, self._head = path, dict(head)
        self._ids, self._places = array("Q"), array("Q")
        self._sorted: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b")
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from error
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise
        self._known = set(self._ids)

    def __len__(self) -> int:
        return len(self._known)

    def __enter__(self) -> Predictions:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def has(self, identity: str) -> bool:
        """Whether there is one for that id."""
        return _number(identity) in self._known

    def add(self, said: Iterable[Prediction]) -> None:
        """Write some; they outlive the process when this returns."""
        lines = bytearray()
        place = self._file.seek(0, 2)
        for one in said:
            number = _number(one.id)
            self._ids.append(number)
            self._places.append(place + len(lines))
            self._known.add(number)
            lines += _line({name: value for name, value in asdict(one).items() if value not in (None, (), "")})
        self._file.write(lines)
        self._file.flush()
        self._sorted = None

    def find(self, identity: str) -> Prediction | None:
        """The prediction for an id."""
        ids, places = self._index()
        wanted = np.uint64(_number(identity))
        at = int(np.searchsorted(ids, wanted, side="right")) - 1
        if at < 0 or ids[at] != wanted:
            return None
        self._file.seek(int(places[at]))
        told = json.loads(self._file.readline())
        return Prediction(**{**told, "boxes": tuple(tuple(box) for box in told.get("boxes", ()))})

    def _index(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        if self._sorted is None:
            ids, places = np.array(self._ids, np.uint64), np.array(self._places, np.uint64)
            order = np.argsort(ids, kind="stable")
            self._sorted = ids[order], places[order]
        return self._sorted

    def _read(self) -> None:
        self._file.seek(0)
        place = number = 0
        for number, line in enumerate(self._file, 1):
            if not line.endswith(b"\n"):  # what a killed run left of its last line
                self._file.truncate(place)
                break
            told = self._parsed(line, number)
            if number == 1:
                self._check(told)
            else:
                self._ids.append(_number(told["id"]))
                self._places.append(place)
            place += len(line)
        if not place:
            self._file.write(_line(self._head))
            self._file.flush()

    def _parsed(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            told = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{self.path}, line {number} is damaged: {error}; delete the line, or the file") from error
        if not isinstance(told, dict) or (number > 1 and not isinstance(told.get("id"), str)):
            raise UsageError(f"{self.path}, line {number} is no prediction; delete the line, or the file")
        return told

    def _check(self, told: dict[str, Any]) -> None:
        if told != self._head:
            whose = " of ".join(str(told.get(name)) for name in ("set", "engine"))
            ours = " of ".join(self._head.values())
            raise Conflict(f"{self.path} holds answers to {whose}, not {ours}: choose another --out, or delete it")


def _line(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _number(identity: str) -> int:
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "big")
