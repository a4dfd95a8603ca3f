"""Ask an engine and read what it says: prompts to completions to grounded answers, with another try where one fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from docproc.core.calibration import Calibration
from docproc.core.confidence import confidence
from docproc.core.errors import NotFound, PageFailed
from docproc.core.types import Answer, Completion, Page, Prompt, Reading
from docproc.engines import Engine
from docproc.service.work.attempt import Attempt, View

Said = Completion | PageFailed


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a prompt: an answer per ask, the readings made on the way (page number, reading), tokens used."""

    answers: tuple[Answer, ...]
    readings: tuple[tuple[int, Reading], ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0

    def plus(self, other: Asked) -> Asked:
        """Readings and tokens of both; the answers are the caller's to join."""
        readings = (*self.readings, *other.readings)
        return Asked((), readings, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks one engine. `reader` reads the words of pages that nobody has read, None: they are not looked at.

    `calibration` says what the engine's signals are worth; None: nobody has labelled answers of it.
    """

    engine: Engine
    reader: Engine | None = None
    calibration: Calibration | None = None

    def ask(self, prompts: Sequence[Prompt], number: int | None = None) -> list[Asked | PageFailed]:
        """What came of each prompt, or why it failed. Raises EngineUnavailable.

        Answers are of page `number` (0: the document); None: of each prompt's own page.
        """
        read, made = self._read(prompts)
        first = complete(self.engine, read)
        climbs = [
            _Climb(self.engine, prompt, said, prompt.pages[0].number if number is None else number)
            for prompt, said in zip(read, first, strict=True)
            if isinstance(said, Completion)
        ]
        self._climb(climbs)
        ended = iter(climbs)
        return [
            said if isinstance(said, PageFailed) else self._asked(next(ended), readings)
            for said, readings in zip(first, made, strict=True)
        ]

    def _read(self, prompts: Sequence[Prompt]) -> tuple[list[Prompt], list[list[tuple[int, Reading]]]]:
        """The prompts with the words of their pages, where there is a reader; and what it read."""
        if self.reader is None:
            return list(prompts), [[] for _ in prompts]
        read, made = [], []
        for prompt in prompts:
            pages, fresh = [], []
            for page in prompt.pages:
                reading = None if page.reading else _reading_of(page, self.reader)
                if reading is not None:
                    fresh.append((page.number, reading))
                pages.append(with_reading(page, reading))
            read.append(replace(prompt, pages=tuple(pages)))
            made.append(fresh)
        return read, made

    def _climb(self, climbs: Sequence[_Climb]) -> None:
        """Try again where something is wrong, all prompts' tries together, until nothing is left to try."""
        while steps := [(climb, prompt, asked) for climb in climbs for prompt, asked in climb.next_prompts()]:
            for (climb, _, asked), said in zip(steps, complete(self.engine, [step[1] for step in steps]), strict=True):
                climb.take(asked, said)

    def _asked(self, climb: _Climb, readings: list[tuple[int, Reading]]) -> Asked:
        answers = [attempt.answer() for attempt in climb.attempts]
        return Asked(
            tuple(replace(answer, confidence=confidence(answer, self.calibration)) for answer in answers),
            (*readings, *climb.readings),
            climb.tokens_in,
            climb.tokens_out,
        )


class _Climb:
    """One prompt on the retry ladder: its asks, each with what was said and tried so far."""

    def __init__(self, engine: Engine, prompt: Prompt, said: Completion, number: int) -> None:
        fresh = said.readings or (None,) * len(prompt.pages)
        numbered = zip(prompt.pages, fresh, strict=True)
        self.readings = [(page.number, reading) for page, reading in numbered if reading is not None]
        self.tokens_in, self.tokens_out = said.tokens_in, said.tokens_out
        pages = tuple(with_reading(page, reading) for page, reading in zip(prompt.pages, fresh, strict=True))
        self._prompt = replace(prompt, pages=pages)
        view = View(pages, number, engine.manners, engine.glances)
        self.attempts = [Attempt(ask, reply, view) for ask, reply in zip(prompt.asks, said.replies, strict=True)]

    def next_prompts(self) -> list[tuple[Prompt, list[Attempt]]]:
        """The prompts of the next tries, each with the asks that it is for: asks that are tried alike share one."""
        troubled = [attempt for attempt in self.attempts if attempt.trouble is not None]
        groups: dict[object, list[Attempt]] = {}
        for attempt in troubled:
            if attempt.advance(len(troubled) == len(self.attempts)):
                groups.setdefault(attempt.step.manner, []).append(attempt)
        return [
            (replace(self._prompt, asks=tuple(a.step.question for a in group), manner=group[0].step.manner), group)
            for group in groups.values()
        ]

    def take(self, attempts: Sequence[Attempt], said: Said) -> None:
        """What came of a try; a try that failed is one that said nothing."""
        if isinstance(said, PageFailed):
            for attempt in attempts:
                attempt.give_up()
            return
        self.tokens_in += said.tokens_in
        self.tokens_out += said.tokens_out
        for attempt, reply in zip(attempts, said.replies, strict=True):
            attempt.take(reply)


def complete(engine: Engine, prompts: Sequence[Prompt]) -> list[Said]:
    """A completion per prompt, or why that prompt alone failed. Raises EngineUnavailable."""
    try:
        return list(engine.complete(prompts))
    except (PageFailed, NotFound) as error:
        if len(prompts) == 1:  # NotFound: the image went away between two looks
            return [error if isinstance(error, PageFailed) else PageFailed(str(error), "render_error")]
    # One of several prompts broke the call; each is tried by itself, so that the others are not charged.
    return [said for prompt in prompts for said in complete(engine, [prompt])]


def with_reading(page: Page, reading: Reading | None) -> Page:
    """The page with an OCR reading of it, where there is one."""
    return page if reading is None else replace(page, ocr=reading)


def _reading_of(page: Page, reader: Engine) -> Reading | None:
    """The words of a page; None where it cannot be read, which is no reason not to ask."""
    (said,) = complete(reader, [Prompt((page,), ())])
    return said.readings[0] if isinstance(said, Completion) and said.readings else None
