"""Write a view's rows to a file: CSV, JSON Lines or Parquet, a bounded number of rows at a time."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from docproc.core.cells import csv_cell, dump, plain
from docproc.core.errors import MissingExtra, UsageError
from docproc.service.parts import Parts
from docproc.store.stream import stream

FORMS = ("csv", "jsonl", "parquet")
Rows = Iterator[list[tuple[Any, ...]]]


def export(parts: Parts, view: str, target: Path | None, form: str | None) -> int:
    """Write all rows of `view` and return how many; without `target`, to standard output.

    The file appears under its name only when it is complete. Raises UsageError for an unknown view or form,
    MissingExtra where Parquet's library is not installed.
    """
    chosen = form or (target.suffix.lstrip(".").lower() if target is not None else "csv")
    if chosen not in FORMS:
        raise UsageError(f"{target}: {chosen!r} is no export format; --format takes {', '.join(FORMS)}")
    columns, chunks = stream(parts.database, view)
    if chosen == "parquet":
        return _parquet(columns, chunks, target)
    write = _csv if chosen == "csv" else _jsonl
    if target is None:
        return write(sys.stdout, [name for name, _ in columns], chunks)
    with _complete(target) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        return write(file, [name for name, _ in columns], chunks)


def _csv(file: IO[str], names: Sequence[str], chunks: Rows) -> int:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    return _each(chunks, lambda row: writer.writerow([csv_cell(cell) for cell in row]))


def _jsonl(file: IO[str], names: Sequence[str], chunks: Rows) -> int:
    return _each(chunks, lambda row: file.write(dump(dict(zip(names, row, strict=True))) + "\n"))


def _each(chunks: Rows, write: Callable[[tuple[Any, ...]], object]) -> int:
    count = 0
    for chunk in chunks:
        for row in chunk:
            write(row)
        count += len(chunk)
    return count


def _parquet(columns: Sequence[tuple[str, str]], chunks: Rows, target: Path | None) -> int:
    if target is None:
        raise UsageError("Parquet needs a file: docproc export SET --output FILE.parquet")
    if find_spec("pyarrow") is None:
        raise MissingExtra("parquet", "Parquet export")
    import pyarrow as pa  # noqa: PLC0415  (an optional extra)
    import pyarrow.parquet as pq  # noqa: PLC0415

    kinds = {"integer": pa.int64(), "numeric": pa.float64(), "boolean": pa.bool_(), "date": pa.string()}
    schema = pa.schema([(name, kinds.get(kind, pa.string())) for name, kind in columns])
    count = 0
    with _complete(target) as partial, pq.ParquetWriter(partial, schema) as writer:
        for chunk in chunks:
            cells = zip(*chunk, strict=True)
            arrays = [
                pa.array([_parquet_cell(cell, kind) for cell in column], field.type)
                for column, (_, kind), field in zip(cells, columns, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(chunk)
    return count


def _parquet_cell(cell: Any, kind: str) -> Any:
    value = plain(cell)
    if value is None:
        return None
    if kind == "boolean":
        return bool(value)
    if kind in ("integer", "numeric"):
        return value
    return value if isinstance(value, str) else dump(value)


@contextmanager
def _complete(target: Path) -> Iterator[Path]:
    partial = target.with_name(f".{target.name}.part")
    try:
        yield partial
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
