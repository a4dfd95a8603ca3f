"""Rows as JSON, JSON Lines or CSV, as the caller asks: `?format=`, else the Accept header, else JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from fastapi.responses import StreamingResponse

from docproc.core.cells import csv_cell, dump, told_apart

Form = Literal["json", "jsonl", "csv"]
MEDIA = {"json": "application/json", "jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}
_ACCEPTED: dict[str, Form] = {
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/x-jsonlines": "jsonl",
    "text/csv": "csv",
}
_CHUNK = 64 << 10  # characters sent at a time, about


def wanted(
    request: Request,
    form: Annotated[Form | None, Query(alias="format", description="else the Accept header says")] = None,
) -> Form:
    """A dependency: the form that the caller asks for."""
    if form is not None:
        return form
    for part in request.headers.get("accept", "").split(","):
        media = part.partition(";")[0].strip().lower()
        if media in _ACCEPTED:
            return _ACCEPTED[media]
    return "json"


Wanted = Annotated[Form, Depends(wanted)]
# `responses=` of a route that answers in these forms.
FORMS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Successful Response",
        "content": {
            "application/jsonl": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV with a line of names; no cell is one that a spreadsheet would run."""
    yield _line(columns)
    for row in rows:
        yield _line(row)


def json_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """An object a line; equal names are told apart."""
    names = told_apart(columns)
    for row in rows:
        yield dump(dict(zip(names, row, strict=True))) + "\n"


def sent(lines: Iterable[str], form: Form, name: str) -> StreamingResponse:
    """The lines as a download, sent as they come, several at once."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return StreamingResponse(_gathered(lines), media_type=MEDIA[form], headers=headers)


def _line(row: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([csv_cell(cell) for cell in row])
    return buffer.getvalue()


def _gathered(lines: Iterable[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _CHUNK:
            yield "".join(held).encode("utf-8", "replace")
            held, size = [], 0
    if held:
        yield "".join(held).encode("utf-8", "replace")
