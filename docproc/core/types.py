"""The values that flow through docproc: frozen, without pixels and handles: they can be hashed, pickled and sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from docproc.core.boxes import Affine, Box, PageBox
from docproc.core.questions import Question

UPRIGHT = Affine()  # the page image's own frame
AnswerStatus = Literal["ok", "absent", "invalid", "unreadable", "missing"]
EvidenceLevel = Literal["exact", "close", "model", "none"]
Finish = Literal["stop", "length", "loop", "unreadable"]


class Word(NamedTuple):
    """One word of a `Reading`.

    `box` is in pixels of the reading's upright frame; `confidence` in [0, 1] (1 for a text layer); `size` is the font
    height in the same pixels; `line` numbers the line of text, in reading order.
    """

    text: str
    box: Box
    confidence: float = 1.0
    size: float = 0.0
    bold: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What is written on a page: words in reading order, in the frame in which the text stands upright.

    `width` and `height` are the frame's size in pixels. `turn` is the angle in degrees, clockwise (0, 90, 180, 270), by
    which the page image is turned away from upright. `to_page` maps the upright frame to pixels of the page image
    (it includes turn and skew). `rules` are thin ruling lines (tables, underlines) in the upright frame.
    """

    source: Literal["layer", "ocr"]
    words: tuple[Word, ...]
    width: float
    height: float
    turn: int = 0
    to_page: Affine = UPRIGHT
    rules: tuple[Box, ...] = ()

    def lines(self) -> Iterator[tuple[Word, ...]]:
        """The words of one line at a time, in reading order."""
        for _, words in groupby(self.words, key=lambda word: word.line):
            yield tuple(words)

    @property
    def text(self) -> str:
        """The text in reading order, one line of text a line."""
        return "\n".join(" ".join(word.text for word in line) for line in self.lines())


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page. `image` names a stored image of `width` x `height` pixels; pages count from 1.

    `layer` is the visible text layer of a PDF; `layer_trusted` says whether it passed the quality test, so that it can
    stand for the page's text. `ocr` is an earlier OCR reading of the same image. `picture` is the share of the page's
    area, in [0, 1], that raster images cover.
    """

    document: str
    number: int
    image: str
    width: int
    height: int
    dpi: float
    layer: Reading | None = None
    layer_trusted: bool = False
    ocr: Reading | None = None
    picture: float = 0.0

    @property
    def reading(self) -> Reading | None:
        """The best text that is known without further work: a trusted text layer, else an earlier OCR reading."""
        return self.layer if self.layer_trusted else self.ocr


@dataclass(frozen=True, slots=True)
class Manner:
    """How a prompt is to be asked; the plain one is what an engine does by itself.

    `temperature` 0 is greedy; `seed` makes a drawn reply repeatable. `turn` is the angle in degrees, clockwise, by
    which the page images are turned before they are shown (on top of what is known of their orientation). `closer`:
    show the page in close-ups. An engine names in `Engine.manners` which of these it can vary, and ignores the others.
    """

    temperature: float = 0.0
    seed: int = 0
    turn: int = 0
    closer: bool = False


PLAIN = Manner()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One page (or, for questions of document scope, several pages of one document) and the questions that share it."""

    pages: tuple[Page, ...]
    asks: tuple[Question, ...]
    manner: Manner = PLAIN


@dataclass(frozen=True, slots=True)
class Reply:
    """What an engine said to one ask.

    `text` is JSON, `{"value": …, "quote": "as printed"}`, or bare text; `{"value": null}` means that the page does not
    tell. `confidence` in [0, 1] is the engine's own, None where it has none. `boxes` is the engine's own grounding.
    `finish`: said to its end; cut off at the token limit; stopped because it repeated itself; the page is unreadable.
    `logprob` is the mean natural-log probability of the reply's tokens under the unconstrained model, `least` that of
    the least likely one; None where the engine does not tell.
    """

    text: str
    finish: Finish = "stop"
    confidence: float | None = None
    boxes: tuple[PageBox, ...] = ()
    logprob: float | None = None
    least: float | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """An engine's answer to a prompt: one reply per ask, in the order of the asks.

    `readings` holds, per page of the prompt, an OCR reading that the engine made on the way, else None.
    """

    replies: tuple[Reply, ...]
    readings: tuple[Reading | None, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Signals:
    """What an answer's confidence is made of; stored with it, so that it can be calibrated later.

    `said` is the engine's own confidence; `logprob` and `least` as in `Reply`. `agreement` in [0, 1] says how far
    several readings of the page gave the same value, None where there was one. `looked`: the value was looked up on the
    words of the page, so that evidence "none" means that it stands nowhere on it.
    """

    said: float | None = None
    logprob: float | None = None
    least: float | None = None
    agreement: float | None = None
    looked: bool = False


UNTOLD = Signals()


@dataclass(frozen=True, slots=True)
class Answer:
    """A typed answer. `page` is the page that was asked, 0 for the document's answer; `found_on` the page that told.

    `value` is the canonical text of the question's kind (see `core.kinds`), None unless `status` is "ok"; `raw` is the
    reply as it came; `quote` the value as printed; `confidence` in [0, 1]. `steps` names what was tried after the first
    reply, in order ("temperature 0.2", "closer", "continued", …); empty where the first reply stood.
    """

    page: int
    question: Question
    status: AnswerStatus
    value: str | None = None
    raw: str = ""
    quote: str = ""
    confidence: float = 0.0
    evidence: EvidenceLevel = "none"
    boxes: tuple[PageBox, ...] = ()
    found_on: int | None = None
    signals: Signals = UNTOLD
    steps: tuple[str, ...] = ()
