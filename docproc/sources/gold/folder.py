"""People's own labelled documents: a JSON file beside each, or one `manifest.json` for all (see `manifest`).

`letter.pdf` is labelled by `letter.json` or `letter.pdf.json`:

    {"set": "invoice", "answers": {"total": "12.50 EUR", "due_date": null}, "pages": {"2": {"total": 3.1}}}

A value is what a person or a model would write; null: the document does not tell. {"accepted": [one, other], "boxes":
[[page, x0, y0, x1, y1]]} in place of a value names several right ones, or where it stands, in fractions of the page.
`pages` hold what single pages should be answered. A list of such objects labels a document for several sets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from docproc.core.boxes import Box, PageBox
from docproc.core.errors import NotFound, UsageError
from docproc.sources.files import IGNORED, SUFFIXES, Skipped, files
from docproc.sources.gold import GoldAnswer, Labelled
from docproc.sources.gold.manifest import MANIFEST, listed

_FORM = '{"set": …, "answers": {key: value or null}}'
_MOST = 50_000_000  # bytes of a label file


def labelled(path: Path) -> Iterator[Labelled]:
    """The labelled documents of a folder (or of a manifest), in order. Raises NotFound, UsageError with the file."""
    manifest = path / MANIFEST if path.is_dir() else path
    if manifest.name == MANIFEST and manifest.is_file():
        yield from listed(manifest)
        return
    if not path.is_dir():
        raise NotFound(f"{path}: there is no such folder of labelled documents")
    found = False
    for document in files([str(path)], Skipped()):
        labels = label_file(document)
        if labels is not None:
            found = True
            name = document.relative_to(path).as_posix()
            yield Labelled(document, name, tuple(_answers(_read(labels), labels)))
    if not found:
        raise UsageError(
            f"{path}: no document there has a JSON file beside it ({', '.join(sorted(SUFFIXES))}; {', '.join(IGNORED)} "
            f"are passed over); letter.pdf is labelled by letter.json: {_FORM}"
        )


def label_file(document: Path) -> Path | None:
    """The file that labels a document."""
    for path in (document.with_name(f"{document.name}.json"), document.with_suffix(".json")):
        if path.is_file():
            return path
    return None


def _read(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > _MOST:
            raise UsageError(f"{path} is larger than labels of a document are")
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as JSON: {error}") from error
    return told if isinstance(told, list) else [told]


def _answers(told: list[Any], path: Path) -> Iterator[GoldAnswer]:
    for one in told:
        if not isinstance(one, dict) or not isinstance(one.get("set"), str):
            raise UsageError(f"{path}: labels are of the form {_FORM}")
        pages = one.get("pages", {})
        if not isinstance(pages, dict) or not all(str(page).isdecimal() and int(page) > 0 for page in pages):
            raise UsageError(f'{path}: "pages" maps page numbers, from 1, to answers: {{"1": {{key: value}}}}')
        by_page: list[tuple[int, Any]] = [(0, one.get("answers", {})), *((int(page), pages[page]) for page in pages)]
        for page, answers in by_page:
            if not isinstance(answers, dict):
                raise UsageError(f"{path}: labels are of the form {_FORM}")
            for key, value in answers.items():
                yield _answer(one["set"], key, page, value, path)


def _answer(set_name: str, key: str, page: int, value: Any, path: Path) -> GoldAnswer:
    if value is None:
        return GoldAnswer(set_name, key, (), page)
    if not isinstance(value, Mapping) or "accepted" not in value:
        return GoldAnswer(set_name, key, (value,), page)
    accepted, boxes = value["accepted"], value.get("boxes", [])
    if not isinstance(accepted, list) or not isinstance(boxes, list):
        raise UsageError(f'{path}: {key}: "accepted" and "boxes" are lists')
    return GoldAnswer(set_name, key, tuple(accepted), page, boxes=tuple(_box(box, key, path) for box in boxes))


def _box(box: Any, key: str, path: Path) -> PageBox:
    numbers = isinstance(box, list) and len(box) == 5 and all(isinstance(one, int | float) for one in box)
    if not numbers or not all(isfinite(one) for one in box):
        raise UsageError(f"{path}: {key}: a box is [page, x0, y0, x1, y1], in fractions of the page")
    return PageBox(int(box[0]), Box(*box[1:]))
