"""One question of one prompt while it is being tried: what was said, what is wrong with it, what comes next."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property

from docproc.core.answers import read
from docproc.core.grounding import Book, ground
from docproc.core.kinds import kind_of
from docproc.core.ladder import Means, Step, Trouble, next_step, trouble_of
from docproc.core.partial import count_in, items_in, joined
from docproc.core.questions import Question
from docproc.core.types import Answer, Page, Reply

# The role of questions that ask for the text of the page, which the page's own words answer when the engine cannot.
TRANSCRIPT = "ocr.text"
_RANK = {"ok": 0, "absent": 1, "invalid": 2, "missing": 3, "unreadable": 4}


@dataclass(frozen=True)
class View:
    """What the questions of a prompt share: its pages with their words, the number asked of, what the engine can vary.

    `glances`: the engine's first look is at an overview alone.
    """

    pages: tuple[Page, ...]
    number: int
    manners: frozenset[str]
    glances: bool

    @cached_property
    def book(self) -> Book:
        """The pages' words, made findable once for all questions."""
        return Book(self.pages)

    @cached_property
    def text(self) -> str:
        """What is written on the pages; "" unless all of them were read."""
        readings = [page.reading for page in self.pages]
        return "\n".join(r.text for r in readings if r is not None) if all(readings) else ""


class Attempt:
    """An ask from its first reply to the answer that stands."""

    def __init__(self, question: Question, reply: Reply, view: View) -> None:
        self._question, self._view = question, view
        self._tried: tuple[Step, ...] = ()
        self._names: tuple[str, ...] = ()
        self._reply = reply
        self._best = self._judged(reply)
        self._agreement: float | None = None
        self.trouble: Trouble | None = self._trouble(self._best, reply)

    @property
    def step(self) -> Step:
        """The try under way."""
        return self._tried[-1]

    def advance(self, all_troubled: bool) -> bool:
        """Go on to the next try; False, and no trouble any more, where nothing is left to try."""
        assert self.trouble is not None
        upright = all(page.reading is not None for page in self._view.pages)
        means = Means(self._view.manners, self._view.glances, upright, all_troubled)
        step = next_step(self.trouble, self._best, self._reply, self._tried, means)
        if step is None:
            self._end()
            return False
        self._tried += (step,)
        self._names += (f"{step.name} ({self.trouble})",)
        return True

    def take(self, reply: Reply) -> None:
        """What the try under way said."""
        if self.step.more:
            reply = joined(self._question, self._reply, reply)
        answer = self._judged(reply)
        trouble = self._trouble(answer, reply)
        if self.step.more and trouble == "short" and len(items_in(reply.text)) <= len(items_in(self._reply.text)):
            self._names += (f"{len(items_in(reply.text))} of {count_in(reply.text)}",)
            trouble = None  # the engine has nothing to add to what it listed
        self._compare(answer)
        if self._better(answer, reply, trouble):
            self._best, self._reply = answer, reply
        self.trouble = trouble
        if trouble is not None and self._best is not answer:
            self.trouble = self._trouble(self._best, self._reply)

    def give_up(self) -> None:
        """The try under way failed, and others would too."""
        self._end()

    def answer(self) -> Answer:
        """The answer that stands, with what was tried and how far the readings agreed."""
        signals = replace(
            self._best.signals,
            said=self._reply.confidence,
            logprob=self._reply.logprob,
            least=self._reply.least,
            agreement=self._agreement,
        )
        return replace(self._best, question=self._question, signals=signals, steps=self._names)

    def _judged(self, reply: Reply) -> Answer:
        return ground(read(self._question, reply, self._view.number), self._view.book)

    def _trouble(self, answer: Answer, reply: Reply) -> Trouble | None:
        if not self._view.manners:  # the engine would say the same again
            return None
        far = self._view.glances and not any(step.manner.closer for step in self._tried)
        return trouble_of(answer, reply, self._known, far)

    def _known(self) -> str:
        return f"{self._view.text}\n{self._question.ask}" if self._view.text else ""

    def _compare(self, answer: Answer) -> None:
        """How far a second reading of the page gives the same as the first, in [0, 1]."""
        if self.step.more or {self._best.status, answer.status} - {"ok", "absent"}:
            return
        if self._best.status == answer.status == "ok":
            kind = kind_of(self._question.kind)
            self._agreement = round(kind.score(answer.value or "", self._best.value or ""), 4)
        elif self._best.status == "ok":  # what was read before is not seen any more
            self._agreement = 0.0
        elif answer.status == "absent":
            self._agreement = 1.0

    def _better(self, answer: Answer, reply: Reply, trouble: Trouble | None) -> bool:
        """A later reading counts, since it looked closer, unless it says less, or is less sure of something else."""
        if self.step.more or (trouble is None and self.trouble == "drift"):
            return True
        if answer.status == self._best.status == "ok":
            return (reply.confidence or 0.0) >= (self._reply.confidence or 0.0) or self._agreement == 1.0
        return _RANK[answer.status] <= _RANK[self._best.status]

    def _end(self) -> None:
        """Nothing is left to try: a transcript is taken from the page's own words; else what stands, stands."""
        trouble, self.trouble = self.trouble, None
        if trouble in ("absent", "unsure", "short", "invalid"):
            return
        if self._question.role == TRANSCRIPT and self._view.text:
            self._reply = Reply(json.dumps({"value": self._view.text}, ensure_ascii=False))
            self._best = self._judged(self._reply)
            self._names += (f"page text ({trouble})",)
        elif trouble in ("loop", "drift"):
            self._best = replace(self._best, status="unreadable", value=None)
