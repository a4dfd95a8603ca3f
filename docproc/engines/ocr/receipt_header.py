"""Who gave a receipt, and where: the name and the address at its head."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from statistics import median

from docproc.engines.ocr.addresses import address_score, is_place, is_postcode_line, is_town_line
from docproc.engines.ocr.lines import union_of
from docproc.engines.ocr.receipt_rows import BUSINESS, LEGAL, Row
from docproc.engines.ocr.view import Found

# The head of a receipt ends after so many rows at the latest.
MOST_HEAD = 22

_CODE_IN_BRACKETS = re.compile(r"\s*[(\[<]\s*(?:[A-Za-z. :]{0,12})?[A-Z]{0,3}\d{4,}[^)\]>]{0,8}[)\]>]?\s*$")
_CODE_AT_END = re.compile(r"\s+\(?\d{5,8} ?[-–] ?[A-Z]\)?\W*$")
_OWNER = re.compile(
    r"\b(?:inh|inhaber|owner|prop|proprietor|since|seit|depuis|est|welcome|operated|managed|branch|cawangan|"
    r"filiale|outlet)\b"
)
_THANKS = re.compile(r"\b(?:thank|danke|merci|gracias|grazie|bedankt|terima)")
_PHONE_TAIL = re.compile(
    r"[\s,;]*\b(?:tel|te1|phone|telefon|fax|hp|ph|h/p)[^A-Za-z\d]{0,6}(?:(?:no|fax)[^A-Za-z\d]{0,4})?[+(]?\d.*$",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^\W*(?:address|add|alamat|adresse|addr)\s*[:.]\s*", re.IGNORECASE)
_SUFFIX_ONLY = re.compile(
    r"^\W*\(|^\W*(?:\S+\s+)?(?:\(\w{1,3}\)\s*)?(?:sdn|bhd|s/b|gmbh|ltd|llc|inc|s\.?l\.?|s\.?a\.?|b\.?v\.?|pte|co)\b"
)

# Words that end a firm's name and begin none.
_FORM_FIRST = re.compile(r"^(?:enterprises?|trading|marketing|holdings?|resources|industries|corporation|ventures?)\b")
_FUSED_SUFFIX = re.compile(r"^\w{0,5}(?:sdnbhd|bhd|gmbh|ltd|pteltd)$")


def head_of(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows before the body: before the first row about this one sale, once a name or an address has come."""
    for at, row in enumerate(rows[:MOST_HEAD]):
        named = any(earlier.kind in ("name", "address") for earlier in rows[:at])
        if row.kind == "body" and named:
            return tuple(rows[:at])
        if row.kind == "heading" and any(earlier.kind == "address" for earlier in rows[:at]):
            return tuple(rows[:at])
    return tuple(rows[:MOST_HEAD])


def address_rows(head: Sequence[Row]) -> list[Row]:
    """The rows of the postal address: from the first address line to the first line that is surely something else."""
    first = _first_address(head)
    if first is None:
        return []
    while first > 0 and head[first - 1].kind == "name" and _leads_on(head, first):
        first -= 1
    last = first
    for at in range(first + 1, len(head)):
        if head[at].kind in ("register", "noise") and any(row.kind == "address" for row in head[at + 1 : at + 3]):
            continue
        if not _belongs_after(head, first, at):
            break
        last = at
    return [row for row in head[first : last + 1] if row.kind in ("name", "address")]


def _first_address(head: Sequence[Row]) -> int | None:
    """The first address line below a name; without any name above, the first one with a figure in it."""
    for at, row in enumerate(head):
        named = any(earlier.kind in ("name", "address") for earlier in head[:at])
        below = head[at + 1 : at + 2]
        alone = not any(other.kind in ("name", "address") and not LEGAL.search(other.folded) for other in below)
        if row.kind == "address" and (named or (any(char.isdigit() for char in row.text) and not alone)):
            return at
    return None


def _leads_on(head: Sequence[Row], at: int) -> bool:
    """Whether the row before the address is its first line: a name stands above it, and it ends in a comma, has a word
    of addresses in it, or the address so far begins with the town."""
    above = head[at - 1]
    if (
        not any(row.kind == "name" for row in head[: at - 1])
        or LEGAL.search(above.folded)
        or _OWNER.search(above.folded)
    ):
        return False
    if above.text.rstrip().endswith(",") or address_score(above.text) >= 0.6:
        return True
    return is_town_line(head[at].text) and not BUSINESS.search(above.folded)


def _belongs_after(head: Sequence[Row], first: int, at: int) -> bool:
    """Whether row `at`, with the address running down to it, goes on with the address."""
    row, above = head[at], head[at - 1]
    if row.kind not in ("name", "address") or row.line.box.y0 - above.line.box.y1 > 2.0 * above.line.size:
        return False
    if row.kind == "address":
        return True
    if LEGAL.search(row.folded) or _OWNER.search(row.folded) or at - first > 6:
        return False
    if is_place(row.text) or above.text.rstrip().endswith(","):
        return True
    closed = any(is_postcode_line(earlier.text) for earlier in head[first:at])
    ends = at + 1 == len(head) or head[at + 1].kind not in ("name", "address")
    # Below a postcode one more line, if it closes the head's address (a state, a country).
    return not BUSINESS.search(row.folded) and (not closed or (ends and len(row.packed) <= 24 and _gap_like(head, at)))


def _gap_like(head: Sequence[Row], at: int) -> bool:
    """Whether row `at` stands as close to the one above as that one to its own."""
    gap = head[at].line.box.y0 - head[at - 1].line.box.y1
    return gap <= 1.25 * max(head[at - 1].line.box.y0 - head[at - 2].line.box.y1, 0.25 * head[at].line.size)


def address(head: Sequence[Row]) -> Found | None:
    """The whole address on one line."""
    found = address_rows(head)
    parts = [_LEAD.sub("", _PHONE_TAIL.sub("", row.text)).strip() for row in found]
    text = " ".join(part for part in parts if part)
    if len(text) < 8:
        return None
    sure = 0.45 + 0.15 * min(2, len(found) - 1) + 0.12 * any(is_postcode_line(row.text) for row in found)
    sure *= 0.6 + 0.4 * min(row.line.confidence for row in found)
    return Found(text, text, min(0.9, sure), union_of([row.line for row in found]))


def company(head: Sequence[Row], rows: Sequence[Row]) -> Found | None:
    """The name of the shop or firm, without its register number."""
    lines = address_rows(head)
    stop = head.index(lines[0]) if lines else len(head)
    names = [at for at in range(stop) if head[at].kind == "name"] or [
        at for at, row in enumerate(head) if row.kind == "name" and row not in lines
    ]
    if not names:
        return None
    usual = median(row.line.size for row in rows)
    scored = {at: _score(head, at, stop, usual) for at in names}
    best = max(names, key=lambda at: (scored[at], -at))
    run = _whole_name(head, best, names)
    text = _bare(" ".join(head[at].text for at in run))
    if len(text) < 2:
        return None
    others = [scored[at] for at in names if at not in run]
    margin = scored[best] - max(others, default=scored[best] - 2.0)
    sure = 1 / (1 + math.exp(-(0.6 + 0.7 * margin + 0.25 * scored[best])))
    sure *= 0.5 + 0.5 * min(head[at].line.confidence for at in run)
    return Found(text, " ".join(head[at].text for at in run), min(0.95, sure), union_of([head[at].line for at in run]))


def _score(head: Sequence[Row], at: int, stop: int, usual: float) -> float:
    """How much row `at` looks like the name of a firm; about 0 for any line, 3 and more for one with a legal form."""
    row = head[at]
    text = row.text.strip()
    letters = [char for char in text if char.isalpha()]
    score = 2.6 if LEGAL.search(row.folded) else 0.0
    score += 1.2 if BUSINESS.search(row.folded) else 0.0
    score += 0.7 if letters and sum(char.isupper() for char in letters) > 0.7 * len(letters) else 0.0
    score -= 1.6 if letters and not any(char.isupper() for char in letters) else 0.0
    score += max(-0.6, min(0.6, 1.2 * math.log2(max(row.line.size, 1.0) / usual)))
    score += 0.5 if at == min(i for i, r in enumerate(head) if r.kind == "name") else 0.0
    score -= 0.3 * sum(1 for other in head[at + 1 : stop] if other.kind == "name")
    score -= 2.5 * (sum(char.isdigit() for char in text) / max(1, len(text)))
    score -= 2.0 if _OWNER.search(row.folded) or _THANKS.search(row.folded) else 0.0
    score -= 1.0 if len(letters) < 4 else 0.0
    score -= 3.0 * max(0.0, 0.9 - row.line.confidence)
    return score - _pen(head, at, usual)


def _pen(head: Sequence[Row], at: int, usual: float) -> float:
    """The penalty of writing that does not belong to the print: higher than usual, or far from the next line."""
    row = head[at]
    if LEGAL.search(row.folded) or BUSINESS.search(row.folded):
        return 0.0
    below = next((r for r in head[at + 1 :] if r.kind in ("name", "address", "register")), None)
    far = below is not None and below.line.box.y0 - row.line.box.y1 > 1.8 * usual
    mixed = not row.text.replace(" ", "").isupper()
    return (1.6 if far else 0.0) + (0.8 if mixed and row.line.box.height > 1.6 * usual else 0.0)


def _whole_name(head: Sequence[Row], best: int, names: Sequence[int]) -> list[int]:
    """The row with the rows that its name began or goes on in."""
    run = [best]
    while run[0] - 1 in names and _continues(head[run[0] - 1], head[run[0]]):
        run.insert(0, run[0] - 1)
    while run[-1] + 1 in names and _continues(head[run[-1]], head[run[-1] + 1]):
        run.append(run[-1] + 1)
    return run


def _continues(above: Row, row: Row) -> bool:
    """Whether a name that begins in one row ends in the next."""
    low, high = sorted((above.line.size, row.line.size))
    if above.text.count("(") > above.text.count(")") and ")" in row.text:
        return True
    if row.line.box.y0 - above.line.box.y1 > 1.6 * high or high > 1.7 * low or LEGAL.search(above.folded):
        return False
    if LEGAL.search(row.folded):
        return any(pattern.match(text) for pattern, text in _endings(row))
    if _FORM_FIRST.match(row.folded):
        return True
    return above.folded.rstrip().endswith(("&", " and", " und", " et", " y")) or row.folded.startswith(("&", "("))


def _endings(row: Row) -> tuple[tuple[re.Pattern[str], str], ...]:
    return (_SUFFIX_ONLY, row.folded), (_FORM_FIRST, row.folded), (_FUSED_SUFFIX, row.packed)


def _bare(text: str) -> str:
    """A name without the register number behind it."""
    text = _CODE_AT_END.sub("", _CODE_IN_BRACKETS.sub("", text)).strip()
    return text.strip(" *-_=~.,:;'\"|").strip() + ("." if text.endswith((".", "S.L.")) and text[-3:-2] == "." else "")
