"""Invoice number, VAT number and IBAN."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from docproc.core.boxes import Box
from docproc.core.text.dates import find_dates
from docproc.engines.ocr.fields import Candidate, Read, Value, best, candidates, near, right_of
from docproc.engines.ocr.find_invoice.blocks import Block
from docproc.engines.ocr.find_invoice.context import Invoice
from docproc.engines.ocr.labels import Hit
from docproc.engines.ocr.rows import Row, Span
from docproc.engines.ocr.view import Found

_ID = re.compile(r"[^\W_][\w./\-–]*[^\W_]|\d")
_PREFIX = re.compile(r"(?:^|[\s:#])([A-Z]{1,4}) $")
_MONEY = re.compile(r"^\d{1,3}(?:[.,]\d{3})*[.,]\d{2}$")
_IBAN_LIKE = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_ACCOUNT_LIKE = re.compile(r"\b[A-Z]{2} ?\d{2}[ \d]{6,30}\d\b")

# VAT numbers by country, as the EU's VIES and the national offices print them, without spaces and points.
_VAT = re.compile(
    r"(?<![A-Z0-9])(?:ATU\d{8}|BE[01]\d{9}|BG\d{9,10}|CHE\d{9}|CY\d{8}[A-Z]|CZ\d{8,10}|DE\d{9}|DK\d{8}|EE\d{9}|"
    r"EL\d{9}|ES[A-Z0-9]\d{7}[A-Z0-9]|"
    r"FI\d{8}|FR[A-HJ-NP-Z0-9]{2}\d{9}|GB\d{9}(?:\d{3})?|HR\d{11}|HU\d{8}|IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}|IT\d{11}|"
    r"LT(?:\d{12}|\d{9})|LU\d{8}|"
    r"LV\d{11}|MT\d{8}|NL\d{9}B\d{2}|NL\d{11}|NO\d{9}|PL\d{10}|PT\d{9}|RO\d{2,10}|SE\d{12}|SI\d{8}|SK\d{10}|"
    r"XI\d{9})(?![A-Z0-9])"
)
# Tax numbers without a country: Spanish CIF/NIF, Portuguese NIF, Italian P.IVA, Indian GSTIN, Australian ABN.
_NATIONAL = re.compile(
    r"(?<![A-Z0-9])(?:[A-HJNP-SUVW]\d{7}[0-9A-J]|[XYZ]?\d{7,8}[A-Z]|\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]|\d{9}|"
    r"\d{11})(?![A-Z0-9])"
)


def number_of(doc: Invoice) -> Found | None:
    """The invoice's number."""
    hits = [_beside_title(hit, doc) if hit.name == "invoice_number" else hit for hit in doc.hits]
    kept = [hit for hit in hits if hit.name != "invoice_number" or hit.row.number not in doc.item_rows[hit.row.sheet]]
    found = candidates(doc.pages, kept, "invoice_number", _read_ids(doc))
    for hit in doc.named("title"):
        stops = [other for other in doc.beside(hit.row) if other.name not in ("invoice_number", "title", "issue_date")]
        for region in list(right_of(hit, stops))[:2]:
            for value in list(_read_ids(doc)(region.span.row.text[region.span.start : region.span.end]))[:1]:
                span = region.span.part(value.start, value.end)
                found.append(Candidate(value.value, 0.9 * hit.weight * region.place * value.sure, span, hit))
    found = [_upper_half(doc, candidate) for candidate in found]
    chosen = best(found)
    if chosen is None or chosen.score < 0.15:
        return None
    return Found(chosen.value, chosen.span.text, round(min(0.97, chosen.score), 3), (chosen.span.at,))


def _beside_title(hit: Hit, doc: Invoice) -> Hit:
    """A bare "No." right behind "Invoice" says whose number it is."""
    if hit.weight >= 0.5:
        return hit
    for other in doc.beside(hit.row):
        if other.name == "title" and other.span.end <= hit.span.start:
            between = hit.row.text[other.span.end : hit.span.start]
            if other.weight > 0.4 and len(re.sub(r"\(\w*\)|\W", "", between)) == 0:
                return replace(hit, weight=0.95)
    return hit


def _upper_half(doc: Invoice, candidate: Candidate) -> Candidate:
    row = candidate.span.row
    low = row.sheet > 0 or row.box.cy > 0.55 * doc.pages[row.sheet].height
    return replace(candidate, score=candidate.score * (0.8 if low else 1.0))


def _read_ids(doc: Invoice) -> Read:
    """Reads words that may be a document's number: with a digit, and neither money nor a date."""

    def read(text: str) -> Iterator[Value]:
        plain = text.replace("\t", " ")
        skipped = [
            (found.start, found.end) for found in find_dates(plain, doc.locale.day_first) if len(found.iso) == 10
        ]
        for match in _ID.finditer(plain):
            word = match.group()
            if not any(char.isdigit() for char in word) or _MONEY.match(word):
                continue
            if _is_date(skipped, word, match.start()) or _in_brackets(plain, match.start(), match.end()):
                continue
            start, end = match.start(), match.end()
            prefix = _PREFIX.search(plain[:start])
            if prefix:
                start = prefix.start(1)
            if word.isdigit():
                more = re.match(r"(?: \d{2,4})+(?![\d.,/])", plain[end:])
                end += more.end() if more and "\t" not in text[end : end + more.end()] and len(word) >= 3 else 0
            words_before = len(re.findall(r"[^\W\d_]{2,}", plain[:start]))
            sure = (1.0 if len(word) >= 3 else 0.6) * 0.6**words_before
            yield Value(start, end, plain[start:end].rstrip(".-–/"), sure)

    return read


def _is_date(dates: Sequence[tuple[int, int]], word: str, start: int) -> bool:
    """Whether a word is (a part of) a date; a longer one with a date in it ("20230115-004") is a number."""
    if re.search(r"[A-Za-z]", word):
        return False
    end = start + len(word)
    touched = [(s, e) for s, e in dates if s < end and start < e]
    return any(e - s >= len(word) - 2 or s < start or e > end for s, e in touched)


def _in_brackets(text: str, start: int, end: int) -> bool:
    return text[:start].rstrip().endswith("(") and text[end:].lstrip().startswith(")")


def iban_of(doc: Invoice) -> Found | None:
    """The account to pay to: a number with a right check sum, or whatever stands behind the label."""
    found: list[Candidate] = []
    labels = doc.named("iban")
    for page in doc.pages:
        for row in page.rows:
            beside = max((_label_weight(hit) for hit in labels if hit.row is row), default=0.0)
            for pattern in (_IBAN_LIKE, _ACCOUNT_LIKE):
                for match in pattern.finditer(row.text.replace("\t", " ")):
                    found += _accounts(Span(row, match.start(), match.end()), beside)
    for hit in labels:
        found += candidates(
            doc.pages, [hit, *(h for h in near(hit, doc.rows) if h.name != "iban")], "iban", _read_accounts
        )
    chosen = best(found)
    if chosen is None:
        return None
    return Found(chosen.value, chosen.span.text, round(min(0.98, chosen.score), 3), (chosen.span.at,))


def _label_weight(hit: Hit) -> float:
    """The word IBAN says what follows wherever it stands; "account" does only as a label."""
    return 1.0 if "iban" in hit.span.text.lower() else hit.weight


def _accounts(span: Span, beside: float) -> Iterator[Candidate]:
    text = span.text
    # Words behind the number ("… 00 BIC") look like its last group: take the longest part whose check sum is right.
    cuts = [match.start() for match in re.finditer(r" ", text)] + [len(text)]
    for cut in sorted(cuts, reverse=True):
        compact = text[:cut].replace(" ", "")
        if 15 <= len(compact) <= 34 and checks(compact):
            yield Candidate(compact, 0.98 if beside else 0.9, span.part(0, cut))
            return
    digits = re.match(r"[A-Z]{2} ?\d{2}[ \d]*\d", text)
    if beside >= 0.6 and digits and len(digits.group().replace(" ", "")) >= 10:
        yield Candidate(digits.group().replace(" ", ""), 0.7 * beside, span.part(0, digits.end()))


def _read_accounts(text: str) -> Iterator[Value]:
    for match in _ACCOUNT_LIKE.finditer(text.replace("\t", " ")):
        compact = match.group().replace(" ", "")
        yield Value(match.start(), match.end(), compact, 0.95 if checks(compact) else 0.7)


def checks(iban: str) -> bool:
    """Whether an IBAN's check digits are right (ISO 13616: the number, turned, is 1 modulo 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", iban):
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def vat_of(doc: Invoice, buyers: Iterable[Block]) -> Found | None:
    """The seller's VAT number: not one that is labelled as the customer's or stands in the buyer's block."""
    zones = [(block.sheet, block.box, block.city.row.height) for block in buyers]
    found: list[Candidate] = []
    for page in doc.pages:
        for row in page.rows:
            found += _vats(row, doc)
    for weak in doc.named("vat_id"):
        hit = replace(weak, weight=max(weak.weight, 0.6))  # such words mean nothing else, wherever they stand
        found += candidates(
            doc.pages, [hit, *(h for h in near(hit, doc.rows) if h.name == "other")], "vat_id", _read_national
        )
    kept = [
        replace(candidate, score=candidate.score * (0.25 if _in_zone(candidate.span, zones) else 1.0))
        for candidate in found
        if not _customers(candidate.span, doc)
    ]
    chosen = best(kept)
    if chosen is None or chosen.score < 0.3:
        return None
    return Found(chosen.value, chosen.span.text, round(min(0.97, chosen.score), 3), (chosen.span.at,))


def _vats(row: Row, doc: Invoice) -> Iterator[Candidate]:
    """Numbers with a country's letters anywhere in a row; spaces and points inside do not count."""
    kept = [(index, char) for index, char in enumerate(row.text) if char not in " .-\t" or _keeps(row.text, index)]
    compact = "".join(char for _, char in kept)
    labelled = max((hit.weight for hit in doc.beside(row) if hit.name == "vat_id"), default=0.0)
    for match in _VAT.finditer(compact):
        span = Span(row, kept[match.start()][0], kept[match.end() - 1][0] + 1)
        yield Candidate(match.group(), 0.95 if labelled > 0.5 else 0.65, span)


def _keeps(text: str, index: int) -> bool:
    """Whether a gap in a row parts two numbers: it does but between digits, and between a country and digits."""
    after, before = text[index + 1 : index + 2], text[:index]
    if text[index] == "\t":
        return True
    return not (after.isdigit() and re.search(r"(?:\b[A-Z]{2}[A-Z]?|\d)$", before)) and not (
        after.isupper() and re.search(r"\d$", before) and re.match(r"B\d{2}\b", text[index + 1 :])
    )


def _read_national(text: str) -> Iterator[Value]:
    for match in re.finditer(r"[A-Z0-9][A-Z0-9 .\-]{6,20}[A-Z0-9]", text.replace("\t", "  ")):
        compact = re.sub(r"[ .\-]", "", match.group())
        whole = _NATIONAL.fullmatch(compact)
        if whole:
            yield Value(match.start(), match.end(), compact, 0.8)


def _customers(span: Span, doc: Invoice) -> bool:
    return any(hit.name == "buyer_vat" and hit.span.end <= span.start + 3 for hit in doc.beside(span.row))


def _in_zone(span: Span, zones: Sequence[tuple[int, Box, float]]) -> bool:
    """Whether a span stands in a buyer's block or in the few lines under it."""
    for sheet, box, height in zones:
        inside = box.x0 - 2 * height <= span.box.x0 <= box.x1 + 8 * height
        if sheet == span.row.sheet and inside and box.y0 - height <= span.box.cy <= box.y1 + 5 * height:
            return True
    return False
