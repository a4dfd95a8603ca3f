"""What was paid: the total of a receipt and the tax in it, by labels, by sums, and by what was given and given back."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from docproc.engines.ocr.receipt_amounts import Money, label_of, money_of
from docproc.engines.ocr.receipt_labels import (
    CARD,
    CASH,
    CHANGE,
    NOT_TAX,
    NOT_TOTAL,
    PAYABLE,
    ROUNDING,
    SUBTOTAL,
    TAX,
    TOTALS,
)
from docproc.engines.ocr.receipt_rows import Row
from docproc.engines.ocr.view import Found


@dataclass(frozen=True, slots=True)
class Sums:
    """The amounts of a receipt by what their rows say they are."""

    rows: Sequence[Row]
    money: Sequence[Money]
    labels: Sequence[str]

    def labelled(self, pattern: re.Pattern[str]) -> list[Money]:
        """The last amount of each row whose label says `pattern`."""
        last: dict[int, Money] = {}
        for money, label in zip(self.money, self.labels, strict=True):
            if pattern.search(label):
                last[money.row] = money
        return list(last.values())


def sums_of(rows: Sequence[Row]) -> Sums:
    """Amounts and their labels: what stands before them on their row, else on a row of words alone just above."""
    money = money_of(rows)
    first = {m.row: m.start for m in reversed(money)}
    labels = []
    for one in money:
        label = label_of(rows[one.row], first[one.row])
        if len(label) < 2:
            above = one.row - 1
            lonely = above >= 0 and above not in first and rows[above].line.page == rows[one.row].line.page
            near = lonely and rows[one.row].line.box.y0 - rows[above].line.box.y1 < rows[one.row].line.size
            label = label_of(rows[above]) if near and len(rows[above].packed) < 30 else ""
        labels.append(label)
    return Sums(rows, money, labels)


def total(sums: Sums) -> Found | None:
    """The amount that was to be paid, after discounts, taxes and rounding."""
    scores: dict[Decimal, float] = defaultdict(float)
    shown: dict[Decimal, Money] = {}
    for money, label in zip(sums.money, sums.labels, strict=True):
        weight = _weight(label, money.value)
        if money.value <= 0 or weight is None:
            continue
        weight += 0.3 * money.row / max(1, len(sums.rows))
        if money.value not in shown or weight >= scores[money.value]:
            shown[money.value] = money
        scores[money.value] = max(scores[money.value], weight) + (0.4 if money.value in scores else 0.0)
    if not scores:
        return None
    proofs = {value: _proofs(sums, value, scores) for value in scores}
    ranked = sorted(scores, key=lambda value: (scores[value] + proofs[value], value), reverse=True)
    best = ranked[0]
    top = scores[best] + proofs[best]
    if top < 1.2:
        return None
    margin = top - (scores[ranked[1]] + proofs[ranked[1]]) if len(ranked) > 1 else 3.0
    sure = 0.45 + 0.1 * min(3.0, margin) + (0.12 if proofs[best] > 0 else 0.0) + (0.1 if scores[best] >= 4.5 else 0.0)
    where = shown[best]
    return Found(f"{best:f}", where.text, min(0.97, sure), ((where.page, where.box),))


def _weight(label: str, value: Decimal) -> float | None:
    """How much a label says "total"; None for what cannot be one. "Rounding" before a sum is the sum after it."""
    if CHANGE.search(label):
        return None
    if ROUNDING.search(label) and not PAYABLE.search(label):
        return 5.5 if value > 1 else None
    if SUBTOTAL.search(label):
        return 1.6
    if NOT_TOTAL.search(label):
        return None
    named = next((weight for weight, pattern in TOTALS if pattern.search(label)), None)
    paid = 1.0 if CARD.search(label) else 0.5 if CASH.search(label) else None
    return named or paid or (0.4 if len(label) >= 2 else 0.9)


def _proofs(sums: Sums, value: Decimal, scores: dict[Decimal, float]) -> float:
    """What the other amounts say for `value` being the total."""
    proof = 0.0
    cash = {m.value for m in sums.labelled(CASH)}
    change = {m.value for m in sums.labelled(CHANGE)}
    if any(given - back == value and back > 0 for given in cash for back in change):
        proof += 3.0
    elif value in {m.value for m in sums.labelled(CARD)} or value in cash:
        proof += 1.2
    rounding = {m.value for m in sums.labelled(ROUNDING) if m.value and abs(m.value) < Decimal("0.05")}
    if any(abs(value - r) in scores or abs(value + r) in scores for r in rounding):
        after = any(scores.get(value - r, 0.0) >= 1.6 for r in rounding)
        before = any(value + r in scores for r in rounding)
        proof += 1.5 if after and not before else -1.5 if before and not after else 0.0
    elif scores[value] >= 5 and any(
        0 < abs(other - value) < Decimal("0.05") and scores[other] > scores[value] for other in scores
    ):
        proof -= 1.5  # the same sum before it was rounded
    taxes = {m.value for m in sums.money if 0 < m.value < value and TAX.search(sums.rows[m.row].folded[: m.start])}
    if any(value - tax in scores for tax in taxes):
        proof += 0.8
    return proof


_RATE = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,2})?) ?%")


def tax(sums: Sums, paid: Decimal | None) -> Found | None:
    """The tax in the total: a labelled amount, or the sum of a tax table's lines."""
    table = _tax_table(sums, paid)
    limit = paid * Decimal("0.35") if paid else None
    lines = [m for m, label in zip(sums.money, sums.labels, strict=True) if _is_tax(sums.rows[m.row], m, label)]
    lines = [m for m in lines if limit is None or m.value <= limit]
    if table and (not lines or len(table) > 1 or table[0].value in {m.value for m in lines}):
        value = sum((m.value for m in table), Decimal(0))
        return Found(f"{value:f}", table[0].text, 0.85, tuple((m.page, m.box) for m in table))
    if not lines:
        return None
    halves = [m for m in lines if re.search(r"cgst|sgst|igst", sums.labels[list(sums.money).index(m)])]
    if len(halves) == 2:
        value = halves[0].value + halves[1].value
        return Found(f"{value:f}", halves[0].text, 0.75, tuple((m.page, m.box) for m in halves))
    best = max(lines, key=lambda m: (m.value > 0, -m.row))
    agree = sum(m.value == best.value for m in sums.money)
    return Found(f"{best.value:f}", best.text, min(0.85, 0.55 + 0.15 * agree), ((best.page, best.box),))


def _is_tax(row: Row, money: Money, label: str) -> bool:
    said = TAX.search(row.folded[: money.start]) or (len(label) < 12 and TAX.search(label))
    return bool(said) and not NOT_TAX.search(label) and money.value >= 0


def _tax_table(sums: Sums, paid: Decimal | None) -> list[Money]:
    """The tax column of rows like "SR 6 % 38.00 2.28": net and tax that fit the rate, best a printed one."""
    printed: list[tuple[Money, Money]] = []
    guessed: list[tuple[Money, Money]] = []
    for at, row in enumerate(sums.rows):
        amounts = [m for m in sums.money if m.row == at and m.value >= 0]
        rates = {Decimal(m[1].replace(",", ".")) / 100 for m in _RATE.finditer(row.text)}
        others = {m.value / 100 for m in amounts if 0 < m.value < 30} if len(amounts) > 2 else set()
        for known, into in ((rates, printed), (others, guessed)):
            pair = next(
                ((n, t) for n in amounts for t in amounts if 0 < t.value < n.value and _fits(n, t, known)), None
            )
            if pair:
                into.append(pair)
    for pairs in (printed, guessed):
        covered = sum((net.value + money.value for net, money in pairs), Decimal(0))
        if pairs and (paid is None or abs(covered - paid) <= paid * Decimal("0.12")):
            return [money for _, money in pairs]
    return []


def _fits(net: Money, money: Money, rates: set[Decimal]) -> bool:
    return any(abs(net.value * rate - money.value) <= Decimal("0.03") for rate in rates if rate)
