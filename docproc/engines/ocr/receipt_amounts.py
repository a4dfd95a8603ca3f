"""The money on a receipt: every amount with what its row says it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from docproc.core.boxes import Box
from docproc.core.text.currencies import sure_currencies
from docproc.core.text.fold import plain_marks
from docproc.core.text.numbers import currency_of, parse_number
from docproc.engines.ocr.lines import compact
from docproc.engines.ocr.receipt_rows import Row

# What OCR makes of figures inside a numeral.
_LETTERS = str.maketrans("OoQDlI|!SB", "0000111158")
_FIGURES = r"[0-9OoQDlI|!SB]"
_TWO_DECIMALS = re.compile(
    rf"(?<![\w.,:/%])(?P<sign>[-(]\s?)?(?:(?P<lead>RM|RN|RH|S?\$|US\$|€|£|EUR|CHF|MYR|USD|GBP|SGD|Rs\.?|INR)\s?)?"
    rf"(?P<body>(?:[1-9]{_FIGURES}{{0,2}}(?:[.,' ]\d{{3}})+|"
    rf"[0-9O]{_FIGURES}{{0,6}}) ?[.,·] ?{_FIGURES}{{2}}|[.,][0-9]{{2}})"
    r"(?P<close>-|\))?(?![\w/:%]|[.,]\d|\s?%|-\d)"
)
# Where no decimals are printed in a currency: figures with thousands, or beside a currency.
_WHOLE = re.compile(
    r"(?<![\w.,:/%-])(?P<sign>-\s?)?(?P<lead>Rp\.?|¥|₩|₫|JPY|IDR|VND|KRW|CLP|COP|HUF|Ft|\$|€|£|RM|Rs\.?)?\s?"
    r"(?P<body>\d{1,3}(?:[.,' ]\d{3})+|\d{2,7})(?P<close>,?-)?(?![\w/:%]|[.,]\d|\s?%)"
)
_TRAILING = re.compile(r"(?<=\d)\s?(?:[A-Z*]|SR|ZR|SRO?|EUR|€|CHF|RM|TX|Kč)$")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount at character `start` of row `row` (index); `box` in pixels of its page's frame."""

    row: int
    start: int
    value: Decimal
    text: str
    box: Box
    page: int


def decimal_mark(rows: Sequence[Row]) -> str:
    """The decimal mark of most amounts with two decimals."""
    marks = Counter(match[1] for row in rows for match in re.finditer(r"\d([.,])\d{2}(?!\d|[.,]\d)", row.text))
    return "," if marks[","] > marks["."] else "."


def money_of(rows: Sequence[Row]) -> list[Money]:
    """The amounts of money on the rows, in order: those with two decimals; where hardly any has, whole ones too."""
    mark = decimal_mark(rows)
    found = [money for at, row in enumerate(rows) for money in _in_row(at, row, _TWO_DECIMALS, mark)]
    if len(found) >= 2:
        return sorted([*found, *_pointless(rows, found)], key=lambda money: (money.row, money.start))
    whole = [
        money
        for at, row in enumerate(rows)
        if row.kind == "body" or _is_money_row(row)
        for money in _in_row(at, row, _WHOLE, mark)
    ]
    return found + whole


# A row whose amount lost its point: "TOTAL 600" beside "CASH 6.00", "Change: 005".
_LABELLED = re.compile(r"(?i)total|cash|change|round|gst|tax|amount|summe|payment")
_RUN = re.compile(r"(?<![\w.,:/-])(?:RM|\$|€|£)? ?(?P<body>\d{3,6}|\d{1,5}-\d{2})\s*[A-Z]?$")


def _pointless(rows: Sequence[Row], found: Sequence[Money]) -> list[Money]:
    """Amounts whose decimal mark OCR lost or made a dash, where their label asks for one.

    A lost mark must be proved by a zero in front or an equal amount.
    """
    values, taken = {money.value for money in found}, {money.row for money in found}
    mended = []
    for at, row in enumerate(rows):
        match = _RUN.search(row.text) if at not in taken and _LABELLED.search(row.text) else None
        if match is None:
            continue
        value = Decimal(match["body"].replace("-", "")) / 100
        if "-" in match["body"] or match["body"].startswith("0") or value in values:
            box = _box_at(row, match.start(), match.end())
            mended.append(Money(at, match.start(), value, match.group().strip(), box, row.line.page))
    return mended


def _is_money_row(row: Row) -> bool:
    return (
        row.kind in ("name", "noise") and bool(re.search(r"[a-z]{3}", row.folded)) and not re.search(r"\d{8}", row.text)
    )


def _in_row(at: int, row: Row, pattern: re.Pattern[str], mark: str) -> list[Money]:
    if row.kind == "address":
        return []
    text = plain_marks(row.text)
    found = []
    for match in pattern.finditer(text):
        body = re.sub(r"\s", "", match["body"].translate(_LETTERS))
        if sum(char.isdigit() for char in match["body"]) < 2:
            continue
        whole = pattern is _WHOLE
        body = re.sub(r"[.,']", "", body) if whole else body[:-3].replace("-", "") + mark + body[-2:]
        try:
            value = parse_number(body, mark)
        except ValueError:
            continue
        negative = bool(match["sign"]) or match["close"] == "-"
        box = _box_at(row, match.start(), match.end())
        found.append(Money(at, match.start(), -value if negative else value, match.group().strip(), box, row.line.page))
    return found


def _box_at(row: Row, start: int, end: int) -> Box:
    """The box of the words that characters `start` to `end` of a row's text touch."""
    boxes, at = [], 0
    for word in row.line.words:
        if at < end and start < at + len(word.text):
            boxes.append(word.box)
        at += len(word.text) + 1
    box = boxes[0] if boxes else row.line.box
    for other in boxes[1:]:
        box = box.union(other)
    return box


def label_of(row: Row, start: int | None = None) -> str:
    """The label on a row, folded, without spaces, marks and figures: what stands before character `start`."""
    text = row.text if start is None else row.text[:start]
    packed = compact(re.sub(r"(?<=[A-Za-z])0(?=[A-Za-z])", "o", text))
    return re.sub(r"(?:rm|myr|rh|eur|usd|gbp|sgd|chf|inr|rs)$", "", re.sub(r"\d+", "", packed))


def currency(rows: Sequence[Row]) -> tuple[str, Row] | None:
    """The ISO 4217 code of the currency and a row that shows it; None where nothing tells."""
    votes: Counter[str] = Counter()
    shown: dict[str, Row] = {}
    for row in rows:
        for code in [*sure_currencies(_MALAYSIAN.sub("", row.text)), *(["MYR"] if _RINGGIT.search(row.text) else [])]:
            votes[code] += 1
            shown.setdefault(code, row)
    if votes:
        code = votes.most_common(1)[0][0]
        return (_dollar(rows), shown[code]) if code == "USD" and _bare_sign(rows) else (code, shown[code])
    for row in rows:
        beside = currency_of(row.text) if re.search(r"\d", row.text) else None
        if beside and beside != "BHD":
            return beside, row
    for pattern, code in _HOMES:
        for row in rows:
            if pattern.search(row.folded):
                return code, row
    return None


# "RM12.00" read as "RN12.00" or "RMO.00".
_RINGGIT = re.compile(r"\bR[MN] ?[\dO]+[.,]|\(RM\b")
# "SDN BHD" is no Bahraini dinar.
_MALAYSIAN = re.compile(r"\bBHD\b", re.IGNORECASE)
_HOMES = (
    (re.compile(r"sdn\W?bhd|\bmalaysia\b|kuala lumpur|\bselangor\b|\bjohor\b"), "MYR"),
    (re.compile(r"\bgstin\b"), "INR"),
    (re.compile(r"\bche-?\d{3}"), "CHF"),
    (re.compile(r"\bsiret\b|\bmwst\b|\btva\b|\bp\.? ?iva\b|\bbtw\b|\bust-?id|\bnif\b|\bcif\b"), "EUR"),
)
# Whose dollar "$" is, by what else only that country prints on a receipt.
_DOLLARS = (
    (re.compile(r"\bhst\b|\bpst\b|\bqst\b|\bcanada\b|\b(?:on|bc|ab|qc|mb|sk|ns) [a-z]\d[a-z] ?\d[a-z]\d\b"), "CAD"),
    (re.compile(r"\babn\b|\baustralia\b|\b(?:nsw|vic|qld) \d{4}\b"), "AUD"),
    (re.compile(r"\bsingapore\b|\bs\(\d{6}\)"), "SGD"),
    (re.compile(r"\bnew zealand\b"), "NZD"),
    (re.compile(r"\bhong kong\b"), "HKD"),
)


def _bare_sign(rows: Sequence[Row]) -> bool:
    return not any("USD" in row.text or "US$" in row.text for row in rows)


def _dollar(rows: Sequence[Row]) -> str:
    return next((code for pattern, code in _DOLLARS if any(pattern.search(row.folded) for row in rows)), "USD")
