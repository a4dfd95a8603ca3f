"""Compare two runs on the same questions: what got better, what got worse, and whether that can be luck."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from docproc.core.errors import UsageError
from docproc.service.eval.intervals import PLACES, holm, interval, place_of, resampled, share, sign_test
from docproc.service.eval.scored import UNASKED, Scored, parsed, read_places, results_file

CHANGES = 50  # answers that are named, of those that got better and of those that got worse
_LUCK = 0.05
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class _Known:
    """The first run, by the hashes of its ids, in ascending order."""

    ids: npt.NDArray[np.uint64]
    golds: npt.NDArray[np.uint64]
    right: npt.NDArray[np.int8]
    places: npt.NDArray[np.int64]  # where a row begins in its file

    def find(self, identity: int) -> int | None:
        """The index of an id."""
        index = int(np.searchsorted(self.ids, np.uint64(identity)))
        return index if index < len(self.ids) and int(self.ids[index]) == identity else None


class _Paired:
    """Sums per place: questions, right in the first run, right in the second; and how many changed."""

    def __init__(self) -> None:
        self.sums: npt.NDArray[np.int32] = np.zeros((PLACES, 4), np.int32)  # the last: second less first
        self.better = self.worse = 0

    def add(self, place: int, before: bool, after: bool) -> None:
        self.sums[place] += (1, before, after, after - before)
        self.better += after and not before
        self.worse += before and not after

    def figures(self) -> dict[str, Any]:
        used = self.sums[self.sums[:, 0] > 0]
        count, before, after, gain = (int(total) for total in used.sum(axis=0))
        found = interval(share(3, 0)(resampled(used))) or (0.0, 0.0)
        return {
            "answers": count,
            "before": round(before / count, 4),
            "after": round(after / count, 4),
            "gain": round(gain / count, 4),
            "low": round(min(found[0], gain / count), 4),
            "high": round(max(found[1], gain / count), 4),
            "better": self.better,
            "worse": self.worse,
            "chance": round(sign_test(self.better, self.worse), 6),
        }


def compare(first: Path, second: Path) -> dict[str, Any]:
    """What the second run says against the first, as JSON; both are results files or folders that hold one.

    Questions are paired by their ids. "chance" is that of as uneven a change by luck (McNemar); of single questions it
    is made larger for their number (Holm). A change is "significant" where that is below 0.05 and the interval of the
    gain, drawn over documents, leaves out 0. Questions whose gold differs are counted, not compared.
    Raises UsageError for files that cannot be paired.
    """
    known = _known(first)
    met = np.zeros(len(known.ids), bool)
    every = _Paired()
    by: dict[str, _Paired] = {}
    alone = changed_gold = 0
    better: list[tuple[Scored, int]] = []
    worse: list[tuple[Scored, int]] = []
    for row, _ in read_places(second):
        if row.status == UNASKED:
            continue
        index = known.find(_hash(row.id))
        if index is None:
            alone += 1
            continue
        if met[index]:
            raise _several(second, row.id)
        met[index] = True
        if int(known.golds[index]) != _hash("\0".join(row.gold)):
            changed_gold += 1
            continue
        before, place = bool(known.right[index]), place_of(row.document)
        every.add(place, before, row.right)
        by.setdefault(row.question, _Paired()).add(place, before, row.right)
        if before != row.right:
            listed = better if row.right else worse
            if len(listed) < CHANGES:
                listed.append((row, int(known.places[index])))
    if not every.sums.any():
        raise UsageError(f"{first} and {second} have no question in common: runs of the same documents are compared")
    return {
        "all": _judged(every.figures()),
        "questions": _questions(by),
        "only_before": int((~met).sum()),
        "only_after": alone,
        "gold_differs": changed_gold,
        "better": _changes(first, better),
        "worse": _changes(first, worse),
    }


def _questions(by: dict[str, _Paired]) -> dict[str, Any]:
    figures = {name: paired.figures() for name, paired in sorted(by.items())}
    chances = holm({name: found["chance"] for name, found in figures.items()})
    return {name: _judged({**found, "chance": round(chances[name], 6)}) for name, found in figures.items()}


def _judged(figures: dict[str, Any]) -> dict[str, Any]:
    apart = figures["low"] > 0 or figures["high"] < 0
    return {**figures, "significant": bool(apart and figures["chance"] < _LUCK)}


def _known(path: Path) -> _Known:
    ids, golds, right, places = array("Q"), array("Q"), array("b"), array("q")
    for row, place in read_places(path):
        if row.status != UNASKED:
            ids.append(_hash(row.id))
            golds.append(_hash("\0".join(row.gold)))
            right.append(row.right)
            places.append(place)
    if not ids:
        raise UsageError(f"{path} holds no judged answer")
    order = np.argsort(np.frombuffer(ids, np.uint64), kind="stable")
    found = np.frombuffer(ids, np.uint64)[order]
    twice = np.flatnonzero(found[1:] == found[:-1])
    if len(twice):
        raise _several(path, _row(path, places[int(order[int(twice[0])])]).id)
    return _Known(
        found,
        np.frombuffer(golds, np.uint64)[order],
        np.frombuffer(right, np.int8)[order],
        np.frombuffer(places, np.int64)[order],
    )


def _several(path: Path, identity: str) -> UsageError:
    return UsageError(
        f"{path} has several answers to {identity}: evaluate one engine at a time (--engine), then compare"
    )


def _changes(first: Path, listed: list[tuple[Scored, int]]) -> list[dict[str, Any]]:
    """Each change: the question, what is right, and what was said before and after."""
    found = []
    for row, place in listed:
        before = _row(first, place)
        found.append(
            {
                "id": row.id,
                "question": row.question,
                "document": row.document,
                "name": row.name,
                "page": row.page,
                "gold": [one[:_LONGEST] for one in row.gold[:5]],
                "before": _said(before),
                "after": _said(row),
            }
        )
    return found


def _said(row: Scored) -> dict[str, Any]:
    return {"status": row.status, "said": row.said and row.said[:_LONGEST], "confidence": row.confidence}


def _row(path: Path, place: int) -> Scored:
    file = results_file(path)
    with file.open("rb") as lines:
        lines.seek(place)
        return parsed(lines.readline(), str(file))


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
