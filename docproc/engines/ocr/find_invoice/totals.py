"""Sums of an invoice, chosen together so that they agree: net + tax = grand total, grand total - prepaid = due."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

from docproc.engines.ocr.fields import Candidate, amounts_reader, candidates
from docproc.engines.ocr.find_invoice.context import Invoice
from docproc.engines.ocr.labels import Hit
from docproc.engines.ocr.rows import Span
from docproc.engines.ocr.view import Found

_CENT = Decimal("0.021")
_FREE = re.compile(
    r"(?i)§ ?19 ?(?:abs\.? ?\d )?ustg|kleinunternehmer|keine umsatzsteuer|umsatzsteuerfrei|steuerfrei|reverse charge|"
    r"tva non applicable|"
    r"vat exempt|exempt from vat|exonération|exento de iva|esente iva|non imponibile|btw verlegd|autoliquidation|"
    r"tax exempt"
)


@dataclass(frozen=True)
class Sum:
    """A possible value of a sum: `weight` in [0, 1] from its labels, and where it stands."""

    value: Decimal
    weight: float
    spans: tuple[Span, ...]
    currency: str | None = None


@dataclass(frozen=True)
class Sums:
    """The chosen sums by field, and how sure each is."""

    chosen: Mapping[str, Sum]
    sure: Mapping[str, float]


def sums_of(doc: Invoice) -> Sums:
    """Net, tax, grand total, due amount and line total of an invoice."""
    pool = {
        name: _pool(doc, name)
        for name in ("line_total", "net_total", "tax_total", "grand_total", "due_payable", "prepaid")
    }
    pool["tax_total"] = _with_rates(doc, pool["tax_total"])
    for name in ("net_total", "tax_total", "grand_total"):
        pool[name] = _joined([*pool[name], *_under_columns(doc, name)])
    lines = sum((item.net_amount for item in doc.items), Decimal(0)) if doc.items else None
    net, tax, grand, agree = _choose(pool, lines)
    chosen: dict[str, Sum] = {
        name: s for name, s in (("net_total", net), ("tax_total", tax), ("grand_total", grand)) if s
    }
    sure = {name: 0.97 if agree else min(0.9, 0.92 * s.weight) for name, s in chosen.items()}
    _complete(doc, chosen, sure)
    _due(pool, chosen, sure)
    _line_total(doc, pool, chosen, sure, lines)
    return Sums(chosen, sure)


def founds(sums: Sums, currency: str | None) -> dict[str, Found]:
    """The sums as answers, in canonical money."""
    found = {}
    for name, chosen in sums.chosen.items():
        code = currency or chosen.currency
        value = f"{chosen.value:f}" + (f" {code}" if code else "")
        quote = " + ".join(span.text for span in chosen.spans)
        found[name] = Found(value, quote, round(sums.sure[name], 3), tuple(span.at for span in chosen.spans))
    return found


def _pool(doc: Invoice, name: str) -> list[Sum]:
    """Labelled values of a field, equal ones joined, best first."""
    hits = [*doc.named(name), *(hit for hit in doc.hits if hit.name != name)]
    found = candidates(doc.pages, hits, name, amounts_reader(doc.locale), last=True)
    return _joined(_sum_of(candidate, name) for candidate in found if _plausible(candidate, doc))


def _plausible(candidate: Candidate, doc: Invoice) -> bool:
    row, hit = candidate.span.row, candidate.hit
    if candidate.below and row.number in doc.item_rows[row.sheet]:
        return False
    return hit is None or not re.match(
        r"[\s.:]*(?:nr|no|id|reg)", row.text[hit.span.end : hit.span.end + 8], re.IGNORECASE
    )


def _sum_of(candidate: Candidate, name: str) -> Sum:
    text, _, currency = candidate.value.partition(" ")
    value = Decimal(text)
    weight = candidate.score
    if value == 0 and name in ("grand_total", "net_total", "line_total"):
        weight *= 0.3
    if value < 0 and name != "prepaid":
        weight *= 0.5
    if value == value.to_integral_value() and "." not in text and not currency:
        weight *= 0.5  # no cents and no currency: a year, a count or a number of something
    return Sum(value, min(weight, 1.0), (candidate.span,), currency or None)


def _joined(sums: Iterable[Sum]) -> list[Sum]:
    """Equal values become one, whose weights count as independent hints."""
    held: dict[Decimal, Sum] = {}
    for one in sums:
        other = held.get(one.value)
        if other is None:
            held[one.value] = one
        else:
            first = max(other, one, key=lambda s: s.weight)
            weight = 1 - (1 - 0.95 * other.weight) * (1 - 0.95 * one.weight)
            held[one.value] = replace(first, weight=weight, currency=first.currency or other.currency or one.currency)
    return sorted(held.values(), key=lambda s: -s.weight)[:8]


def _with_rates(doc: Invoice, pool: Sequence[Sum]) -> list[Sum]:
    """Where several rates have their own tax line, the tax is the sum of the lines."""
    lines: dict[int, dict[int, Sum]] = {}
    for hit in doc.named("tax_total"):
        if "%" not in hit.row.text:
            continue
        for candidate in candidates(doc.pages, [hit], "tax_total", amounts_reader(doc.locale), last=True)[:1]:
            if candidate.span.row is hit.row:
                lines.setdefault(hit.row.sheet, {})[hit.row.number] = _sum_of(candidate, "tax_total")
    found = list(pool)
    for rows in lines.values():
        parts = list(rows.values())
        if 2 <= len(parts) <= 5:
            total = sum((part.value for part in parts), Decimal(0))
            found.append(Sum(total, 0.6, tuple(part.spans[0] for part in parts), parts[0].currency))
    return _joined(found)


def _under_columns(doc: Invoice, name: str) -> Iterator[Sum]:
    """Values in a total's row that stand under a column's header ("Total 24.99 5.00 29.99" under net, VAT, gross)."""
    headers = [hit for hit in doc.hits if hit.name == name]
    rows = {(hit.row.sheet, hit.row.number): hit for hit in doc.named("grand_total", "net_total") if hit.weight > 0.6}
    for (sheet, number), hit in rows.items():
        row = doc.pages[sheet].rows[number]
        values = [v for v in amounts_reader(doc.locale)(row.text[hit.span.end :]) if v.sure >= 0.85]
        if len(values) < 2:
            continue
        for value in values:
            span = Span(row, hit.span.end + value.start, hit.span.end + value.end)
            if any(_heads(header, span) for header in headers if header.row.sheet == sheet):
                text, _, currency = value.value.partition(" ")
                yield Sum(Decimal(text), 0.55, (span,), currency or None)


def _heads(header: Hit, span: Span) -> bool:
    """Whether a label stands over a value, at most 15 lines higher."""
    shared = min(header.box.x1, span.box.x1) - max(header.box.x0, span.box.x0)
    rise = span.box.y0 - header.box.y1
    return shared > 0.3 * span.box.width and 0 < rise < 15 * span.row.height


def _choose(
    pool: Mapping[str, Sequence[Sum]], lines: Decimal | None
) -> tuple[Sum | None, Sum | None, Sum | None, bool]:
    """Net, tax and grand total with the most support by their labels and by their arithmetic; whether they add up."""
    grands = [*pool["grand_total"], None]
    nets, taxes = [*pool["net_total"], None], [*pool["tax_total"], None]
    best: tuple[float, bool, tuple[Sum | None, Sum | None, Sum | None]] = (float("-inf"), False, (None, None, None))
    for net, tax, grand in product(nets, taxes, grands):
        score = sum(s.weight for s in (net, tax, grand) if s is not None)
        agree = False
        if net is not None and tax is not None and grand is not None:
            agree = abs(net.value + tax.value - grand.value) <= _CENT
            score += (0.9 if tax.value else 0.3) if agree else -0.9
        elif net is not None and grand is not None and abs(net.value) > abs(grand.value) > 0:
            score -= 0.7
        if tax is not None and grand is not None and tax.value and not _rate_fits(tax.value, grand.value):
            score -= 0.6
        if lines is not None and net is not None and net.value == lines:
            score += 0.15
        if score > best[0]:
            best = (score, agree, (net, tax, grand))
    _, agree, (net, tax, grand) = best
    return net, tax, grand, agree


def _rate_fits(tax: Decimal, grand: Decimal) -> bool:
    """Whether a tax is between 0 and 30 % of the rest."""
    rest = grand - tax
    return rest != 0 and 0 <= tax / rest <= Decimal("0.3")


def _printed(doc: Invoice, value: Decimal) -> Span | None:
    """Where an amount is printed, the last place first; None where it is nowhere."""
    for page in reversed(doc.pages):
        for row in reversed(page.rows):
            for found in amounts_reader(doc.locale)(row.text):
                if found.sure >= 0.85 and Decimal(found.value.partition(" ")[0]) == value:
                    return Span(row, found.start, found.end)
    return None


def _complete(doc: Invoice, chosen: dict[str, Sum], sure: dict[str, float]) -> None:
    """The third of net, tax and grand total from the others, where it is printed; no tax where the page says so."""
    net, tax, grand = (chosen.get(name) for name in ("net_total", "tax_total", "grand_total"))
    if grand is None and (due := _payable_alone(doc)) is not None:
        grand = chosen["grand_total"] = due
        sure["grand_total"] = 0.8 * due.weight
    free = _free_note(doc)
    wanted: list[tuple[str, Decimal]] = []
    if grand is not None and net is not None and tax is None and net.value != grand.value:
        wanted.append(("tax_total", grand.value - net.value))
    if grand is not None and tax is not None and net is None:
        wanted.append(("net_total", grand.value - tax.value))
    if net is not None and tax is not None and grand is None:
        wanted.append(("grand_total", net.value + tax.value))
    for name, value in wanted:
        span = _printed(doc, value)
        if span is not None:
            chosen[name], sure[name] = Sum(value, 0.7, (span,)), 0.75
    if grand is not None and "tax_total" not in chosen and free is not None:
        chosen["tax_total"], sure["tax_total"] = Sum(Decimal(0), 0.6, (free,)), 0.6
        if "net_total" not in chosen:
            chosen["net_total"], sure["net_total"] = grand, 0.7


def _payable_alone(doc: Invoice) -> Sum | None:
    pool = _pool(doc, "due_payable")
    return next((one for one in pool if one.value > 0), None)


def _free_note(doc: Invoice) -> Span | None:
    for page in doc.pages:
        for row in page.rows:
            match = _FREE.search(row.text)
            if match:
                return Span(row, match.start(), match.end())
    return None


def _due(pool: Mapping[str, Sequence[Sum]], chosen: dict[str, Sum], sure: dict[str, float]) -> None:
    """The amount to pay: labelled, and in agreement with what was paid before; else the grand total."""
    grand = chosen.get("grand_total")
    paid = [abs(one.value) for one in pool["prepaid"] if one.value]
    found = []
    for one in pool["due_payable"]:
        agrees = grand is not None and (
            one.value == grand.value or any(abs(grand.value - p - one.value) <= _CENT for p in paid)
        )
        found.append((one.weight + (0.5 if agrees else 0.0), agrees, one))
    if found:
        _, agrees, best = max(found, key=lambda entry: entry[0])
        if agrees or best.weight > 0.4:
            chosen["due_payable"] = best
            sure["due_payable"] = 0.96 if agrees else min(0.85, best.weight)
            return
    if grand is not None:
        chosen["due_payable"] = grand
        sure["due_payable"] = sure["grand_total"] * (0.5 if paid else 0.93)


def _line_total(
    doc: Invoice,
    pool: Mapping[str, Sequence[Sum]],
    chosen: dict[str, Sum],
    sure: dict[str, float],
    lines: Decimal | None,
) -> None:
    """The sum of the line items: labelled, or their true sum where it is printed, or net where nothing is added."""
    found = [
        (one.weight + (0.8 if lines is not None and abs(one.value - lines) <= _CENT else 0.0), one)
        for one in pool["line_total"]
    ]
    net = chosen.get("net_total")
    if lines is not None and net is not None and abs(net.value - lines) <= _CENT:
        found.append((net.weight * 0.8 + 0.8, net))
    if found:
        weight, best = max(found, key=lambda entry: entry[0])
        exact = lines is not None and abs(best.value - lines) <= _CENT
        if exact or best.weight >= 0.6 or net is None:
            chosen["line_total"], sure["line_total"] = best, 0.96 if exact else min(0.85, 0.9 * min(1.0, weight))
            return
    if net is not None and not any(hit.weight > 0.5 for hit in doc.named("extras")):
        chosen["line_total"], sure["line_total"] = net, 0.85 * sure["net_total"]
