"""The main points of a document, in its own words: a few of its sentences, or the key facts of a form.

Sentences are weighed by the frequency of their words in the document (Luhn 1958; SumBasic, Nenkova & Vanderwende 2005),
by place, by the heading above them and by words that announce results; chosen greedily without repetition (maximal
marginal relevance, Carbonell & Goldstein 1998).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from docproc.core.text.dates import find_dates
from docproc.core.text.fold import fold
from docproc.core.text.numbers import find_amounts
from docproc.engines.ocr.front import CONTACT, ORDERS, is_generic
from docproc.engines.ocr.lines import Line, compact, union_of, words_of
from docproc.engines.ocr.running import is_boilerplate, is_leader
from docproc.engines.ocr.sentences import Sentence, sentences
from docproc.engines.ocr.view import Found

MOST_POINTS = 5
# Only the best candidates are compared with each other.
SHORTLIST = 40

_WORD = re.compile(r"[a-z]{4,}")
_STOP = words_of(
    """
    this that these those with from have been were their there which while where when what will would could should
    about into than then them they also such some more most other only over under after before between because both
    each many does done being through during within without upon very your ours said however therefore using used
    uses based eine einer eines einem einen nicht sich auch oder aber wird werden wurde wurden sind sein haben kann
    konnen durch uber unter nach beim dass diese dieser dieses diesen fur dans avec pour plus sont etre cette leur
    leurs nous vous mais comme aussi elle elles entre sans tout tous toutes para como pero esta este estos estas
    entre sobre desde tambien cuando donde muy sono della delle degli alla alle nella come anche piu questo questa
    niet voor zijn deze worden wordt naar door
    """
)
_TELLING = re.compile(
    r"\b(?:conclu\w+|find(?:s|ings?)?|found|results?|recommend\w*|propos\w+|show(?:s|ed|n)?|demonstrat\w+|"
    r"objective|purpose|"
    r"aims?|goal|this (?:paper|report|study|document|article|guide|work|note|rule)|we (?:present|propose|find|show|"
    r"argue|report)|in summary|overall|"
    r"important|significant\w*|ergebnis\w*|zeig\w+|ziel|zusammenfassend|empfehl\w+|fazit|en conclusion|resultats?|"
    r"objectif|"
    r"propose|recommand\w+|resultados?|objetivo|conclusiones?|recomienda\w*|risultati|obiettivo|conclusie\w*)\b"
)
_TELLING_HEADING = re.compile(
    r"abstract|summary|overview|conclusion|findings|highlights|key (?:points|results)|results|purpose|introduction|"
    r"what we|"
    r"why this|zusammenfassung|fazit|ergebnis|einleitung|kurzfassung|resume|synthese|conclusions|resumen|introducc|"
    r"sintesi|"
    r"samenvatting|vorwort"
)
_FORMULA = re.compile(r"[=<>∈⊆⊂∀∃≤≥∅→⇒⇔∩∪×∑∫√]|\b\w\(\w\)")
_BACK = re.compile(r"reference|bibliograph|literatur|acknowledg|danksagung|appendix|anhang|annex|index|glossar|notes\b")


def summary(lines: Sequence[Line], facts: Sequence[Line], body: float, title: str) -> Found | None:
    """Three to five sentences of `lines` in reading order; of a form, which has few, key ones of `facts`, its rows."""
    found = sentences(lines, body)
    whole = [sentence for sentence in found if sentence.text[-1] in '.!?”"']
    found = whole if len(whole) >= 3 else found
    told = sum(len(sentence.text) for sentence in found)
    if len(found) < 2 or (len(found) < 12 and told < 0.3 * sum(len(line.text) for line in lines)):
        return _key_facts(facts, title) or (_as_found(found, " ", 0.4) if found else None)
    weights = _weights(found, title)
    ranked = sorted(range(len(found)), key=lambda at: _score(found, at, weights, body), reverse=True)[:SHORTLIST]
    count = min(MOST_POINTS, max(3, 2 + len(found) // 12))
    chosen: list[int] = []
    for at in ranked:
        if len(chosen) < count and all(_alike(found[at].text, found[other].text) < 0.45 for other in chosen):
            chosen.append(at)
    return _as_found([found[at] for at in sorted(chosen)], " ", 0.6)


def _as_found(points: Sequence[Sentence], between: str, sure: float) -> Found:
    text = between.join(point.text for point in points)
    at = tuple(box for point in points for box in union_of(point.lines))
    return Found(text, text, sure, at)


def _terms(text: str) -> list[str]:
    return [word for word in _WORD.findall(fold(text)) if word not in _STOP]


def _weights(found: Sequence[Sentence], title: str) -> dict[str, float]:
    """How much a word stands for the document: how often it is said, and whether the title says it."""
    counts = Counter(word for sentence in found for word in set(_terms(sentence.text)))
    named = set(_terms(title))
    top = max(counts.values(), default=1)
    return {
        word: (count / top) ** 0.5 * (1.5 if word in named else 1.0)
        for word, count in counts.items()
        if count > 1 or word in named
    }


def _score(found: Sequence[Sentence], at: int, weights: dict[str, float], body: float) -> float:
    sentence = found[at]
    terms = _terms(sentence.text)
    if not terms:
        return -1.0
    value = sum(weights.get(word, 0.0) for word in set(terms)) / math.sqrt(len(terms) + 4)
    folded = fold(sentence.text)
    value += 0.5 if _TELLING.search(folded) else 0.0
    value += 0.7 if _TELLING_HEADING.search(sentence.heading) else 0.0
    value -= 1.5 if _BACK.search(sentence.heading) else 0.0
    value += 0.6 * max(0.0, 1 - at / max(4.0, 0.08 * len(found))) + (0.15 if sentence.first else 0.0)
    value -= 1.0 if _FORMULA.search(sentence.text) else 0.0
    value -= 0.7 if sentence.lines[0].size < 0.88 * body else 0.0
    value += 0.25 if at > 0.9 * len(found) and sentence.first else 0.0
    count = len(sentence.text.split())
    value -= 0.5 if count < 9 else 0.0
    value -= 0.03 * max(0, count - 38)
    value -= (
        0.4
        if re.match(r"(?:this|these|it|they|however|but|and|diese|dies|ce|cela|esto)\b", folded) and not sentence.first
        else 0.0
    )
    return value - (0.6 if sentence.text[0].islower() or sentence.text[-1] not in ".!?" else 0.0)


def _alike(one: str, other: str) -> float:
    first, second = set(_terms(one)), set(_terms(other))
    return len(first & second) / max(1, min(len(first), len(second)))


# Labels of facts, the more telling first, folded.
_FACTS = (
    (
        3.0,
        re.compile(
            r"grand total|total (?:due|amount|payable|ttc)|amount due|balance due|due_payable|zahlbetrag|gesamtbetrag|"
            r"rechnungsbetrag|endbetrag|net a payer|total a pagar|totale (?:fattura|documento)|te betalen|^\W*total\b"
        ),
    ),
    (
        2.0,
        re.compile(
            r"invoice|rechnung|facture|factura|fattura|factuur|receipt|order|report|subject|betreff|objet|due date|"
            r"fallig|echeance|vencimiento|scadenza|estimate|contract|claim|policy|account|statement"
        ),
    ),
    (
        1.2,
        re.compile(
            r"total|gesamt|amount|betrag|montant|importe|date|datum|fecha|number|\bno\b|\bnr\b|from|to:|customer|"
            r"kunde|client|"
            r"seller|buyer|company|name|period|zeitraum|balance|tax|mwst|tva|iva|vat"
        ),
    ),
)
_NOTHING = re.compile(r"\W0+[.,]0+\D*$")


def _key_facts(lines: Sequence[Line], title: str) -> Found | None:
    """The lines of a form that say most: its title, then totals, dates and numbers with their labels."""
    scored: list[tuple[float, int]] = []
    seen: set[str] = set()
    named = compact(title)
    for at, line in enumerate(lines):
        packed = compact(line.text[:200])
        value = _fact(line)
        if named and packed and (packed in named or named in packed):
            value = max(value, 4.0)
        if value > 0 and packed not in seen:
            scored.append((value - 0.4 * line.page, at))
            seen.add(packed)
    best = sorted(scored, key=lambda one: (-one[0], one[1]))[:MOST_POINTS]
    points = [lines[at] for value, at in sorted(best, key=lambda one: one[1]) if value >= 1.0]
    if not points:
        return None
    text = "\n".join(line.text for line in points)
    return Found(text, text, 0.45, tuple((line.page, line.box) for line in points))


def _fact(line: Line) -> float:
    """How much a line of a form tells: a label that matters with a value; 0 for anything else."""
    folded = fold(line.text[:200])
    letters = sum(char.isalpha() for char in folded)
    if letters < 4 or len(folded) > 110 or is_generic(line.text) or is_boilerplate(folded) or is_leader(folded):
        return 0.0
    if ORDERS.search(folded) or CONTACT.search(folded) or _NOTHING.search(folded):
        return 0.0
    has_value = any(char.isdigit() for char in folded) or re.search(r":\s*\S", folded)
    said = next((weight for weight, pattern in _FACTS if pattern.search(folded)), 0.0)
    if not has_value or not said:
        return 0.0
    return said + (0.6 if find_amounts(line.text) or find_dates(line.text) else 0.0)
