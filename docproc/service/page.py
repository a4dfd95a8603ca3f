"""A page, looked at: its answers, its words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from docproc.core.errors import NotFound
from docproc.core.highlight import fractions, highlights, words_of
from docproc.core.types import Page, Reading
from docproc.service.library import PageStep, known, name_of, step_of
from docproc.service.parts import Parts
from docproc.service.shown import ShownAnswer, shown
from docproc.store import documents, library, pages, standing
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.standing import Standing


@dataclass(frozen=True, slots=True)
class OnePage:
    """A page with all that stands of it. `answers` are its own (`number` is the page's) and those of the document
    (`number` 0) that were found here and are not merged from the former. `image` changes with the page's picture;
    `text` says where its words come from: layer, ocr, or null.
    """

    document: str
    name: str
    number: int
    pages: int
    width: int | None
    height: int | None
    dpi: float | None
    blank: bool
    degraded: bool
    downscaled: bool
    warnings: list[str]
    image: str | None
    text: str | None
    steps: list[PageStep]
    answers: list[ShownAnswer]


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word and its box [left, top, right, bottom] in fractions of the page; `line` numbers the lines of text."""

    text: str
    box: list[float]
    line: int


@dataclass(frozen=True, slots=True)
class WordsOfPage:
    """Words of a page in reading order. `next` is the number of the word that follows them, null at the end. `found`
    are the boxes of what was looked for.
    """

    source: str | None
    total: int
    words: list[PlacedWord]
    next: int | None
    found: list[list[float]]


def page(parts: Parts, sha256: str, number: int, set_name: str | None = None) -> OnePage:
    """A page with its answers. Raises NotFound."""
    with parts.database.read() as conn:
        row = known_page(documents.find(conn, sha256), sha256, number)
        stored = pages.stored(conn, row.id, number)
        stands = standing.of_numbers(conn, row.id, [0, number], set_name)
        steps = library.steps(conn, row.id, [number])
        entries = library.entries(conn, row.id)
    drawn = stored.page if stored else None
    reading = words_known(drawn)
    return OnePage(
        document=row.sha256,
        name=name_of(row, entries),
        number=number,
        pages=row.page_count,
        width=drawn.width if drawn else None,
        height=drawn.height if drawn else None,
        dpi=drawn.dpi if drawn else None,
        blank=bool(stored and stored.blank),
        degraded=bool(stored and stored.degraded),
        downscaled=bool(stored and stored.downscaled),
        warnings=list(stored.warnings) if stored else [],
        image=version_of(drawn.image) if drawn else None,
        text=reading.source if reading else None,
        steps=[step_of(step) for step in steps],
        answers=[shown(one) for one in _seen_on(stands, number, row.page_count)],
    )


def words(parts: Parts, sha256: str, number: int, after: int, limit: int, sought: str) -> WordsOfPage:
    """The words of a page from word `after` on, and where the words that are `sought` stand. Raises NotFound."""
    _, drawn = page_of(parts.database, sha256, number)
    reading = words_known(drawn)
    if drawn is None or reading is None:
        return WordsOfPage(None, 0, [], None, [])
    chosen = reading.words[after : after + limit]
    placed = [PlacedWord(word.text, list(fractions(drawn, reading, word.box)), word.line) for word in chosen]
    more = after + limit if after + limit < len(reading.words) else None
    found = highlights(drawn, reading, [(word,) for word in words_of(sought)]) if sought else []
    return WordsOfPage(reading.source, len(reading.words), placed, more, [list(box) for box in found])


def page_of(database: Database, sha256: str, number: int) -> tuple[DocumentRow, Page | None]:
    """A document, and its page as it is stored, None where it was not rendered. Raises NotFound."""
    with database.read() as conn:
        row = known_page(documents.find(conn, sha256), sha256, number)
        stored = pages.stored(conn, row.id, number)
    return row, stored.page if stored else None


def known_page(row: DocumentRow | None, sha256: str, number: int) -> DocumentRow:
    """The document, which has that page. Raises NotFound."""
    row = known(row, sha256)
    if number > row.page_count:
        raise NotFound(f"{row.sha256[:12]} has {row.page_count} pages, no page {number}")
    return row


def words_known(page: Page | None) -> Reading | None:
    """The words of a page: what can be trusted, else the layer that could not."""
    return None if page is None else page.reading or page.layer


def version_of(image: str) -> str:
    """What tells one picture of a page from another: the SHA-256 of its bytes."""
    return PurePath(image).stem


def _seen_on(stands: list[Standing], number: int, page_count: int) -> list[Standing]:
    """The page's own, and of the document's those that can be seen on this page and are not merged from the former."""
    own = {(one.place.set_name, one.place.key) for one in stands if one.place.number == number}
    seen = []
    for one in stands:
        if one.place.number == number:
            seen.append(one)
            continue
        said_itself = one.review is not None and one.review.merged is None
        if (one.place.set_name, one.place.key) in own and not said_itself:
            continue
        boxes = (one.review.boxes if one.review else None) or (one.answer.boxes if one.answer else ())
        here = any(box.page == number for box in boxes) or (one.answer is not None and one.answer.found_on == number)
        if here or page_count == 1:
            seen.append(one)
    return seen
