"""Ask an engine the questions of a public set: picture by picture, with what was answered before left out.

items → render (children) → lanes (ask, read) → predictions, in the order of the set
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from docproc.core.errors import NotFound, PageFailed, Unavailable
from docproc.core.questions import Question
from docproc.core.types import Answer, Page, Prompt
from docproc.imaging.values import Rendered
from docproc.service.eval.judge import LETTERS
from docproc.service.eval.public_said import Prediction, Predictions
from docproc.service.work.asking import Asked
from docproc.service.work.opening import Opened
from docproc.sources.gold import GoldItem, GoldQuestion

PATIENCE = 5  # calls in a row that find the engine away, before the run gives up
_KEY = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Asking:
    """How far the asking is: questions answered in this run, and before it; `waits`: seconds that a try is off."""

    answered: int
    before: int
    waits: float = 0.0


Tell = Callable[[Asking], None]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A picture with the questions that are still open; `page` is why there is none where it cannot be drawn."""

    asks: tuple[tuple[str, Question], ...]  # the set's id of each
    page: Page | PageFailed


class PublicAsking:
    """Asks what is open; `pause` waits for that many seconds."""

    def __init__(
        self, opened: Opened, said: Predictions, tell: Tell, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._asker, self._renderer = opened.asker, opened.renderer
        self._said, self._tell, self._pause = said, tell, pause
        self._answered, self._before = 0, 0

    def ask(self, items: Iterator[GoldItem], wants: str) -> None:
        """Ask the questions of all items. Raises NotFound for a picture that is not there, Unavailable where the engine
        stays away; what was answered until then is kept.
        """
        engine = self._asker.engine
        pending: deque[Future[list[Prediction]]] = deque()
        lanes = ThreadPoolExecutor(engine.lanes, thread_name_prefix="lane")
        try:
            with TemporaryDirectory(prefix="docproc-eval-") as folder:
                for batch in _batches(self._drawn(items, Path(folder), wants), engine.batch):
                    pending.append(lanes.submit(self._answers, batch))
                    while len(pending) > 2 * engine.lanes:
                        self._keep(pending.popleft().result())
                while pending:
                    self._keep(pending.popleft().result())
        finally:
            lanes.shutdown(wait=False, cancel_futures=True)

    def _keep(self, said: list[Prediction]) -> None:
        self._said.add(said)
        self._answered += len(said)
        self._tell(Asking(self._answered, self._before))

    def _drawn(self, items: Iterator[GoldItem], folder: Path, wants: str) -> Iterator[_Drawn]:
        """The pictures in their order, some of them being drawn ahead."""
        ahead: deque[tuple[GoldItem, tuple[tuple[str, Question], ...], Future[Rendered], Path]] = deque()
        for number, item in enumerate(items):
            keyed = zip(item.questions, questions_of(item), strict=True)
            asks = tuple((gold.id, question) for gold, question in keyed if not self._said.has(gold.id))
            self._before += len(item.questions) - len(asks)
            if not asks:
                continue
            path = _file(item, folder / str(number), wants)
            ahead.append((item, asks, self._renderer.render(path, item.page or 1), path))
            if len(ahead) > 3 * self._renderer.workers:
                yield self._ready(*ahead.popleft(), folder)
        while ahead:
            yield self._ready(*ahead.popleft(), folder)

    def _ready(
        self,
        item: GoldItem,
        asks: tuple[tuple[str, Question], ...],
        rendering: Future[Rendered],
        path: Path,
        folder: Path,
    ) -> _Drawn:
        try:
            return _Drawn(asks, _page(rendering.result(), item.page or 1))
        except PageFailed as error:
            return _Drawn(asks, error)
        finally:
            if path.parent == folder:
                path.unlink()

    def _answers(self, batch: Sequence[_Drawn]) -> list[Prediction]:
        drawn = [(one, Prompt((one.page,), _questions(one))) for one in batch if isinstance(one.page, Page)]
        told = iter(self._patiently([prompt for _, prompt in drawn]) if drawn else ())
        said: list[Prediction] = []
        for one in batch:
            found = one.page if isinstance(one.page, PageFailed) else next(told)
            if isinstance(found, PageFailed):
                said += [Prediction(identity, "failed", error=str(found)[:500]) for identity, _ in one.asks]
            else:
                said += [_prediction(one.asks[at][0], answer) for at, answer in enumerate(found.answers)]
        return said

    def _patiently(self, prompts: Sequence[Prompt]) -> list[Asked | PageFailed]:
        """What came of the prompts. An engine that is away is waited for, longer each time. Raises Unavailable."""
        away = 0
        while True:
            try:
                return self._asker.ask(prompts)
            except Unavailable:
                away += 1
                if away >= PATIENCE:
                    raise
                self._tell(Asking(self._answered, self._before, 2.0**away))
                self._pause(2.0**away)


def questions_of(item: GoldItem) -> list[Question]:
    """The item's questions as an engine is asked them; keys are the last part of their ids if that tells them apart."""
    tails = [_KEY.sub("_", gold.id.rpartition("/")[2]).lower().strip("_") for gold in item.questions]
    keys = [f"q{tail}" if tail[:1].isdigit() else tail for tail in tails]
    if len(set(keys)) < len(keys) or not all(keys):
        keys = [f"q{number}" for number in range(1, len(keys) + 1)]
    return [_question(key, gold) for key, gold in zip(keys, item.questions, strict=True)]


def _question(key: str, gold: GoldQuestion) -> Question:
    if gold.kind != "choice":
        return Question(key, gold.ask, gold.kind, columns=gold.columns)
    letters = tuple(LETTERS[: len(gold.choices)])
    options = "\n".join(f"{letter}. {text}" for letter, text in zip(letters, gold.choices, strict=True))
    return Question(key, f"{gold.ask}\n{options}", "choice", choices=letters)


def _questions(drawn: _Drawn) -> tuple[Question, ...]:
    return tuple(question for _, question in drawn.asks)


def _batches(drawn: Iterator[_Drawn], size: int) -> Iterator[list[_Drawn]]:
    batch: list[_Drawn] = []
    for one in drawn:
        batch.append(one)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _file(item: GoldItem, spare: Path, wants: str) -> Path:
    """The item's picture; one that is given as bytes is written to `spare`. Raises NotFound."""
    if item.data is not None:
        spare.write_bytes(item.data)
        return spare
    if item.path is None or not item.path.is_file():
        raise NotFound(f"{item.path}: the picture of {item.id} is not there. Wanted: {wants}")
    return item.path


def _page(rendered: Rendered, number: int) -> Page:
    return Page(
        document=Path(rendered.image).stem,
        number=number,
        image=rendered.image,
        width=rendered.width,
        height=rendered.height,
        dpi=rendered.dpi,
        layer=rendered.layer,
        layer_trusted=rendered.layer_trusted,
        picture=rendered.picture,
    )


def _prediction(identity: str, answer: Answer) -> Prediction:
    boxes = tuple((float(box.page), *box.box) for box in answer.boxes)
    return Prediction(identity, answer.status, _text(answer), answer.confidence, answer.evidence, boxes)


def _text(answer: Answer) -> str | None:
    """What was said. Sets have answers, as "none", that are no value to docproc, and rules of their own for the rest: a
    reply that is no value of the kind is kept as it came.
    """
    if answer.value is not None or answer.status not in ("absent", "invalid"):
        return answer.value
    try:
        told = json.loads(answer.raw)
    except (ValueError, RecursionError):
        told = answer.raw
    if isinstance(told, dict):
        told = told.get("value")
    return told.strip() or None if isinstance(told, str) else None
