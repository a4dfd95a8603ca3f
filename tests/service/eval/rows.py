"""Judged answers for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from docproc.service.eval.scored import RESULTS, Scored, write

ROW = Scored(
    id="", document="d", page=0, key="total", kind="money", engine="e:1", set="invoice", version="v" * 64, status="ok",
    said="1.00", gold=("1.00",), right=True, confidence=0.9, name="d.pdf",
)  # fmt: skip


def row(document: int, right: bool = True, **changes: Any) -> Scored:
    """An answer about the document of that number."""
    told: dict[str, Any] = {"document": f"doc{document}", "name": f"doc{document}.pdf", "right": right} | changes
    if not right:
        told = {"said": "2.00"} | told
    made = replace(ROW, **told)
    return made if made.id else replace(made, id=f"{made.document}/{made.page}/{made.question}")


def save(rows: list[Scored], folder: Path) -> Path:
    """A folder with the results."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / RESULTS).open("w", encoding="utf-8") as file:
        list(write(rows, file))
    return folder
