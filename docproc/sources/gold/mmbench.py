"""MMBench: multiple choice, each question in all rotations of its options (Liu et al., ECCV 2024)."""

from __future__ import annotations

import base64
import csv
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from docproc.core.errors import UsageError
from docproc.core.metrics.choices import rotations
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import wanted

_FILES = ("MMBench_DEV_EN.tsv", "mmbench_dev_en_20231003.tsv", "mmbench_dev_20230712.tsv", "MMBench_DEV_EN_V11.tsv")
_LETTERS = "ABCD"
TURN = 1_000_000  # what a rotation adds to a question's index, as the published files have it
_MOST = 64_000_000  # characters of a picture in base64
_REFERENCE = 64  # up to so many characters, it is the index of another row, whose picture it is


class MmBench:
    """Rotations that a file lists itself are passed over: they are made here."""

    name = "mmbench"
    metrics = ("choice",)
    wants = (
        "MMBench_DEV_EN.tsv (or another dev split: index, question, hint, A to D, answer, category, image); "
        "from https://github.com/open-compass/MMBench"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """A picture with one question, asked once for each rotation; a part per category."""
        file = wanted(folder, _FILES, self.wants)
        csv.field_size_limit(_MOST)
        with file.open(encoding="utf-8-sig", newline="") as lines, TemporaryFile() as spool:
            rows = csv.DictReader(lines, delimiter="\t")
            pictures = _Pictures(spool)
            number = 1
            try:
                for number, row in enumerate(rows, 2):
                    yield from _items(row, pictures, f"{file}, row {number}")
            except (csv.Error, UnicodeDecodeError) as error:
                raise UsageError(f"{file} is damaged after row {number}: {error}") from error
            if number == 1:
                raise UsageError(f"{file} has no rows")


class _Pictures:
    """Pictures of the rows so far, on disk."""

    def __init__(self, spool: BinaryIO) -> None:
        self._spool = spool
        self._at: dict[str, tuple[int, int]] = {}

    def of(self, index: str, told: str, place: str) -> bytes:
        if len(told) <= _REFERENCE:
            if told not in self._at:
                raise UsageError(f"{place}: there is no picture, and no row {told!r} before it that has one")
            start, length = self._at[told]
            self._spool.seek(start)
            return self._spool.read(length)
        try:
            data = base64.b64decode(told, validate=True)
        except ValueError as error:
            raise UsageError(f"{place}: the picture is no base64: {error}") from error
        self._at[index] = (self._spool.seek(0, 2), len(data))
        self._spool.write(data)
        return data


def _items(row: dict[str, str | None], pictures: _Pictures, place: str) -> Iterator[GoldItem]:
    index, asked, answer = (_cell(row, name) for name in ("index", "question", "answer"))
    if not index.isdecimal() or not asked:
        raise UsageError(f"{place} lacks an index that is a number, or a question")
    data = pictures.of(index, _cell(row, "image"), place)
    if int(index) >= TURN:
        return
    options = {letter: _cell(row, letter) for letter in _LETTERS if _cell(row, letter)}
    if answer not in options:
        raise UsageError(f"{place}: the answer {answer!r} is none of {', '.join(options)}; a test split has no answers")
    hint = _cell(row, "hint")
    if list(options) != list(_LETTERS[: len(options)]):
        raise UsageError(f"{place}: an option is missing before {list(options)[-1]}")
    letters = list(options)
    questions = tuple(
        GoldQuestion(
            str(int(index) + turn * TURN),
            f"{hint}\n{asked}" if hint else asked,
            "choice",
            (letters[(letters.index(answer) - turn) % len(letters)],),
            choices=tuple(turned.values()),
            group=index,
            part=_cell(row, "category"),
        )
        for turn, turned in enumerate(rotations(options))
    )
    yield GoldItem(index, None, data, 1, questions)


def _cell(row: dict[str, str | None], name: str) -> str:
    told = (row.get(name) or "").strip()
    return "" if told.lower() == "nan" else told


GOLD = MmBench()
