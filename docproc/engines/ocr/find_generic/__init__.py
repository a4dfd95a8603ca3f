"""Answers to users' own questions: by their labels, key and words, their kind, pattern and choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from docproc.core.questions import Question
from docproc.core.text.locale import Locale, locale_of
from docproc.engines.ocr import find_document, find_invoice
from docproc.engines.ocr.fields import Candidate, best, candidates
from docproc.engines.ocr.find_generic.headed import rows_under
from docproc.engines.ocr.find_generic.values import patterned, reader_of
from docproc.engines.ocr.find_generic.wide import dates_of, list_of, table_of, text_of
from docproc.engines.ocr.find_generic.words import Words, words_of
from docproc.engines.ocr.find_invoice.lexicon import lexicon
from docproc.engines.ocr.labels import Hit, hits_in, key_of, standing
from docproc.engines.ocr.rows import Row, Sheet, Span, sheets
from docproc.engines.ocr.view import Found, View

# Invoice fields that a user's question may mean in another language than the document's, by the kinds that fit.
_INVOICE_KINDS = {
    "invoice_number": ("string",), "issue_date": ("date",), "due_date": ("date",), "delivery_date": ("date",),
    "net_total": ("money", "number"), "tax_total": ("money", "number"), "grand_total": ("money", "number"),
    "due_payable": ("money", "number"), "iban": ("string",), "currency": ("string",),
}  # fmt: skip
_TITLES = frozenset({"title", "titel", "titre", "titulo", "titolo", "documenttitle"})
# A question of document scope looks at no more pages than this, so that memory has a bound.
MOST_PAGES = 500
_LEAST = 0.2  # a guess weaker than this is no answer


@dataclass(frozen=True)
class Analysis:
    """The pages as rows, and what only some questions need, made when the first asks."""

    view: View
    pages: tuple[Sheet, ...]
    locale: Locale

    @cached_property
    def document(self) -> find_document.Analysis:
        """The document read as any document."""
        return find_document.analyse(self.view)

    @cached_property
    def others(self) -> tuple[Hit, ...]:
        """Cells that are nothing but a well-known label of business papers: they end another label's reach."""
        hits = {(hit.row.sheet, hit.row.number, hit.span.start): hit for hit in hits_in(self.pages, lexicon())}
        return tuple(
            replace(hit, name="other")
            for hit in hits.values()
            if hit.weight > 0.5
            and any(hit.span.start == cell.start and cell.end - hit.span.end <= 1 for cell in hit.row.cells)
        )

    @cached_property
    def invoice(self) -> find_invoice.Analysis:
        """The document read as an invoice."""
        return find_invoice.analyse(self.view)


def analyse(view: View) -> Analysis:
    """The pages as rows, with their conventions; of a very long document its first pages."""
    view = replace(view, readings=view.readings[:MOST_PAGES])
    pages = sheets(view)
    return Analysis(view, pages, locale_of("\n".join(page.text for page in pages)))


def find(question: Question, _view: View, analysis: Analysis) -> Found | None:
    """The answer to a question without a role; None where nothing on the pages is announced as such."""
    words = words_of(question)
    hits = _telling(hits_in(analysis.pages, words.lexicon))
    if question.kind in ("tables", "table", "dates", "list", "text"):
        return _wide(question, hits, analysis)
    found = _labelled(question, hits, analysis)
    if found is None or found.confidence < 0.5:
        known = _as_invoice(question, words, analysis)
        if known is not None and (found is None or known.confidence > found.confidence):
            return known
    if found is None and question.kind == "string" and key_of(words.phrases[-1]) in _TITLES:
        return _as_document("title", question, analysis)
    return found or _unlabelled(question, analysis)


def _telling(hits: list[Hit]) -> list[Hit]:
    """Where the full label is found, its single words are none."""
    top = max((hit.weight for hit in hits), default=0.0)
    return [hit for hit in hits if hit.weight >= 0.65 * top] if top >= 0.65 else hits


def _wide(question: Question, hits: list[Hit], analysis: Analysis) -> Found | None:
    """The answer to a question whose values are more than one stretch of a line."""
    if question.kind == "tables":
        return _as_document("tables", question, analysis)
    if question.kind == "table":
        grid = table_of(question, analysis.view.readings)
        headed = rows_under(question.columns, analysis.pages)
        return max((found for found in (grid, headed) if found), key=lambda found: found.confidence, default=None)
    if question.kind == "dates":
        return dates_of(analysis.pages, hits, analysis.locale)
    return (list_of if question.kind == "list" else text_of)(analysis.pages, [*hits, *analysis.others])


def _as_document(what: str, question: Question, analysis: Analysis) -> Found | None:
    """The answer to one of the questions that any document is asked."""
    return find_document.find(replace(question, role=f"document.{what}"), analysis.view, analysis.document)


def _labelled(question: Question, hits: list[Hit], analysis: Analysis) -> Found | None:
    """The value beside or under the question's labels."""
    read = reader_of(question, analysis.locale)
    last = question.kind == "money"
    free = question.kind == "string" and not question.pattern
    if free:  # any text would do: only a label that stands like one announces it
        hits = [hit for hit in hits if standing(hit.span) > 0.75]
    own = {(hit.row.sheet, hit.row.number, hit.span.start) for hit in hits}
    others = [hit for hit in analysis.others if (hit.row.sheet, hit.row.number, hit.span.start) not in own]
    found = candidates(analysis.pages, [*hits, *others], "question", read, last=last)
    if free:
        found = [_less_in_headers(c, analysis.pages) for c in found if not _is_label(c, hits)]
    if question.merge == "last" and found:
        order = {id(candidate): candidate.span.row.sheet + candidate.span.row.number / 1e4 for candidate in found}
        top = max(order.values()) or 1.0
        found = [replace(c, score=c.score * (0.97 + 0.03 * order[id(c)] / top)) for c in found]
    chosen = best(found)
    if chosen is None or chosen.score < _LEAST:
        return None
    return Found(chosen.value, chosen.span.text, round(min(0.95, chosen.score), 3), (chosen.span.at,))


def _less_in_headers(candidate: Candidate, pages: Sequence[Sheet]) -> Candidate:
    """What stands right of a label in a row of headings is the next heading."""
    hit = candidate.hit
    if hit is None or candidate.below or ":" in hit.row.text or not _is_header(hit.row, pages[hit.row.sheet]):
        return candidate
    return replace(candidate, score=0.5 * candidate.score)


def _is_header(row: Row, page: Sheet) -> bool:
    """Whether cells without digits stand over those of the next row: three, or two with digits under the left."""
    under = next(iter(page.under(row, 2.5 * row.height)), None)
    if under is None or any(char.isdigit() for char in row.text):
        return False
    pairs = [(a, b) for a in row.cells for b in under.cells if abs(a.box.x0 - b.box.x0) < 0.6 * row.height]
    return len(pairs) >= 3 or (len(pairs) == 2 and any(char.isdigit() for char in pairs[0][1].text))


def _is_label(candidate: Candidate, hits: list[Hit]) -> bool:
    """Whether a text is itself one of the labels, or ends like one."""
    text = candidate.span.text.rstrip()
    return text.endswith(":") or any(
        hit.row is candidate.span.row and hit.span.start == candidate.span.start and hit.weight > 0.5 for hit in hits
    )


def _as_invoice(question: Question, words: Words, analysis: Analysis) -> Found | None:
    """The invoice's field that the question's own words name, where the document is an invoice."""
    for phrase in words.phrases:
        for name, weight in lexicon().exact.get(key_of(phrase), ()):
            if weight >= 0.8 and question.kind in _INVOICE_KINDS.get(name, ()):
                fields = analysis.invoice.fields
                if (
                    "grand_total" in fields
                    and ("invoice_number" in fields or "issue_date" in fields)
                    and name in fields
                ):
                    found = fields[name]
                    return replace(found, confidence=round(0.85 * found.confidence, 3))
    return None


def _unlabelled(question: Question, analysis: Analysis) -> Found | None:
    """A value that needs no label: the only text of the pattern's form, the only choice named, the only date."""
    if question.pattern:
        read, sure = patterned(question.pattern), 0.6
    elif question.kind == "choice":
        read, sure = reader_of(question, analysis.locale), 0.45
    elif question.kind == "date":
        read, sure = reader_of(question, analysis.locale), 0.35
    else:
        return None
    found: dict[str, Span] = {}
    for page in analysis.pages:
        for row in page.rows:
            for value in read(row.text):
                found.setdefault(value.value, Span(row, value.start, value.end))
    if not found:
        return None
    first, span = next(iter(found.items()))
    if len(found) > 1 and question.kind != "string":
        return None
    return Found(first, span.text, round(sure / len(found), 3), (span.at,))
