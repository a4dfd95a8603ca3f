"""The retry ladder: what is wrong with a reply, and what to try next. Pure; `service.work.asking` climbs it.

The steps follow olmOCR's recipe (temperature, rotation, at last the text layer; see its paper, section 3), with closer
tiles before the end. A step is only taken where the engine can take it (`Engine.manners`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from docproc.core.drift import drifted
from docproc.core.partial import CONTINUED, falls_short, rest_of
from docproc.core.questions import Question
from docproc.core.types import Answer, Manner, Reply

Trouble = Literal["loop", "cut", "short", "drift", "invalid", "missing", "unreadable", "absent", "unsure"]

TEMPERATURES = (0.2, 0.5, 0.8)
TURNS = (180, 90, 270)
MOST_CONTINUED = 16  # continuations of one reply: 16 times 4,096 tokens hold a table of some 2,000 rows
UNSURE = 0.9  # geometric mean of the tokens' probabilities under which an overview's answer is looked at again
# Kinds whose values are words, as a page has them; the others' are written in one form everywhere.
_WORDED = ("string", "text", "list", "table")
# Trouble that a first look at an overview alone has by nature: the close-ups may tell.
_FAR = ("absent", "unsure")
# Troubles with the picture rather than with the words: turning it may help.
_SIGHT = ("loop", "missing", "unreadable", "drift")


@dataclass(frozen=True, slots=True)
class Step:
    """One more try: its name as recorded with the answer, and how and what to ask. `more`: it continues the reply."""

    name: str
    manner: Manner
    question: Question
    more: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What can be tried: the fields of `Manner` that the engine varies; whether its first look is from afar (an
    overview alone); whether the page's orientation is known; and whether all questions of the page are in trouble.
    """

    manners: frozenset[str]
    glance: bool = False
    upright: bool = False
    all_troubled: bool = False


def trouble_of(answer: Answer, reply: Reply, known: Callable[[], str], far: bool) -> Trouble | None:
    """What is wrong with a reply and the answer read from it; None where it stands.

    `known` gives the text of page and question, "" where the page was not read. `far`: it was said after a look from
    afar, so that it may be worth a closer one.
    """
    if reply.finish == "loop":
        return "loop"
    if reply.finish == "length" and answer.status not in ("ok", "absent"):
        return "cut"
    if answer.status == "ok":
        return _doubt(answer, reply, known, far)
    if answer.status == "absent":
        return "absent" if far else None
    return answer.status


def _doubt(answer: Answer, reply: Reply, known: Callable[[], str], far: bool) -> Trouble | None:
    """What is wrong with a value that was read."""
    said = answer.value or ""
    if answer.question.kind in _WORDED and not said.isascii() and (text := known()) and drifted(said, text):
        return "drift"
    if falls_short(answer.question, reply):
        return "short"
    nowhere = answer.evidence == "none" and answer.signals.looked
    sure = reply.confidence is None or reply.confidence >= UNSURE
    return "unsure" if far and (nowhere or not sure) else None


def next_step(trouble: Trouble, answer: Answer, reply: Reply, tried: tuple[Step, ...], means: Means) -> Step | None:
    """What to try next; None where the ladder ends."""
    question = answer.question
    if trouble in ("cut", "short") and question.kind in CONTINUED:
        following = rest_of(question, reply.text)
        if following is not None and sum(step.more for step in tried) < MOST_CONTINUED:
            manner = tried[-1].manner if tried else Manner()
            return Step("continued", manner, following, more=True)
        if trouble == "short":
            return None
    for name, manner in _rungs(trouble, means):
        if not any(step.name == name for step in tried):
            return Step(name, manner, question)
    return None


def _rungs(trouble: Trouble, means: Means) -> list[tuple[str, Manner]]:
    plain = Manner()
    rungs: list[tuple[str, Manner]] = []
    closer = [("closer", replace(plain, closer=True))] if "closer" in means.manners else []
    if trouble in _FAR:
        return closer if means.glance else []
    if means.glance:
        rungs, closer = closer, []
    if "temperature" in means.manners:
        rungs += [
            (f"temperature {heat}", replace(plain, temperature=heat, seed=number))
            for number, heat in enumerate(TEMPERATURES, 1)
        ]
    if "turn" in means.manners and means.all_troubled and not means.upright and trouble in _SIGHT:
        rungs += [(f"turned {angle}", replace(plain, turn=angle)) for angle in TURNS]
    return rungs + closer
