"""Line items: the rows under a line-item header, by its columns; items may take several rows and go on over pages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from docproc.core.boxes import Box
from docproc.core.text.locale import Locale
from docproc.engines.ocr.fields import amounts_in
from docproc.engines.ocr.find_invoice.columns import NUMERIC, Column, Header, headers_in
from docproc.engines.ocr.labels import Hit
from docproc.engines.ocr.rows import Row, Sheet, Span

_SUMS = frozenset({"line_total", "net_total", "tax_total", "grand_total", "due_payable"})
_SUBTOTAL = re.compile(
    r"(?i)\b(?:sub\s?-?total|zwischensumme|sous[- ]total|subtotaal|subtotale|übertrag|carried forward|report)"
)


@dataclass(frozen=True)
class Item:
    """One line item; numbers as printed values, None where the row does not tell."""

    id: str | None
    name: str | None
    quantity: Decimal | None
    unit_price: Decimal | None
    net_amount: Decimal
    at: tuple[tuple[int, Box], ...]

    @property
    def agrees(self) -> bool | None:
        """Whether quantity times unit price is the amount (a discount may explain less); None where one is missing."""
        if self.quantity is None or self.unit_price is None:
            return None
        return abs(self.quantity * self.unit_price - self.net_amount) <= Decimal("0.02") + abs(self.net_amount) / 200


@dataclass(frozen=True)
class _Line:
    """A row of the table's body: its numbers and texts by column."""

    row: Row
    numbers: dict[str, tuple[Decimal, Span]]
    texts: dict[str, list[Span]]


def header_rows(pages: Sequence[Sheet]) -> dict[int, list[Header]]:
    """The line-item headers of each page, by the page's index."""
    return {page.index: headers_in(page) for page in pages}


def items_of(
    pages: Sequence[Sheet], headers: dict[int, list[Header]], hits: Sequence[Hit], locale: Locale
) -> list[Item]:
    """Every line item of the document, in order."""
    # Rows with a sum's label, and whether the label is all that their first cell says.
    sums = {
        (hit.row.sheet, hit.row.number): hit.span.start == 0
        and hit.row.text[hit.span.end :].strip(" :.")[:1] in ("\t", "")
        for hit in hits
        if hit.name in _SUMS and hit.weight >= 0.5 and _leads(hit)
    }
    found: list[Item] = []
    for page in pages:
        for index, header in enumerate(headers[page.index]):
            end = headers[page.index][index + 1].first if index + 1 < len(headers[page.index]) else len(page.rows)
            found += _table_items(page, header, end, sums, locale)
    return found


def _leads(hit: Hit) -> bool:
    """Whether a sum's label is the first thing in its row or a cell of its own."""
    before = hit.row.text[: hit.span.start]
    return not before.strip() or before.endswith("\t") or hit.row.text[hit.span.end :].lstrip().startswith((":", "\t"))


def _table_items(
    page: Sheet, header: Header, end: int, sums: Mapping[tuple[int, int], bool], locale: Locale
) -> list[Item]:
    lines: list[_Line] = []
    strict = False
    for row in page.rows[header.last + 1 : end]:
        line = _line(row, header, locale)
        if (page.index, row.number) in sums and (not _is_item(line) or sums[page.index, row.number]):
            if not _SUBTOTAL.search(row.text) and lines:
                break
            strict = strict or bool(lines)
            continue
        if strict and not _is_item(line):
            line = replace(line, numbers={})
        lines.append(line)
    return _assemble(lines, header, page)


def _is_item(line: _Line) -> bool:
    """Whether a row has an amount and a price or quantity of its own: a product may be called "Total station"."""
    return "amount" in line.numbers and ("unit_price" in line.numbers or "quantity" in line.numbers)


def _line(row: Row, header: Header, locale: Locale) -> _Line:
    numbers: dict[str, tuple[Decimal, Span]] = {}
    texts: dict[str, list[Span]] = {}
    for cell in row.cells:
        used = False
        for match in amounts_in(cell.text, locale, False if len(row.cells) > 2 else None):
            span = cell.part(match.start, match.end)
            column = _number_column(span.box, header, row.height)
            before = cell.text[: match.start].strip(" €$£.:-()CHFEURSDGBP")
            if column is None or (len(before) > 6 and column.name != "amount") or len(before) > 25:
                continue
            if column.name not in numbers:
                numbers[column.name] = (match.value, span)
                used = True
        if not used:
            column = _text_column(cell.box, header, row.height)
            if column is not None:
                texts.setdefault(column.name, []).append(cell)
    if "amount" not in numbers and "gross" in numbers and header.column("amount") is None:
        numbers["amount"] = numbers["gross"]
    return _Line(row, numbers, texts)


def _number_column(box: Box, header: Header, height: float) -> Column | None:
    """The numeric column under whose header a number stands, or nearest to it."""
    best, least = None, 2.2 * height
    for column in header.columns:
        if column.name in ("pos", "code", "name", "unit"):
            continue
        gap = max(column.box.x0 - box.x1, box.x0 - column.box.x1, 0.0)
        # Numbers keep the right edge of their header, or its middle.
        distance = gap + 0.2 * min(
            abs(column.box.x1 - box.x1), abs(column.box.cx - box.cx), abs(column.box.x0 - box.x0)
        )
        if gap <= 1.5 * height and distance < least:
            best, least = column, distance
    for column in header.columns:
        if column.name in ("pos", "code", "name", "unit") and box.x1 > column.box.x0 and box.x0 < column.box.x1:
            shared = min(box.x1, column.box.x1) - max(box.x0, column.box.x0)
            if best is None or shared > min(box.x1, best.box.x1) - max(box.x0, best.box.x0):
                return None
    return best


def _text_column(box: Box, header: Header, height: float) -> Column | None:
    """The text column in which a cell starts: it reaches from its left neighbour's header to its right one's."""
    found = None
    edge = float("-inf")
    for column in header.columns:
        if column.name in NUMERIC or column.name == "unit":
            if column.name in NUMERIC and box.x0 >= column.box.x0 - 0.3 * height and box.x1 > column.box.x0:
                found = None
        elif box.x0 >= min(edge, column.box.x0) - 0.4 * height:
            found = column
        edge = column.box.x1
    return found


def _assemble(lines: Sequence[_Line], header: Header, page: Sheet) -> list[Item]:
    """Items from body rows: each has one amount; numbers of rows close by and texts that follow belong to it."""
    anchors = [index for index, line in enumerate(lines) if "amount" in line.numbers]
    groups: dict[int, list[_Line]] = {index: [lines[index]] for index in anchors}
    tops = {index: lines[index].row.box.y0 for index in anchors}
    for index, line in enumerate(lines):
        if index in groups or not ({"quantity", "unit_price"} & line.numbers.keys()):
            continue
        near = min(anchors, key=lambda anchor: abs(lines[anchor].row.box.cy - line.row.box.cy), default=None)
        if near is not None and abs(lines[near].row.box.cy - line.row.box.cy) <= 1.6 * page.em:
            groups[near].append(line)
            tops[near] = min(tops[near], line.row.box.y0)
    grouped = {id(line) for group in groups.values() for line in group}
    for line in lines:
        if id(line) in grouped or not line.texts:
            continue
        owner = max((a for a in anchors if tops[a] <= line.row.box.y0 + 0.4 * page.em), default=None)
        if owner is None and anchors and tops[anchors[0]] - line.row.box.y1 < 0.3 * page.em:
            owner = anchors[0]
        if owner is not None and line.row.box.y0 - groups[owner][-1].row.box.y1 < 4 * page.em:
            groups[owner].append(line)
    found = [_item(sorted(groups[anchor], key=lambda line: line.row.box.y0), header) for anchor in anchors]
    return [item for item in found if item is not None]


def _item(group: Sequence[_Line], header: Header) -> Item | None:
    numbers: dict[str, tuple[Decimal, Span]] = {}
    for line in group:
        for name, number in line.numbers.items():
            numbers.setdefault(name, number)
    names = _name(group, header)
    if not names and len(numbers) < 2:
        return None
    ident = _ident(group)
    amount, span = numbers["amount"]
    spans = [span, *(numbers[name][1] for name in ("quantity", "unit_price") if name in numbers), *names]
    return Item(
        id=ident,
        name=" ".join(" ".join(part.text.split()) for part in names) or None,
        quantity=numbers["quantity"][0] if "quantity" in numbers else None,
        unit_price=numbers["unit_price"][0] if "unit_price" in numbers else None,
        net_amount=amount,
        at=tuple(span.at for span in spans),
    )


def _name(group: Sequence[_Line], header: Header) -> list[Span]:
    """The item's name: its first line of text in the name's column, with the lines that run on closely under it."""
    column = header.column("name")
    key = "name" if column is not None else "code"
    parts: list[Span] = []
    # A name announced on the header's second line stands on the item's second line.
    late = column is not None and column.line > 0 and any(other.line < column.line for other in header.columns)
    rows = [line for line in group if line.texts.get(key)]
    if late and len(rows) > 1 and header.last > header.first and rows[0].texts.get("code") is None:
        rows = rows[1:] if len(group[0].texts.get(key, [])) and _code_like(group[0].texts[key][0].text) else rows
    for line in rows:
        if parts:
            gap = line.row.box.cy - parts[-1].box.cy
            if gap > 1.5 * parts[-1].box.height or len(parts) >= 3 or re.search(r":\s*\S", line.row.text):
                break
        parts += line.texts[key][:1]
    return parts


def _code_like(text: str) -> bool:
    return len(text.split()) == 1 and any(char.isdigit() for char in text)


def _ident(group: Sequence[_Line]) -> str | None:
    for key in ("pos", "code"):
        for line in group:
            for span in line.texts.get(key, ()):
                text = span.text.strip()
                if key == "code" or re.fullmatch(r"[\w.\-/]{1,6}", text):
                    return " ".join(text.split())
    return None
