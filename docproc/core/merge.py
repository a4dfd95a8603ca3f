"""How the answers of pages become the document's one answer.

Any `ok` wins. Without one the document's status is the first of `invalid`, `unreadable`, `missing`, `absent` that a
page has: what was said comes before what could not be read, and "absent" is only true where every page was read.

The confidence is
* first, last, best: that of the chosen page's answer;
* vote: the best one among the pages that agree, times their share of the votes;
* sum, concat, union: the mean over the pages that told and, with 0 each, the pages that failed to (`invalid`,
  `unreadable`, `missing`), since their part is lacking;
* absent: the lowest of the pages, since each of them could have told; 0 where no page was asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from docproc.core.boxes import PageBox
from docproc.core.kinds.inputs import dumps, plain
from docproc.core.kinds.money import amount_of, currency_in, money
from docproc.core.questions import MergeRule, Question
from docproc.core.text.fold import fold
from docproc.core.types import Answer, AnswerStatus, EvidenceLevel

# The rules that make sense for a kind, beside first, last and best, which every kind takes.
_MORE_RULES: Mapping[str, tuple[MergeRule, ...]] = {
    "string": ("vote", "concat"),
    "text": ("concat",),
    "integer": ("vote", "sum"),
    "number": ("vote", "sum"),
    "money": ("vote", "sum"),
    "date": ("vote",),
    "boolean": ("vote",),
    "choice": ("vote",),
    "list": ("concat", "union"),
    "dates": ("concat", "union"),
    "table": ("concat", "union"),
    "tables": ("concat",),
}
# More boxes than this show nothing more.
MOST_BOXES = 256
_FAILED: tuple[AnswerStatus, ...] = ("invalid", "unreadable", "missing")
_STRENGTH: Mapping[EvidenceLevel, int] = {"exact": 3, "close": 2, "model": 1, "none": 0}


def rules_for(kind: str) -> tuple[MergeRule, ...]:
    """The merge rules that a question of that kind may have."""
    return ("first", "last", "best", *_MORE_RULES.get(kind, ()))


def merge(question: Question, answers: Iterable[Answer]) -> Answer:
    """The document's answer (page 0) from the answers of its pages, in page order; each is looked at once."""
    if question.merge in ("first", "last", "best"):
        return _chosen(question, answers)
    if question.merge == "vote":
        return _voted(question, answers)
    return _joined(question, answers)


@dataclass
class _Silent:
    """What the pages without a value leave behind."""

    seen: set[AnswerStatus] = field(default_factory=set)
    failed: int = 0
    lowest: float = 1.0
    first: Answer | None = None

    def ok(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """The answers with a value; the others are counted here."""
        for answer in answers:
            if answer.status == "ok" and answer.value is not None:
                yield answer
                continue
            self.seen.add(answer.status)
            self.failed += answer.status in _FAILED
            self.lowest = min(self.lowest, answer.confidence)
            self.first = self.first or answer

    def answer(self, question: Question) -> Answer:
        """The document's answer where no page has a value."""
        status: AnswerStatus = next((status for status in _FAILED if status in self.seen), "absent")
        confidence = self.lowest if status == "absent" and self.first is not None else 0.0
        return Answer(0, question, status, confidence=confidence)


def _chosen(question: Question, answers: Iterable[Answer]) -> Answer:
    silent, chosen = _Silent(), None
    for answer in silent.ok(answers):
        if chosen is None or question.merge == "last" or (question.merge == "best" and _better(answer, chosen)):
            chosen = answer
    return _of_document(question, chosen) if chosen else silent.answer(question)


def _better(answer: Answer, chosen: Answer) -> bool:
    """Whether an answer beats an earlier one: by confidence, then by evidence."""
    return (answer.confidence, _STRENGTH[answer.evidence]) > (chosen.confidence, _STRENGTH[chosen.evidence])


def _of_document(question: Question, answer: Answer) -> Answer:
    return replace(answer, page=0, question=question, found_on=_page_of(answer))


def _page_of(answer: Answer) -> int | None:
    return answer.found_on or (answer.boxes[0].page if answer.boxes else answer.page or None)


def _voted(question: Question, answers: Iterable[Answer]) -> Answer:
    """The value that most pages have; between equals the one of higher summed confidence, then the earlier one."""
    silent = _Silent()
    votes: dict[str, tuple[int, float, Answer]] = {}
    total = 0
    for answer in silent.ok(answers):
        total += 1
        count, weight, best = votes.get(answer.value or "", (0, 0.0, answer))
        votes[answer.value or ""] = (count + 1, weight + answer.confidence, answer if _better(answer, best) else best)
    if not votes:
        return silent.answer(question)
    count, _, best = max(votes.values(), key=lambda vote: (vote[0], vote[1]))
    return replace(_of_document(question, best), confidence=best.confidence * count / total)


def _joined(question: Question, answers: Iterable[Answer]) -> Answer:
    silent, parts = _Silent(), list[str]()
    boxes: list[PageBox] = []
    weight, level, found_on = 0.0, 3, None
    for answer in silent.ok(answers):
        parts.append(answer.value or "")
        boxes += answer.boxes[: MOST_BOXES - len(boxes)]
        weight += answer.confidence
        level = min(level, _STRENGTH[answer.evidence])
        found_on = found_on or _page_of(answer)
    if not parts:
        return silent.answer(question)
    value = _sum(question, parts) if question.merge == "sum" else _concat(question, parts)
    if value is None:
        return Answer(0, question, "invalid", raw=dumps(parts), boxes=tuple(boxes), found_on=found_on)
    evidence = next(name for name, strength in _STRENGTH.items() if strength == level)
    confidence = weight / (len(parts) + silent.failed)
    return Answer(0, question, "ok", value, "", "", confidence, evidence, tuple(boxes), found_on)


def _sum(question: Question, parts: list[str]) -> str | None:
    """The total; None where the currencies differ, or one of the amounts has none and another has."""
    if question.kind != "money":
        return plain(sum(map(Decimal, parts), Decimal(0)))
    currencies = {currency_in(part) for part in parts}
    return money(sum(map(amount_of, parts), Decimal(0)), currencies.pop()) if len(currencies) == 1 else None


def _concat(question: Question, parts: list[str]) -> str:
    """Texts one after the other, lists end to end; a union leaves out what is there already, case and accents aside."""
    if question.kind == "string":
        return " ".join(parts)
    if question.kind == "text":
        return "\n\n".join(parts)
    items = [item for part in parts for item in json.loads(part)]
    if question.merge == "union":
        kept: dict[str, object] = {}
        for item in items:
            kept.setdefault(fold(item) if isinstance(item, str) else dumps(item), item)
        items = list(kept.values())
    return dumps(items)
