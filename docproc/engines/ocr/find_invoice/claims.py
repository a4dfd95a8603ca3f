"""Reasons to take a name for the seller or the buyer: headings, places of address blocks, letterheads, footers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from docproc.engines.ocr.fields import below, right_of
from docproc.engines.ocr.find_invoice.blocks import Block, is_heading
from docproc.engines.ocr.find_invoice.names import (
    LEGAL,
    hosts_in,
    is_contact,
    is_noise,
    is_street,
    key_of_name,
    name_in_capital_line,
    tidy,
)
from docproc.engines.ocr.find_invoice.postal import find_city
from docproc.engines.ocr.labels import Hit
from docproc.engines.ocr.rows import Sheet, Span


@dataclass(frozen=True)
class Claim:
    """One reason to take a name for a party; `weight` in (0, 1)."""

    span: Span
    weight: float
    block: Block | None = None


@dataclass
class Sides:
    """Claims for either side, as they are gathered."""

    seller: list[Claim] = field(default_factory=list)
    buyer: list[Claim] = field(default_factory=list)
    hosts: list[Claim] = field(default_factory=list)


Roles = Mapping[int, str | None]  # by the block's identity; None: without heading


def sides_of(
    pages: Sequence[Sheet], hits: Sequence[Hit], blocks: Sequence[Block], taken: Mapping[int, set[int]]
) -> tuple[Sides, Roles]:
    """All claims, and the party whose heading each block stands under."""
    headings = [hit for hit in hits if hit.name in ("seller", "buyer", "third") and is_heading(hit)]
    sides = Sides()
    roles = {id(block): _headed(block, headings) for block in blocks}
    _claims_of_headings(sides, pages, blocks, roles, headings, hits)
    _claims_of_layout(sides, pages, blocks, roles)
    _claims_of_lines(sides, pages, blocks, roles, taken)
    _claims_of_hosts(sides, pages, blocks, roles)
    return sides, roles


def _headed(block: Block, headings: Sequence[Hit]) -> str | None:
    """The party whose heading a block stands under or beside: the nearest above, in its column or a form's labels."""
    if block.heading is not None:
        return block.heading.name
    box, height = block.box, block.city.row.height
    best, least = None, 14 * height
    for hit in headings:
        if hit.row.sheet != block.sheet:
            continue
        dy = box.y0 - hit.box.y0
        dx = box.x0 - hit.box.x0
        if dy < -0.6 * height or dx < -1.5 * height:
            continue
        beside = dx > 2.5 * height
        if beside and not _in_form(block, hit):
            continue
        cost = max(dy, 0.0) + (0.3 * height if beside else abs(dx) * 0.5)
        if cost < least:
            best, least = hit.name, cost
    return best


def _in_form(block: Block, hit: Hit) -> bool:
    """Whether a block is the value column of a form whose labels stand under the heading."""
    for line in block.lines:
        for cell in line.row.cells:
            labelled = cell.text.rstrip().endswith(":")
            if labelled and cell.end <= line.start and abs(cell.box.x0 - hit.box.x0) < 2.5 * line.row.height:
                return True
    return False


def _claims_of_headings(
    sides: Sides,
    pages: Sequence[Sheet],
    blocks: Sequence[Block],
    roles: Roles,
    headings: Sequence[Hit],
    hits: Sequence[Hit],
) -> None:
    for block in blocks:
        role = roles[id(block)]
        if role in ("seller", "buyer") and block.name is not None:
            claims = sides.seller if role == "seller" else sides.buyer
            claims.append(Claim(block.name, 0.9, block))
    for hit in headings:
        if hit.name == "third":
            continue
        claims = sides.seller if hit.name == "seller" else sides.buyer
        named = _beside(hit, hits) or (
            _under(hit, pages[hit.row.sheet], hits) if hit.name not in roles.values() else None
        )
        if named is not None:
            claims.append(named)


def _beside(hit: Hit, hits: Sequence[Hit]) -> Claim | None:
    """The name right of a heading: behind a colon, or in the heading's own cell."""
    region = next(iter(right_of(hit, hits)), None)
    if region is None:
        return None
    text = region.span.text
    span = region.span.part(len(text) - len(text.lstrip(" :.-–")), len(text))
    between = hit.row.text[hit.span.end : span.start]
    if not span.text or is_noise(span.text) or is_street(span.text) or len(span.text) > 60:
        return None
    if ":" not in between and "\t" in between:
        return None
    return Claim(span.part(*tidy(span.text)), 0.75 if ":" in between else 0.4)


def _under(hit: Hit, page: Sheet, hits: Sequence[Hit]) -> Claim | None:
    """The first line under a heading that can be a name, where no postal line marks a block."""
    for region in below(page, hit, hits):
        text = region.span.text
        if len(text) <= 60 and not is_noise(text) and not is_street(text) and not is_contact(text):
            return Claim(region.span.part(*tidy(text)), 0.6)
    return None


def _claims_of_layout(sides: Sides, pages: Sequence[Sheet], blocks: Sequence[Block], roles: Roles) -> None:
    """Blocks without heading: the window holds the buyer; one-line addresses and contact lines are the seller's."""
    for block in blocks:
        if roles[id(block)] is not None or block.name is None:
            continue
        page = pages[block.sheet]
        top = block.box.y0 / page.height
        if block.inline:
            sides.seller.append(Claim(block.name, 0.8 if top < 0.45 or top > 0.85 else 0.5, block))
            continue
        contacts = _contacts(page, block)
        if top > 0.75 or contacts:
            sides.seller.append(Claim(block.name, 0.55 + 0.12 * min(contacts, 2), block))
            if block.sheet == 0 and 0.1 < top < 0.45:
                sides.buyer.append(Claim(block.name, 0.35, block))
        elif block.sheet == 0 and top < 0.45:
            first = not any(
                other
                for other in blocks
                if other is not block and not other.inline and other.box.y0 < block.box.y0 - page.em
            )
            headed = "buyer" in roles.values()
            # Goods mostly go to whom the invoice goes to.
            same = any(roles[id(other)] == "third" and _same_name(other, block) for other in blocks)
            if first and top < 0.16 and (headed or _has_window(blocks, roles, block, page)):
                sides.seller.append(Claim(block.name, 0.6, block))
            else:
                sides.buyer.append(Claim(block.name, 0.3 if headed else 0.85 if same else 0.75, block))


def _same_name(one: Block, other: Block) -> bool:
    return (
        one.name is not None and other.name is not None and key_of_name(one.name.text) == key_of_name(other.name.text)
    )


def _has_window(blocks: Sequence[Block], roles: Roles, block: Block, page: Sheet) -> bool:
    """Whether another unclaimed block further down can be the buyer's."""
    return any(
        other is not block and other.name is not None and not other.inline and roles[id(other)] is None
        and other.box.y0 > block.box.y0 + page.em and other.box.y0 < 0.5 * page.height
        for other in blocks
    )  # fmt: skip


def _contacts(page: Sheet, block: Block) -> int:
    """How many lines right under (or in) a block tell telephone, mail, tax number or bank."""
    count = 0
    bottom = block.box.y1
    for row in page.under(block.city.row, 6 * block.city.row.height):
        for cell in row.cells:
            shared = min(cell.box.x1, block.box.x1) - max(cell.box.x0, block.box.x0)
            if shared > 0 and cell.box.y0 - bottom < 1.7 * row.height:
                bottom = max(bottom, cell.box.y1)
                count += is_contact(cell.text) and not cell.text.lower().startswith(
                    ("kd", "kunden", "customer", "client")
                )
    return count


def _claims_of_lines(
    sides: Sides,
    pages: Sequence[Sheet],
    blocks: Sequence[Block],
    roles: Roles,
    taken: Mapping[int, set[int]],
) -> None:
    """Single lines: the letterhead, names with a legal form at the top or in the footer, French footers."""
    others = [line for block in blocks if roles[id(block)] in ("buyer", "third") for line in block.lines]
    for page in pages[:3]:
        for row in page.rows:
            if row.number in taken.get(page.index, set()):
                continue
            for cell in row.cells:
                if any(line.row is row and line.start < cell.end and cell.start < line.end for line in others):
                    continue
                claim = _line_claim(cell, page)
                if claim is not None:
                    sides.seller.append(claim)


def _claims_of_hosts(sides: Sides, pages: Sequence[Sheet], blocks: Sequence[Block], roles: Roles) -> None:
    """Web and mail addresses outside the buyer's block: all that is written of a name that stands in a logo."""
    others = {(block.sheet, line.row.number) for block in blocks if roles[id(block)] for line in block.lines}
    for page in pages[:3]:
        for row in page.rows:
            if (page.index, row.number) not in others:
                for host in hosts_in(row.text):
                    sides.hosts.append(Claim(Span(row, host.start, host.end), 0.3 if host.web else 0.15))


def _line_claim(cell: Span, page: Sheet) -> Claim | None:
    text = cell.text
    named = name_in_capital_line(text)
    if named is not None:
        return Claim(cell.part(*named), 0.75)
    if len(text) > 60 or is_noise(text) or find_city(text) is not None or text.rstrip().endswith(":"):
        return None
    place = cell.box.cy / page.height
    legal = LEGAL.search(text)
    if legal is not None and legal.start() > 1 and len(text[: legal.start()].split()) <= 6:
        return _firm_claim(cell, legal.end(), place)
    return _letterhead_claim(cell, page, place)


def _letterhead_claim(cell: Span, page: Sheet, place: float) -> Claim | None:
    """A line at the very top of the first page, in large letters or not."""
    text = cell.text
    words = text.split()
    if page.index > 0 or place >= 0.15 or len(words) > 6 or any(char.isdigit() for char in text):
        return None
    if max(word.size or word.box.height for word in cell.words) > 1.35 * _usual_size(page):
        return Claim(cell.part(*tidy(text)), 0.5)
    if place < 0.12 and len(words) <= 5 and not is_contact(text):
        return Claim(cell.part(*tidy(text)), 0.2)
    return None


def _firm_claim(cell: Span, form_end: int, place: float) -> Claim | None:
    """A line that holds a firm's name with its legal form: surer at the top and in the footer, and by itself."""
    text = cell.text
    edge = place < 0.2 or place > 0.8
    if text[form_end:].strip(" ,.;:-–|·•)"):
        return None if ":" in text else Claim(cell.part(0, form_end), 0.3 if edge else 0.15)
    start, end = tidy(text)
    colon = text.find(":")
    start = colon + 1 if 0 <= colon < end else start
    return Claim(cell.part(start, end), 0.55 if edge else 0.25)


def _usual_size(page: Sheet) -> float:
    sizes = sorted(word.size or word.box.height for row in page.rows for word in row.words)
    return sizes[len(sizes) // 2] if sizes else 1.0
