"""Address blocks: stacks of lines that end in a postal line, and one-line addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docproc.core.boxes import Box
from docproc.engines.ocr.find_invoice.names import (
    LEGAL,
    has_form,
    is_contact,
    is_noise,
    is_street,
    key_of_name,
    segments,
    tidy,
)
from docproc.engines.ocr.find_invoice.postal import City, city_of_line, find_city, is_code_alone
from docproc.engines.ocr.labels import Hit
from docproc.engines.ocr.rows import Row, Sheet, Span

_OFFICE = re.compile(r"(?i)inh(?:\.|aber)|(?:registered|corporate|head) office|siège|sede|geschäftssitz|sitz")
_PARTIES = frozenset({"seller", "buyer", "third"})


@dataclass(frozen=True)
class Block:
    """An address: the span of its name (None where no line can be one), its city, its lines.

    `inline`: the whole address stands on one line. `heading` is the label that the block's own column begins with.
    """

    name: Span | None
    city: Span
    city_name: str
    lines: tuple[Span, ...]
    inline: bool = False
    heading: Hit | None = None

    @property
    def box(self) -> Box:
        box = self.lines[0].box
        for line in self.lines[1:]:
            box = box.union(line.box)
        return box

    @property
    def sheet(self) -> int:
        return self.city.row.sheet


def blocks_of(page: Sheet, hits: Sequence[Hit], taken: set[int]) -> list[Block]:
    """The addresses on a page, from top to bottom; rows in `taken` (line items) hold none."""
    headings = [hit for hit in hits if hit.row.sheet == page.index and hit.name in _PARTIES and is_heading(hit)]
    found: list[Block] = []
    for row in page.rows:
        if row.number in taken:
            continue
        for cell in row.cells:
            block = _block_at(page, row, cell, headings)
            if block is not None:
                found.append(block)
    return found


def is_heading(hit: Hit) -> bool:
    """Whether a party's label stands as a heading or before a colon, not inside a text; short words need the colon."""
    text = hit.row.text
    after = text[hit.span.end :]
    alone = not after.strip(" :.") or after.lstrip(" :").startswith("\t") or after.startswith("\t")
    colon = after.lstrip()[:1] in (":", "/")
    if hit.weight < 0.75 or text[text.rfind("\t", 0, hit.span.start) + 1 : hit.span.start].strip(" -–•*|/"):
        return False
    if len(hit.span.text) <= 4:
        return colon or (alone and hit.span.start == 0)
    # "Bill to Jane Doe" is a heading with its name; "Lieferant GmbH" is a firm.
    return alone or colon or (" " in hit.span.text.strip() and len(after.split("\t")[0].split()) <= 4)


def _block_at(page: Sheet, row: Row, cell: Span, headings: Sequence[Hit]) -> Block | None:
    city = find_city(cell.text)
    if city is not None:
        chain = _chain(row, cell)
        if chain is not None:
            name = chain[0].part(*tidy(chain[0].text))
            return Block(name, cell.part(city.at, city.at + len(city.name)), city.name, chain, inline=True)
        inline = _inline(cell, city)
        if inline is not None:
            return inline
        if city.start > 12 and not cell.text[: city.start].rstrip().endswith(":"):
            return None  # a code inside a sentence
        return _stacked(page, row, cell, cell.part(city.at, city.at + len(city.name)), city.name, headings)
    if is_code_alone(cell.text):
        above = next(_upward(page, row, cell), None)
        town = city_of_line(above.text) if above is not None else ""
        if above is not None and town[:1].isupper():
            at = above.text.rfind(town)
            return _stacked(page, row, cell, above.part(at, at + len(town)), town, headings)
    return None


def _chain(row: Row, city: Span) -> tuple[Span, ...] | None:
    """A one-line address whose parting marks were lost, so that its parts stand as cells: name, street, city."""
    cells = [city]
    for cell in reversed([cell for cell in row.cells if cell.end <= city.start]):
        if cells[0].box.x0 - cell.box.x1 > 3 * row.height or len(cells) == 3:
            break
        cells.insert(0, cell)
    whole = len(cells) == 3 and is_street(cells[1].text) and not is_noise(cells[0].text)
    return tuple(cells) if whole and not is_street(cells[0].text) else None


def _in_chain(span: Span) -> bool:
    """Whether a cell is a part of such an address."""
    chains = [_chain(span.row, cell) for cell in span.row.cells if find_city(cell.text) is not None]
    return any(part.start == span.start for chain in chains if chain for part in chain)


def _inline(cell: Span, city: City) -> Block | None:
    """An address on one line: name, street and city parted by marks; or a firm's name right before its street."""
    parts = [part for part in segments(cell.text) if part[0] < city.start]
    if city.start < 8 or not parts or len(cell.text) > 160:
        return None
    start, end = parts[0]
    if len(parts) == 1 and not 0 <= city.start - end <= 3 and not has_form(cell.text[:end]):
        return None
    if not _names(cell.text, parts):
        return _city_only(cell, city)
    name = _firm_part(cell.part(start, end))
    return Block(name, cell.part(city.at, city.at + len(city.name)), city.name, (cell,), inline=True)


def _names(text: str, parts: Sequence[tuple[int, int]]) -> bool:
    """Whether the first part of a one-line address is a name: it has a legal form, or a street comes after it."""
    first = text[slice(*parts[0])]
    if _OFFICE.match(first):
        return False
    if has_form(first):
        return True
    if len(parts) < 2 or is_street(first) or is_noise(first) or is_contact(first):
        return False
    streets = [text[start:end] for start, end in parts[1:]]
    return any(is_street(part) or any(char.isdigit() for char in part) for part in streets)


def _city_only(cell: Span, city: City) -> Block:
    return Block(None, cell.part(city.at, city.at + len(city.name)), city.name, (cell,), inline=True)


def _firm_part(span: Span) -> Span:
    """The name in a segment: up to its legal form where the street follows without a mark between."""
    match = LEGAL.search(span.text)
    if match and match.start() > 1 and any(char.isdigit() for char in span.text[match.end() :]):
        span = span.part(0, match.end())
    label = span.text.find(":")
    if 0 <= label < len(span.text) - 3:
        span = span.part(label + 1, len(span.text))
    return span.part(*tidy(span.text))


def _stacked(page: Sheet, row: Row, cell: Span, city: Span, city_name: str, headings: Sequence[Hit]) -> Block | None:
    lines, contacts = [cell], 0
    heading = next((hit for hit in headings if hit.row is row and cell.start <= hit.span.start < cell.end), None)
    for above in _upward(page, row, cell):
        own = [hit for hit in headings if hit.row is above.row and above.start <= hit.span.start < above.end]
        if own:
            heading = own[0]
            rest = Span(above.row, own[0].span.end, above.end)
            rest = rest.part(*_stripped(rest.text))
            if rest.text and not is_noise(rest.text):
                lines.append(rest)
            break
        if find_city(above.text) is not None or len(above.text) > 70 or _in_chain(above):
            break
        if is_contact(above.text) and not has_form(above.text):
            contacts += 1
            if contacts > 2:
                break
            continue
        lines.append(above)
        if len(lines) >= 8:
            break
    lines.reverse()
    return Block(_name_line(lines), city, city_name, tuple(lines), heading=heading)


def _stripped(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip(" :.-–")), len(text)


def _upward(page: Sheet, row: Row, cell: Span) -> Iterator[Span]:
    """The lines above a cell that are set in one column with it, nearest first; a wide gap ends them."""
    box = cell.box
    gap_before: float | None = None
    for number in range(row.number - 1, -1, -1):
        above = page.rows[number]
        gap = box.y0 - above.box.y1
        if gap > 3 * cell.row.height:
            return
        aligned = [other for other in above.cells if _aligned(other.box, box, cell.row.height)]
        if not aligned:
            continue
        gap = box.y0 - aligned[0].box.y1
        if gap > 2.7 * cell.row.height or (
            gap_before is not None and gap > max(1.9 * cell.row.height, gap_before + 0.9 * cell.row.height)
        ):
            return
        yield aligned[0]
        gap_before = max(gap, 0.0) if gap_before is None else max(gap_before, gap)
        box = aligned[0].box


def _aligned(one: Box, other: Box, height: float) -> bool:
    """Whether two lines share their left edge, their right edge or their middle, and stand over each other."""
    if min(one.x1, other.x1) <= max(one.x0, other.x0):
        return False
    slack = 0.7 * height
    return abs(one.x0 - other.x0) < slack or abs(one.x1 - other.x1) < slack or abs(one.cx - other.cx) < slack


def _name_line(lines: Sequence[Span]) -> Span | None:
    """The line of a block that names the party: the first that can be a name, before the street."""
    for index, whole in enumerate(lines[:-1] or lines):
        colon = whole.text.rfind(":") if not whole.text.rstrip().endswith(":") else -1
        line = whole.part(colon + 1, len(whole.text))
        text = line.text
        if re.match(r"\d+[-–/ ]", text):  # a house number or a range of them
            return None
        if is_noise(text) or text.rstrip().endswith(":"):
            continue
        if is_street(text) and not has_form(text):
            return None
        if find_city(text) is not None:
            return None
        below = lines[min(index + 1, len(lines) - 1)]
        plain = not has_form(text) and not is_street(below.text) and len(key_of_name(text)) >= 3
        if plain and key_of_name(below.text).startswith(key_of_name(text)):
            line = below  # a logo over the name
        return line.part(*tidy(line.text))
    return None
