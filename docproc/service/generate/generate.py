"""Instruction data about documents, by a teacher model: asked, sifted, and put into a dataset folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docproc.core.errors import NotFound, PageFailed, UsageError
from docproc.core.kinds.inputs import dumps
from docproc.core.prompts import SYSTEM, question_text
from docproc.core.questions import Question
from docproc.service.dataset.folder import Conversation, DatasetFolder
from docproc.service.dataset.split import Split
from docproc.service.generate.asking import Ask, Asking, Budget, found_in
from docproc.service.generate.journal import Journal
from docproc.service.generate.kinds import KINDS, Exchange, TeachingKind
from docproc.service.generate.pages import Pages, Source
from docproc.service.generate.sift import TWICE, Distinct, Found
from docproc.service.generate.teacher import Teacher
from docproc.service.parts import Parts

UNDRAWN = "of a page that cannot be drawn"


@dataclass(frozen=True, slots=True)
class Order:
    """What is made of which documents: paths, file names or the first letters of a SHA-256.

    `per_page`: exchanges of a kind at most. `requests` and `tokens` bound what may be spent on this folder, None: not
    bounded. `at_once` requests are on their way at a time.
    """

    documents: Sequence[str]
    kinds: Sequence[str] = tuple(KINDS)
    per_page: int = 4
    requests: int | None = None
    tokens: int | None = None
    at_once: int = 4
    split: Split = field(default_factory=Split)
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """The folder and its manifest. `left`: pages and kinds that were not asked about, the budget being spent."""

    folder: Path
    manifest: dict[str, Any]
    journal: Path
    left: int


def journal_of(out: Path) -> Path:
    """Where the replies for a folder are kept."""
    return out.with_name(f"{out.name}.journal.jsonl")


def generate(
    parts: Parts, teacher: Mapping[str, str], order: Order, out: Path, tell: Callable[[int, int], None] | None = None
) -> Made:
    """Ask the teacher about each page, and write a dataset folder; `tell` is given how many of how many are done.

    Stopped at any moment, the next call goes on: what the journal beside the folder has is not asked again.
    `teacher` are the openai engine's settings. Raises UsageError, NotFound, Rejected; EngineUnavailable where the
    server is away for longer than it is waited for.
    """
    kinds = _kinds(order)
    folder = DatasetFolder(out, order.replace)
    with Pages(parts) as pages, Journal(journal_of(out)) as journal, Teacher(teacher, parts.images) as asked:
        sources = pages.sources(order.documents)
        total = sum(one.page_count for one in sources) * len(kinds)
        asking = Asking(asked, journal, Budget(journal, order.requests, order.tokens), pages, order.at_once)
        every = (ask for asks in _by_page(sources, kinds, order, asked.model) for ask in asks)
        for done, _ in enumerate(asking.all(every), 1):
            if tell is not None:
                tell(done, total)
        with folder:
            writing = _Writing(parts, folder, pages, journal, order)
            for asks in _by_page(sources, kinds, order, asked.model):
                writing.page(asks)
            manifest = writing.finish(asked.model, asking.left)
    return Made(out, manifest, journal.path, asking.left)


def _kinds(order: Order) -> list[TeachingKind]:
    unknown = [name for name in order.kinds if name not in KINDS]
    if unknown or not order.kinds:
        raise UsageError(f"--kinds {','.join(order.kinds)}: there are {', '.join(KINDS)}")
    return [kind for name, kind in KINDS.items() if name in order.kinds]


def _by_page(sources: Sequence[Source], kinds: Sequence[TeachingKind], order: Order, model: str) -> Iterator[list[Ask]]:
    for one in sources:
        for number in range(1, one.page_count + 1):
            yield [Ask(one, number, kind, order.per_page, model) for kind in kinds]


class _Writing:
    """Makes conversations of what the journal has."""

    def __init__(self, parts: Parts, folder: DatasetFolder, pages: Pages, journal: Journal, order: Order) -> None:
        self._parts, self._folder, self._pages, self._journal, self._order = parts, folder, pages, journal, order
        self._dropped: Counter[str] = Counter()

    def page(self, asks: Sequence[Ask]) -> None:
        """All that was said about one page."""
        distinct, said = Distinct(), list[tuple[Ask, list[Found], int]]()
        for ask in asks:
            record = self._journal.get(ask.key)
            if record is None:
                continue
            self._dropped.update(record["dropped"])
            found = self._distinct(ask.kind, found_in(record), distinct)
            if found:
                said.append((ask, found, record["turn"]))
        image = self._image(said[0][0]) if said else None
        if said and image is None:
            self._dropped[UNDRAWN] += sum(len(found) for _, found, _ in said)
        for ask, found, turn in said if image else ():
            source = ask.source.sha256
            self._folder.add(self._order.split.of(source), _conversation(ask, found, turn, str(image)))

    def _distinct(self, kind: TeachingKind, found: list[Found], distinct: Distinct) -> list[Found]:
        """What says something new. A conversation is one thing: it stays, or goes where most of it was said before."""
        new = [one for one in found if distinct.is_new(one.exchange)]
        if kind.together:
            new = found if 2 * len(new) >= len(found) else []
        self._dropped[TWICE] += len(found) - len(new)
        return new

    def _image(self, ask: Ask) -> str | None:
        try:
            page = self._pages.load(ask.source, ask.number, words=False)
            if page is not None:
                self._folder.copy(self._parts.images, page.image)
        except (PageFailed, NotFound):
            return None
        return page.image if page else None

    def finish(self, model: str, left: int) -> dict[str, Any]:
        """The manifest. Raises UsageError where nothing came of it."""
        order = self._order
        skipped = {reason: count for reason, count in sorted(self._dropped.items()) if count}
        if not any(split.get("conversations") for split in self._folder.counts().values()):
            listed = [f"{count} {reason}" for reason, count in skipped.items()]
            listed += [f"{left} asks are left, the budget being spent"] if left else []
            reasons = "; ".join(listed) or "the pages are blank"
            raise UsageError(f"the teacher {model} has said nothing that can be used: {reasons}")
        options = {
            "kinds": [name for name in KINDS if name in order.kinds],
            "per_page": order.per_page,
            "split": str(order.split),
            "seed": order.split.seed,
        }
        spent = {"requests": self._journal.requests, "tokens": self._journal.tokens}
        told = {"kind": "generated", "teacher": model, "options": options, "spent": spent, "left": left}
        return self._folder.finish({**told, "skipped": skipped})


def _conversation(ask: Ask, found: Sequence[Found], turn: int, image: str) -> Conversation:
    kind, source = ask.kind, ask.source.sha256
    about = {"document": source, "page": ask.number, "turn": turn, "kind": kind.name}
    if kind.printed:
        about["boxes"] = [[list(box) for box in one.boxes] for one in found]
    turns = [_as_docproc_asks(one.exchange) if kind.printed else _plain(one.exchange) for one in found]
    name = f"{source}-{ask.number}-{kind.name}"
    system = SYSTEM if kind.printed else None
    return Conversation(name, image, turns, system, not kind.together, about, source, Counter({kind.name: len(turns)}))


def _plain(said: Exchange) -> tuple[str, str]:
    return said.question, said.answer


def _as_docproc_asks(said: Exchange) -> tuple[str, str]:
    """A question whose answer is printed, in docproc's own words and form."""
    return question_text(Question("answer", said.question, "string")), f'{{"value":{dumps(said.answer)}}}'
