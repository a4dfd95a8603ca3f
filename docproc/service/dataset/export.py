"""Reviewed answers as instruction data: what a model should have said about its pages."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from docproc.core.errors import NotFound, PageFailed, UsageError
from docproc.core.prompts import SYSTEM, question_text
from docproc.core.questions import QuestionSet
from docproc.imaging import Renderer
from docproc.service.dataset.facts import Fact, Wanted, facts_of
from docproc.service.dataset.folder import Conversation, DatasetFolder
from docproc.service.dataset.replies import quote_of, reply_for
from docproc.service.dataset.split import Split
from docproc.service.parts import Parts
from docproc.service.work.restore import redraw
from docproc.store import calibrations, pages, reviews, taught
from docproc.store.documents import DocumentRow

SURE = 0.9  # of an answer that is replayed, where no other confidence is named
FEWER = "pages to replay, of which there are no more"
_DOCUMENTS = 100  # looked up at a time


@dataclass(frozen=True, slots=True)
class Options:
    """What is exported. `confident`: also answers that nobody reviewed, at least as sure as that, whose evidence is
    exact or close. `replay`: so many pages of such answers, of documents that nobody reviewed, for training alone;
    these documents then come in no other way.
    """

    set_name: str
    engine: str | None = None
    confident: float | None = None
    replay: int = 0
    split: Split = field(default_factory=Split)
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The folder, and its manifest: what is in it, and what was left out for which reason."""

    folder: Path
    manifest: dict[str, Any]


def export(parts: Parts, options: Options, out: Path, tell: Callable[[int], None] | None = None) -> Exported:
    """Write a dataset folder; `tell` is given the number of pages written so far.

    The same reviews and answers give the same folder, byte for byte. Raises NotFound for an unknown set or engine,
    UsageError where there is nothing to export, or the folder is taken.
    """
    asked, engine = _asked(parts, options)
    with DatasetFolder(out, options.replace) as folder, ExitStack() as stack:
        exporting = _Exporting(parts, options, folder, stack, asked, engine and engine[0])
        for count in exporting.run():
            if tell is not None:
                tell(count)
        manifest = exporting.finish()
    return Exported(out, manifest)


def _asked(parts: Parts, options: Options) -> tuple[QuestionSet, tuple[int, str] | None]:
    if options.confident is not None and not 0 < options.confident <= 1:
        raise UsageError(f"--confident {options.confident:g}: a probability above 0, up to 1, is needed")
    with parts.database.read() as conn:
        asked = reviews.newest_set(conn, options.set_name)
        engine = calibrations.engine(conn, options.engine) if options.engine else None
    if asked is None:
        raise NotFound(f"no document was asked a question set {options.set_name!r}; `docproc run` asks")
    if options.engine and engine is None:
        raise NotFound(f"the engine {options.engine!r} has not answered anything here")
    return asked, engine


class _Exporting:
    """One export under way."""

    def __init__(
        self,
        parts: Parts,
        options: Options,
        folder: DatasetFolder,
        stack: ExitStack,
        asked: QuestionSet,
        engine_id: int | None,
    ) -> None:
        self._parts, self._options, self._folder, self._stack = parts, options, folder, stack
        self._asked, self._engine_id = asked, engine_id
        self._skipped: Counter[str] = Counter()
        self._engines: Counter[str] = Counter()
        self._renderer: Renderer | None = None

    def run(self) -> Iterator[int]:
        """Writes page after page and tells how many there are."""
        options, written = self._options, 0
        wanted = Wanted(self._asked, self._engine_id, options.confident, skipped=self._skipped)
        reviewed = True if options.confident is None or options.replay else None
        for document in self._documents(reviewed, "", taught.ABOVE):
            for _ in self._pages(document, wanted, options.split.of(document.sha256)):
                written += 1
                yield written
        sure = SURE if options.confident is None else options.confident
        wanted = Wanted(self._asked, self._engine_id, sure, replay=True, skipped=self._skipped)
        replayed = 0
        for document in self._replayed() if options.replay else ():
            for _ in self._pages(document, wanted, "train"):
                written, replayed = written + 1, replayed + 1
                yield written
                if replayed == options.replay:
                    return
        self._skipped[FEWER] = options.replay - replayed

    def _documents(self, reviewed: bool | None, above: str, below: str) -> Iterator[DocumentRow]:
        last = above
        while True:
            read = partial(taught.documents_after, set_name=self._asked.name, after=last, limit=_DOCUMENTS)
            rows = self._parts.database.look(partial(read, reviewed=reviewed, below=below))
            yield from rows
            if len(rows) < _DOCUMENTS:
                return
            last = rows[-1].sha256

    def _replayed(self) -> Iterator[DocumentRow]:
        """Documents that nobody reviewed, in an order that says nothing of them, from a place that the seed tells.

        None that the split would have examined, were it reviewed: it may be, one day.
        """
        start = hashlib.sha256(f"replay {self._options.split.seed}".encode()).hexdigest()
        for above, below in ((start, taught.ABOVE), ("", start)):
            for document in self._documents(False, above, below):
                if self._options.split.of(document.sha256) == "train":
                    yield document

    def _pages(self, document: DocumentRow, wanted: Wanted, split: str) -> Iterator[None]:
        for number, facts in facts_of(self._parts.database, document, wanted):
            try:
                said = self._page(document, number, facts)
            except (NotFound, PageFailed):
                self._skipped["of a page that cannot be drawn any more"] += len(facts)
                continue
            if said is not None:
                self._folder.add(split, said)
                yield

    def _page(self, document: DocumentRow, number: int, facts: list[Fact]) -> Conversation | None:
        with self._parts.database.read() as conn:
            stored = pages.stored(conn, document.id, number)
        if stored is None:
            raise NotFound(f"page {number} of {document.sha256[:12]} was never drawn")
        turns, kept = [], []
        for fact in facts:
            answer = fact.given.answer if fact.given else None
            quote = quote_of(fact.question, fact.value, answer, stored.page)
            reply = reply_for(fact.question, fact.value, quote)
            if reply is None:
                self._skipped["not in the form that the question asks for"] += 1
                continue
            turns.append((question_text(fact.question), reply))
            kept.append(fact)
        if not turns:
            return None
        image = self._image(document, number, stored.page.image)
        self._engines.update(fact.given.engine for fact in kept if fact.given)
        reading = stored.page.reading
        about = {
            "document": document.sha256,
            "page": number,
            "turn": reading.turn if reading else 0,
            "set": self._asked.name,
            "keys": [fact.question.key for fact in kept],
            "origins": [fact.origin for fact in kept],
        }
        counts = Counter[str](fact.origin for fact in kept)
        counts["absent"] = sum(fact.value is None for fact in kept)
        name = f"{document.sha256}-{number}"
        return Conversation(name, image, turns, SYSTEM, True, about, document.sha256, counts)

    def _image(self, document: DocumentRow, number: int, name: str) -> str:
        """The page's image, in the folder; drawn again where it is gone. Raises NotFound, PageFailed, Unavailable."""
        if not self._parts.images.has(name):
            if self._renderer is None:
                self._renderer = self._stack.enter_context(self._parts.renderer())
            name = redraw(self._renderer, document, [number])[number].image
        self._folder.copy(self._parts.images, name)
        return name

    def finish(self) -> dict[str, Any]:
        """The manifest. Raises UsageError where there is nothing to learn from."""
        counts, options = self._folder.counts(), self._options
        skipped = {reason: count for reason, count in sorted(self._skipped.items()) if count}
        if not any(split.get("conversations") for split in counts.values()):
            raise UsageError(_empty(options, skipped))
        if options.split.train and not counts["train"].get("conversations"):
            told = sum(split.get("documents", 0) for split in counts.values())
            raise UsageError(
                f"all of the {told} reviewed document(s) are held out by --split {options.split}, none is left to "
                "train with: review more documents, or name another --split or --seed"
            )
        return self._folder.finish(
            {
                "kind": "answers",
                "set": {"name": self._asked.name, "version": self._asked.version},
                "engines": dict(sorted(self._engines.items())),
                "options": {
                    "engine": options.engine,
                    "confident": options.confident,
                    "replay": options.replay,
                    "split": str(options.split),
                    "seed": options.split.seed,
                },
                "skipped": skipped,
            }
        )


def _empty(options: Options, skipped: dict[str, int]) -> str:
    left = "; ".join(f"{count} {reason}" for reason, count in skipped.items())
    how = "review some on the review page of `docproc serve`"
    if options.confident is None:
        how += ", or take answers that are sure and verified: --confident 0.95"
    if "sure, but not verified on the page" in skipped:
        how += "; with DOCPROC_VERIFY=ocr answers are looked up on scans, too, when they are asked"
    return f"{options.set_name}: there are no answers to learn from{f' (left out: {left})' if left else ''}; {how}"
