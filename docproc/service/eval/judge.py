"""Judge one answer: whether it is right, and what the metrics say of it.

Whether it is right: by the `match` that the gold names; else by the first of the metrics that are named; else by the
rule of the question's kind (`core.metrics.right`). A match is one of

* `fuzzy:0.85`: letters and digits of both are alike to that share (Ratcliff and Obershelp)
* `contains`: letters and digits of the gold stand in those of the answer
* `code`: letters and digits are the same, nothing else counts
* `words:0.9`: that share of the gold's words was said
* `amounts`: the amount of that column of a table's rows, in any order, F1 of 1 (`amounts:net_amount`)
* `is`: the very same text
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from docproc.core.boxes import PageBox
from docproc.core.errors import UsageError
from docproc.core.kinds import kind_of
from docproc.core.metrics.anls import anls
from docproc.core.metrics.anls_star import anls_star
from docproc.core.metrics.choices import chosen
from docproc.core.metrics.distance import character_error_rate, word_error_rate
from docproc.core.metrics.exact import exact_match, token_f1
from docproc.core.metrics.overlap import evidence_iou
from docproc.core.metrics.pope import says_yes
from docproc.core.metrics.relaxed import official_relaxed, relaxed_accuracy
from docproc.core.metrics.right import is_right
from docproc.core.metrics.teds import teds
from docproc.core.metrics.vqa import vqa_accuracy

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered: a status, its canonical text where that is "ok", and where it was found."""

    status: str
    value: str | None = None
    boxes: Sequence[PageBox] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """What is right: any of `accepted`, canonical texts (as the set writes them for texts); none: nothing to tell."""

    accepted: tuple[str, ...]
    match: str = ""
    choices: tuple[str, ...] = ()
    boxes: Sequence[PageBox] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an answer is right, and its scores by metric."""

    right: bool
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Metric:
    """A score of an answer. `enough` makes it right; `silent` is the score of saying nothing where there is a value."""

    of: Callable[[str, str, Gold], float]  # of a kind, what was said, and gold that has accepted answers
    enough: float = 1.0
    silent: float = 0.0

    def right(self, score: float) -> bool:
        """Whether a score of it makes an answer right; of an error rate, less is better."""
        return score >= self.enough - 1e-9 if self.silent < self.enough else score <= self.enough + 1e-9


def judge(kind: str, said: Said, gold: Gold, metrics: Sequence[str] = ()) -> Judgement:
    """Judge an answer; `metrics` are names of METRICS, the first says what is right.

    Raises UsageError, MissingExtra.
    """
    unknown = [name for name in metrics if name not in METRICS]
    if unknown:
        raise UsageError(f"{unknown[0]!r} is no metric; there are {', '.join(sorted(METRICS))}")
    if not gold.accepted:
        return Judgement(said.status == "absent")
    value = said.value
    names = dict.fromkeys([*metrics, *OWN.get(kind, ())])
    scores = {name: METRICS[name].silent if value is None else METRICS[name].of(kind, value, gold) for name in names}
    if gold.boxes:
        scores["evidence_iou"] = evidence_iou(_rects(said.boxes), _rects(gold.boxes))
    if value is None:
        return Judgement(False, scores)
    if gold.match:
        right = any(_matches(gold.match, value, one) for one in gold.accepted)
    elif metrics:
        right = METRICS[metrics[0]].right(scores[metrics[0]])
    else:
        right = any(is_right(kind, value, one) for one in gold.accepted)
    return Judgement(right, scores)


def _best(score: Callable[[str, str], float], least: bool = False) -> Callable[[str, str, Gold], float]:
    """The best score over the accepted answers."""
    pick = min if least else max
    return lambda _, said, gold: pick(score(said, one) for one in gold.accepted)


def _own(kind: str, said: str, gold: Gold) -> float:
    return max(kind_of(kind).score(said, one) for one in gold.accepted)


def _choice(_: str, said: str, gold: Gold) -> float:
    options = dict(zip(LETTERS, gold.choices, strict=False))
    letter = chosen(said, options)
    wanted = {chosen(one, options) or one for one in gold.accepted}
    return float(letter in wanted if letter else said in gold.accepted)


def _yes_no(_: str, said: str, gold: Gold) -> float:
    told = said == "true" if said in ("true", "false") else says_yes(said)
    return float(told == (gold.accepted[0].lower() in ("true", "yes")))


def _teds(_: str, said: str, gold: Gold) -> float:
    """Of the tables in their order; one that the other side lacks counts 0."""
    found = _grids(said)
    scores = []
    for one in gold.accepted:
        true = _grids(one)
        pairs = zip(found, true, strict=False)
        scores.append(sum(teds(a, b) for a, b in pairs) / max(len(found), len(true), 1))
    return max(scores)


def _grids(canonical: str) -> list[list[list[str]]]:
    return [table["grid"] for table in json.loads(canonical)]


def _matches(match: str, said: str, gold: str) -> bool:
    """Raises UsageError for a match that there is not."""
    name, _, least = match.partition(":")
    if name == "fuzzy":
        return SequenceMatcher(None, _bare(said), _bare(gold), autojunk=False).ratio() >= float(least)
    if name == "contains":
        return _bare(gold) in _bare(said)
    if name == "code":
        return _bare(said) == _bare(gold)
    if name == "words":
        return _recall(said, gold) >= float(least)
    if name == "amounts":
        return _column(said, least) == _column(gold, least)
    if name == "is":
        return said == gold
    raise UsageError(f"{match!r} is no way to compare; there are fuzzy:, contains, code, words:, amounts: and is")


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def _recall(said: str, gold: str) -> float:
    """The share of the gold's words, with their counts, that were said."""
    true, told = _words(gold), _words(said)
    return (true & told).total() / true.total() if true else 1.0


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower()))


def _column(canonical: str, name: str) -> Counter[str]:
    return Counter((row.get(name) or "").partition(" ")[0] for row in json.loads(canonical))


def _rects(boxes: Sequence[PageBox]) -> list[tuple[float, float, float, float]]:
    """Boxes of several pages beside each other: those of different pages never overlap."""
    return [(2 * box.page + box.box.x0, box.box.y0, 2 * box.page + box.box.x1, box.box.y1) for box in boxes]


METRICS: Mapping[str, Metric] = {
    "anls": Metric(lambda _, said, gold: anls(said, gold.accepted), 0.5),
    "anls_star": Metric(_best(anls_star), 0.5),
    "vqa": Metric(lambda _, said, gold: vqa_accuracy(said, gold.accepted), 0.5),
    "exact": Metric(lambda _, said, gold: exact_match(said, gold.accepted)),
    "token_f1": Metric(lambda _, said, gold: token_f1(said, gold.accepted)),
    "relaxed": Metric(_best(relaxed_accuracy)),
    "relaxed_official": Metric(_best(official_relaxed)),
    "choice": Metric(_choice),
    "yes_no": Metric(_yes_no),
    "cer": Metric(_best(character_error_rate, least=True), 0.1, silent=1.0),
    "wer": Metric(_best(word_error_rate, least=True), 0.1, silent=1.0),
    "word_recall": Metric(_best(_recall), 0.9),
    "teds": Metric(_teds, 0.8),
    # The scores of the kinds, under the names that the field has for them.
    "similarity": Metric(_own, 0.9),
    "f1": Metric(_own, 0.9),
    "line_f1": Metric(_own, 0.9),
    "adjacency_f1": Metric(_own, 0.8),
}
# What is measured of every answer of a kind, whether or not a metric is named.
OWN: Mapping[str, tuple[str, ...]] = {
    "string": ("similarity",),
    "text": ("cer", "word_recall"),
    "number": ("relaxed",),
    "list": ("f1",),
    "dates": ("f1",),
    "table": ("line_f1",),
    "tables": ("adjacency_f1",),
}
