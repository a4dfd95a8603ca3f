"""Asking a teacher about pages, a few at a time, until all are asked or the budget is spent."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from docproc.core.errors import PageFailed
from docproc.core.types import Page
from docproc.service.generate.journal import Journal
from docproc.service.generate.kinds import Exchange, TeachingKind, wording
from docproc.service.generate.pages import Pages, Source
from docproc.service.generate.sift import Found, printed_ones
from docproc.service.generate.teacher import Teacher

UNFIT = "to which no reply of the form came"
_TRIES = 2  # of a reply that is not of the form


class Budget:
    """Requests and tokens (told and said) that may be spent, those in the journal included; None: any number."""

    def __init__(self, journal: Journal, requests: int | None, tokens: int | None) -> None:
        self._requests, self._tokens = requests, tokens
        self._asked, self._used = journal.requests, journal.tokens
        self._change = threading.Lock()

    def take(self) -> bool:
        """Whether one more request may be made; if so it counts."""
        with self._change:
            if self._left():
                self._asked += 1
                return True
        return False

    def used(self, tokens: int) -> None:
        """Tokens that a request took."""
        with self._change:
            self._used += tokens

    @property
    def spent(self) -> bool:
        """Whether nothing more may be asked."""
        with self._change:
            return not self._left()

    def _left(self) -> bool:
        asked = self._requests is None or self._asked < self._requests
        return asked and (self._tokens is None or self._used < self._tokens)


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of data of one page."""

    source: Source
    number: int
    kind: TeachingKind
    per_page: int
    model: str

    @property
    def key(self) -> str:
        """What the reply depends on."""
        wanted = f"{self.kind.name}-{self.kind.count(self.per_page)}"
        return f"{self.source.sha256}:{self.number}:{wanted}:{wording()}:{self.model}"


class Asking:
    """Asks a teacher, and writes each reply into the journal at once."""

    def __init__(self, teacher: Teacher, journal: Journal, budget: Budget, pages: Pages, at_once: int) -> None:
        self._teacher, self._journal, self._budget, self._pages = teacher, journal, budget, pages
        self._at_once = at_once
        self.left = 0  # pages and kinds that were not asked about, the budget being spent

    def all(self, asks: Iterator[Ask]) -> Iterator[Ask]:
        """Asks what the journal has no reply to, and tells each that is done. Ends early where the budget is spent.

        Raises what the teacher raises; replies that are on their way then are waited for and kept.
        """
        pool = ThreadPoolExecutor(self._at_once, "docproc-teacher")
        running: dict[Future[bool], Ask] = {}
        last: tuple[tuple[str, int], Page | None] | None = None
        try:
            for ask in asks:
                if ask.key in self._journal:
                    yield ask
                    continue
                if self._budget.spent:
                    self.left += 1  # the others may be in the journal
                    continue
                place = (ask.source.sha256, ask.number)
                page = last[1] if last and last[0] == place else self._loaded(ask)
                last = (place, page)
                if page is None:
                    continue
                running[pool.submit(self._ask, ask, page)] = ask
                if len(running) >= 2 * self._at_once:  # so that a page is at hand when one is done
                    yield from self._done(running)
            while running:
                yield from self._done(running)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _done(self, running: dict[Future[bool], Ask]) -> Iterator[Ask]:
        """Those that are done, at least one; they leave `running`."""
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            ask = running.pop(future)
            if future.result():
                yield ask
            else:
                self.left += 1

    def _loaded(self, ask: Ask) -> Page | None:
        """The page, None for a blank one and for one that cannot be drawn: the next run tries again."""
        try:
            return self._pages.load(ask.source, ask.number, words=True)
        except PageFailed:
            return None

    def _ask(self, ask: Ask, page: Page) -> bool:
        """Ask, sift, write. False where the budget was spent meanwhile."""
        what = f"page {ask.number} of document {ask.source.sha256[:12]}"
        dropped, requests, tokens = Counter[str](), 0, 0
        kept: list[Found] = []
        why = ""
        for attempt in range(_TRIES):
            if not self._budget.take():
                return False
            requests += 1
            try:
                said = self._teacher.ask(self._teacher.show(page), ask.kind, ask.per_page, what, attempt)
                tokens += said.tokens_in + said.tokens_out
                self._budget.used(said.tokens_in + said.tokens_out)
                exchanges = ask.kind.read(said.text, ask.per_page, ask.key)
            except PageFailed as error:
                why = str(error)
                break
            except ValueError as error:
                why = f"the reply {error}"
                continue
            why = ""
            kept = printed_ones(exchanges, page, dropped) if ask.kind.printed else [Found(one) for one in exchanges]
            break
        if why:
            dropped[UNFIT] += 1
        record = {
            "requests": requests,
            "tokens": tokens,
            "why": why,
            "dropped": dict(dropped),
            "turn": page.reading.turn if page.reading else 0,
            "items": [_item(found) for found in kept],
        }
        self._journal.add(ask.key, record)
        return True


def found_in(record: dict[str, Any]) -> list[Found]:
    """The exchanges of a line of the journal."""
    return [
        Found(Exchange(item["question"], item["answer"], item["quote"]), tuple(tuple(box) for box in item["boxes"]))
        for item in record["items"]
    ]


def _item(found: Found) -> dict[str, Any]:
    said = found.exchange
    return {"question": said.question, "answer": said.answer, "quote": said.quote, "boxes": [*map(list, found.boxes)]}
