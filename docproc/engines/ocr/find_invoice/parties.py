"""Seller and buyer: headed blocks, the address window with its sender line, the letterhead, the footer, mail domains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from docproc.engines.ocr.fields import right_of
from docproc.engines.ocr.find_invoice.blocks import Block, blocks_of, is_heading
from docproc.engines.ocr.find_invoice.names import (
    LEGAL,
    domains,
    has_form,
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
from docproc.engines.ocr.view import Found


@dataclass(frozen=True)
class Claim:
    """One reason to take a name for a party; `weight` in (0, 1)."""

    span: Span
    weight: float
    block: Block | None = None


@dataclass
class _Sides:
    """Claims for either side, while they are gathered."""

    seller: list[Claim] = field(default_factory=list)
    buyer: list[Claim] = field(default_factory=list)


@dataclass(frozen=True)
class Parties:
    """What was found of seller and buyer; `buyer_blocks` are the addresses on the buyer's side."""

    seller: Found | None
    seller_city: Found | None
    buyer: Found | None
    buyer_city: Found | None
    buyer_blocks: tuple[Block, ...] = ()
    seller_blocks: tuple[Block, ...] = ()


def parties_of(pages: Sequence[Sheet], hits: Sequence[Hit], taken: dict[int, set[int]]) -> Parties:
    """Seller and buyer of an invoice; `taken` holds the rows of line items by page."""
    blocks = [block for page in pages[:3] for block in blocks_of(page, hits, taken.get(page.index, set()))]
    headings = [hit for hit in hits if hit.name in ("seller", "buyer", "third") and is_heading(hit)]
    sides = _Sides()
    roles = {id(block): _headed(block, headings, pages) for block in blocks}
    _claims_of_headings(sides, blocks, roles, headings, hits)
    _claims_of_layout(sides, pages, blocks, roles)
    _claims_of_lines(sides, pages, blocks, roles, taken)
    hosts = {name for page in pages for row in page.rows for name in domains(row.text)}
    buyer_keys = {key_of_name(claim.span.text) for claim in sides.buyer if claim.weight >= 0.6}
    sellers = [
        claim for claim in sides.seller if key_of_name(claim.span.text) not in buyer_keys or claim.weight >= 0.85
    ]
    seller, seller_score = _elect(sellers, hosts)
    seller_key = key_of_name(seller.text) if seller is not None else ""
    buyers = [claim for claim in sides.buyer if key_of_name(claim.span.text) != seller_key]
    buyer, buyer_score = _elect(buyers, set())
    buyer_key = key_of_name(buyer.text) if buyer is not None else ""
    buyer_blocks = tuple(
        b for b in blocks if roles[id(b)] == "buyer" or (b.name and key_of_name(b.name.text) == buyer_key)
    )
    seller_blocks = tuple(
        b for b in blocks if roles[id(b)] == "seller" or (b.name and key_of_name(b.name.text) == seller_key)
    )
    rest = [b for b in blocks if b not in buyer_blocks and roles[id(b)] is None]
    return Parties(
        _found(seller, seller_score),
        _city(seller_key, sellers, seller_blocks or tuple(rest), seller_score),
        _found(buyer, buyer_score),
        _city(buyer_key, buyers, buyer_blocks, buyer_score),
        buyer_blocks,
        seller_blocks,
    )


def _headed(block: Block, headings: Sequence[Hit], pages: Sequence[Sheet]) -> str | None:
    """The party whose heading a block stands under or beside: the nearest one above, in its column or a form's label column."""
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
    sides: _Sides, blocks: Sequence[Block], roles: dict[int, str | None], headings: Sequence[Hit], hits: Sequence[Hit]
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
        for region in right_of(hit, hits):
            text = region.span.text
            lead = len(text) - len(text.lstrip(" :.-–"))
            span = region.span.part(lead, len(text))
            if span.text and not is_noise(span.text) and not is_street(span.text) and len(span.text) <= 60:
                between = hit.row.text[hit.span.end : span.start]
                if ":" in between or "\t" not in between:
                    claims.append(Claim(span.part(*tidy(span.text)), 0.75 if ":" in between else 0.4))
            break
    return


def _claims_of_layout(
    sides: _Sides, pages: Sequence[Sheet], blocks: Sequence[Block], roles: dict[int, str | None]
) -> None:
    """Blocks without heading: the address window holds the buyer, one-line addresses and blocks with contact lines the seller."""
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
        elif block.sheet == 0 and top < 0.45:
            first = not any(
                other
                for other in blocks
                if other is not block and not other.inline and other.box.y0 < block.box.y0 - page.em
            )
            headed = "buyer" in roles.values()
            if first and top < 0.16 and (headed or _has_window(blocks, roles, block, page)):
                sides.seller.append(Claim(block.name, 0.6, block))
            else:
                sides.buyer.append(Claim(block.name, 0.3 if headed else 0.65, block))


def _has_window(blocks: Sequence[Block], roles: dict[int, str | None], block: Block, page: Sheet) -> bool:
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
            if shared > 0 and cell.box.y0 - bottom < 2.6 * row.height:
                bottom = max(bottom, cell.box.y1)
                count += is_contact(cell.text) and not cell.text.lower().startswith(
                    ("kd", "kunden", "customer", "client")
                )
    return count


def _claims_of_lines(
    sides: _Sides,
    pages: Sequence[Sheet],
    blocks: Sequence[Block],
    roles: dict[int, str | None],
    taken: dict[int, set[int]],
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


def _line_claim(cell: Span, page: Sheet) -> Claim | None:
    text = cell.text
    named = name_in_capital_line(text)
    if named is not None:
        return Claim(cell.part(*named), 0.75)
    if len(text) > 60 or is_noise(text) or find_city(text) is not None or text.rstrip().endswith(":"):
        return None
    place = cell.box.cy / page.height
    edge = place < 0.2 or place > 0.8
    legal = LEGAL.search(text)
    if legal is not None and legal.start() > 1 and len(text[: legal.start()].split()) <= 6:
        if text[legal.end() :].strip(" ,.;:-–|·•)"):
            return None if ":" in text else Claim(cell.part(0, legal.end()), 0.3 if edge else 0.15)
        start, end = tidy(text)
        colon = text.find(":")
        start = colon + 1 if 0 <= colon < end else start
        return Claim(cell.part(start, end), 0.55 if edge else 0.25)
    large = max(word.size or word.box.height for word in cell.words) > 1.35 * _usual_size(page)
    words = text.split()
    if page.index == 0 and place < 0.15 and large and len(words) <= 6 and not any(char.isdigit() for char in text):
        return Claim(cell.part(*tidy(text)), 0.5)
    if (
        page.index == 0
        and place < 0.12
        and len(words) <= 5
        and not is_contact(text)
        and not any(c.isdigit() for c in text)
    ):
        return Claim(cell.part(*tidy(text)), 0.2)
    return None


def _usual_size(page: Sheet) -> float:
    sizes = sorted(word.size or word.box.height for row in page.rows for word in row.words)
    return sizes[len(sizes) // 2] if sizes else 1.0


def _elect(claims: Iterable[Claim], hosts: set[str]) -> tuple[Span | None, float]:
    """The name with the most support: claims of one name are joined as independent hints, and a mail domain that agrees adds one."""
    doubts: dict[str, float] = {}
    spans: dict[str, Claim] = {}
    for claim in claims:
        key = key_of_name(claim.span.text)
        if len(key) < 2:
            continue
        doubts[key] = doubts.get(key, 1.0) * (1.0 - claim.weight)
        held = spans.get(key)
        better = held is None or (claim.weight, has_form(claim.span.text)) > (held.weight, has_form(held.span.text))
        spans[key] = claim if better else held  # type: ignore[assignment]  # held is a claim where it is not better
    for key in doubts:
        # A logo or a domain often holds only the first word of the name.
        for part in doubts:
            if part != key and len(part) >= 4 and key.startswith(part):
                doubts[key] *= doubts[part] ** 0.5
                doubts[part] = min(1.0, doubts[part] * 1.5)
    for key in doubts:
        if any(_agree(key, host) for host in hosts):
            doubts[key] *= 0.45
    if not doubts:
        return None, 0.0
    best = min(doubts, key=lambda key: doubts[key])
    return spans[best].span, 1.0 - doubts[best]


def _agree(key: str, host: str) -> bool:
    """Whether a name and a domain are one: either holds the other, or the domain is a good part of the name."""
    return len(host) >= 4 and len(key) >= 4 and (host in key or key in host or key[:6] == host[:6])


def _found(span: Span | None, score: float) -> Found | None:
    if span is None:
        return None
    text = " ".join(span.text.split())
    return Found(text, text, round(min(0.95, score), 3), (span.at,))


def _city(key: str, claims: Sequence[Claim], blocks: Sequence[Block], score: float) -> Found | None:
    """The city of a party: of an address that bears its name, else of any on its side."""
    named = [claim.block for claim in claims if claim.block is not None and key_of_name(claim.span.text) == key]
    block = next(iter(named), None) or next(iter(blocks), None)
    if block is None:
        return None
    sure = score if named else 0.5 * score
    return Found(block.city_name, block.city.text, round(min(0.95, sure), 3), (block.city.at,))
