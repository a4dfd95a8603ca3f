"""Predictions that were made elsewhere, in the forms in which public sets take submissions.

* JSON: {id: answer}, or a list of objects with an id and an answer (DocVQA, TextVQA, VQA v2, GQA, SEED-Bench)
* JSON Lines of such objects; for POPE with the split as `category` or `split`
* a table (CSV or TSV) with the columns `index` and `prediction` (MMBench)
* a folder: MME's results (*.txt: picture, question, right answer, said, with tabs between); SROIE's (an object each)

An answer that is itself an object is one of several fields: {"X1": {"total": "9.00"}} answers the question X1/total.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docproc.core.errors import NotFound, UsageError
from docproc.sources.gold.published import as_object, entries_of_any, lines, members, whole

Given = tuple[str, str]
_IDS = ("id", "questionId", "question_id", "index")
_ANSWERS = ("answer", "prediction", "said", "text", "response", "output", "gt_parse")
_SPLITS = ("split", "category", "type")
_HEAD = {"set", "engine"}  # the first line of a file that docproc wrote itself


def given(path: Path) -> Iterator[Given]:
    """Ids and answers, as they come. Raises NotFound, UsageError with the place."""
    if path.is_dir():
        yield from _of_folder(path)
        return
    if not path.is_file():
        raise NotFound(f"{path}: there is no such file of predictions")
    if path.suffix.lower() in (".csv", ".tsv"):
        yield from _of_table(path)
        return
    with path.open("rb") as file:
        start = file.read(4096).lstrip()[:1]
    if start == b"[":
        for item, place in members(path, ""):
            yield from _of_object(item, place)
    elif _is_lines(path):
        for item, place in lines(path):
            if not set(item) <= _HEAD:
                yield from _of_object(item, place)
    else:
        for key, value in entries_of_any(path):
            yield from _flat(key, value)


def _is_lines(path: Path) -> bool:
    """Whether the first line is an object by itself, with an id: {id: answer} on one line is none."""
    with path.open("rb") as file:
        first = file.readline(1_000_000)
    try:
        told = json.loads(first)
    except ValueError:
        return False
    return isinstance(told, dict) and (any(name in told for name in _IDS) or set(told) == _HEAD)


def _of_object(item: dict[str, Any], place: str) -> Iterator[Given]:
    key = next((name for name in _IDS if name in item), None)
    told = next((name for name in _ANSWERS if name in item), None)
    if key is None:
        raise UsageError(f"{place} has no id; one of {', '.join(_IDS)}")
    identity = str(item[key])
    split = next((str(item[name]) for name in _SPLITS if name in item), "")
    if split and "/" not in identity:
        identity = f"{split}/{identity}"
    yield from _flat(identity, None if told is None else item[told])


def _flat(identity: str, value: Any, joint: str = "/") -> Iterator[Given]:
    """An answer, or one for each field of an object: fields below fields are named with a point between."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _flat(f"{identity}{joint}{key}", below, ".")
    elif value is not None:
        yield identity, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _of_table(path: Path) -> Iterator[Given]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
        try:
            for number, row in enumerate(rows, 2):
                if not row.get("index") or row.get("prediction") is None:
                    raise UsageError(f"{path}, row {number} has no index or no prediction")
                yield row["index"], row["prediction"]
        except (csv.Error, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is damaged: {error}") from error


def _of_folder(folder: Path) -> Iterator[Given]:
    files = sorted(one for one in folder.iterdir() if one.suffix.lower() in (".txt", ".json", ".jsonl"))
    if not files:
        raise NotFound(f"{folder} has no *.txt, *.json or *.jsonl with predictions")
    for file in files:
        data = whole(file) if file.suffix.lower() != ".jsonl" else b""
        if data.lstrip()[:1] == b"{":
            yield from _flat(file.stem, as_object(data, str(file)))
        elif file.suffix.lower() == ".txt":
            yield from _of_mme(file, data)
        else:
            yield from given(file)


def _of_mme(file: Path, data: bytes) -> Iterator[Given]:
    """A subtask's results; the questions of a picture are in the order of the set."""
    seen: Counter[str] = Counter()
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != 4:
            raise UsageError(f"{file}, line {number}: not picture, question, right answer and what was said, with tabs")
        stem = Path(cells[0]).stem
        seen[stem] += 1
        yield f"{file.stem}/{stem}/{seen[stem]}", cells[3]
