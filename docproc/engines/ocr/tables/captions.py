"""The lines that name a table."""

from __future__ import annotations

import re
from collections.abc import Sequence

from docproc.core.boxes import Box
from docproc.engines.ocr.tables.pieces import Piece

# "Table 3", "Tab. 2:", "Tabelle 4", "Tableau II", "Exhibit B.4", … in languages of Latin script.
_NAMED = re.compile(
    r"(table|tab\.|tabelle|tableau|tabella|tabla|tabela|tabel|tabell|taulukko|exhibit|schedule|übersicht|annex table)"
    r"\s{0,2}(no\.?\s|nr\.?\s)?([a-z]{0,3}[.\-]?\d+|[ivxlc]+\b|[a-z]\b)",
    re.IGNORECASE,
)
_OTHER = re.compile(r"(figure|fig\.|chart|abbildung|abb\.|graphique|grafik|diagram)\s", re.IGNORECASE)


def names_table(text: str) -> bool:
    """Whether a line begins like a table's caption."""
    return bool(_NAMED.match(text))


def names_other(text: str) -> bool:
    """Whether a line begins like the caption of a figure or a chart."""
    return bool(_OTHER.match(text))


def caption_of(box: Box, rows: Sequence[Sequence[Piece]], others: Sequence[Box]) -> str:
    """The caption of the table in `box`: the nearest named line above it, else below it, with its further lines."""
    above = [row for row in rows if row[-1].box.cy < box.y0 and _over(row, box)]
    lines: list[str] = []
    edge = box.y0
    for row in reversed(above[-7:]):
        size = row[0].size
        if edge - max(piece.box.y1 for piece in row) > 2.6 * size or any(o.y0 <= row[0].box.cy <= o.y1 for o in others):
            break
        text = " ".join(piece.text for piece in row)
        if names_other(text):
            break
        lines.insert(0, text)
        edge = min(piece.box.y0 for piece in row)
        if names_table(text):
            return " ".join(lines)
    below = [row for row in rows if row[0].box.cy > box.y1 and _over(row, box)]
    for row in below[:2]:
        text = " ".join(piece.text for piece in row)
        near = row[0].box.y0 - box.y1 < 3 * row[0].size
        if near and names_table(text):
            return text
    if lines and len(lines) <= 2 and edge > box.y0 - 4.5 * above[-1][0].size and not lines[0].endswith("."):
        return " ".join(lines) if len(" ".join(lines)) < 160 else ""
    return ""


def _over(row: Sequence[Piece], box: Box) -> bool:
    return any(piece.box.x0 < box.x1 and piece.box.x1 > box.x0 for piece in row)
