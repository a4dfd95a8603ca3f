"""Seller and buyer: who has the most reasons for it, and the city of their address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from docproc.engines.ocr.find_invoice.blocks import Block, blocks_of
from docproc.engines.ocr.find_invoice.claims import Claim, sides_of
from docproc.engines.ocr.find_invoice.names import has_form, hosts_in, key_of_name
from docproc.engines.ocr.labels import Hit
from docproc.engines.ocr.rows import Sheet, Span
from docproc.engines.ocr.view import Found

_DOUBT = 0.8  # with more of it a name is no answer


@dataclass(frozen=True)
class Parties:
    """What was found of seller and buyer; `buyer_blocks` are the addresses on the buyer's side."""

    seller: Found | None
    seller_city: Found | None
    buyer: Found | None
    buyer_city: Found | None
    buyer_blocks: tuple[Block, ...] = ()
    seller_blocks: tuple[Block, ...] = ()


def parties_of(pages: Sequence[Sheet], hits: Sequence[Hit], taken: Mapping[int, set[int]]) -> Parties:
    """Seller and buyer of an invoice; `taken` holds the rows of line items by page."""
    blocks = [block for page in pages[:3] for block in blocks_of(page, hits, taken.get(page.index, set()))]
    sides, roles = sides_of(pages, hits, blocks, taken)
    hosts = {name for page in pages for row in page.rows for name in (host.key for host in hosts_in(row.text))}
    buyer_keys = {key_of_name(claim.span.text) for claim in sides.buyer if claim.weight >= 0.6}
    sellers = [
        claim for claim in sides.seller if key_of_name(claim.span.text) not in buyer_keys or claim.weight >= 0.85
    ]
    seller, seller_score = _elect(sellers, hosts)
    if seller_score < 0.25:
        seller, seller_score = max((seller, seller_score), _elect(sides.hosts, set()), key=lambda found: found[1])
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


def _elect(claims: Iterable[Claim], hosts: set[str]) -> tuple[Span | None, float]:
    """The name with the most support: claims of one name are joined as independent hints; a mail domain adds one."""
    doubts: dict[str, float] = {}
    spans: dict[str, Claim] = {}
    for claim in claims:
        key = key_of_name(claim.span.text)
        if len(key) < 2:
            continue
        doubts[key] = doubts.get(key, 1.0) * (1.0 - claim.weight)
        if key not in spans or _rank(claim) > _rank(spans[key]):
            spans[key] = claim
    if not doubts or min(doubts.values()) > _DOUBT:
        return None, 0.0
    for key, part in product(list(doubts), list(doubts)):
        # A logo often holds only the first word of the name.
        if part != key and len(part) >= 4 and key.startswith(part) and doubts[key] < doubts[part]:
            doubts[key] *= doubts[part] ** 0.5
            doubts[part] = min(1.0, doubts[part] * 1.5)
    agreed = {key: doubt * (0.45 if any(_agree(key, host) for host in hosts) else 1.0) for key, doubt in doubts.items()}
    best = min(agreed, key=lambda key: agreed[key])
    return spans[best].span, 1.0 - agreed[best]


def _rank(claim: Claim) -> tuple[float, bool]:
    return claim.weight, has_form(claim.span.text)


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
