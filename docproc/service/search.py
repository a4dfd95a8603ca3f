"""Full-text search over answers and over the text of pages, with the places to be highlighted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from docproc.core.highlight import Piece, highlights, snippet
from docproc.service.library import known
from docproc.service.page import words_known
from docproc.service.parts import Parts
from docproc.service.shown import ShownAnswer, shown
from docproc.store import documents, pages, standing
from docproc.store.database import Database
from docproc.store.search import Hit, Query, Within, parse, search
from docproc.store.search_answers import Answers, search_answers

MOST_BOXES = 50  # highlighted places of one page
DEEPEST = 10_000  # hits behind which no list goes on
Kind = Literal["answer", "page"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and where; None: everywhere. `kind`: only answers, or only pages. `document` is a SHA-256.

    With a `key` answers alone are found.
    """

    words: str
    kind: Kind | None = None
    set_name: str | None = None
    key: str | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: so many hits of a kind are passed over."""

    kind: Kind
    offset: int


@dataclass(frozen=True, slots=True)
class Found:
    """A hit. `snippet` is a line of the text in pieces, those that were looked for marked `hit`; `boxes` are their
    places, [page, left, top, right, bottom] in fractions of the page. `page` is null for an answer that no page told;
    `answer` is null for a page.
    """

    kind: Kind
    document: str
    name: str
    page: int | None
    snippet: list[Piece]
    boxes: list[list[float]]
    answer: ShownAnswer | None


def find(parts: Parts, wanted: Wanted, start: Place | None, limit: int) -> tuple[list[Found], Place | None]:
    """Answers first, then pages, each the best first, and where the list goes on (None: it ends).

    Raises UsageError where there is no word to look for, NotFound for an unknown document.
    """
    query = parse(wanted.words)
    document_id = _document(parts.database, wanted.document)
    at = start or Place("page" if wanted.kind == "page" else "answer", 0)
    found: list[Found] = []
    if at.kind == "answer":
        within = Answers(wanted.set_name, wanted.key, document_id)
        found, more = _answers(parts.database, query, within, at.offset, limit)
        if more:
            return found, _further(at, limit)
        at = Place("page", 0)
    if wanted.kind == "answer" or wanted.key is not None:
        return found, None
    missing = limit - len(found)
    listed, more = _pages(parts.database, query, Within(wanted.set_name, document_id), at.offset, missing)
    return found + listed, _further(at, missing) if more else None


def _further(at: Place, count: int) -> Place | None:
    return Place(at.kind, at.offset + count) if at.offset + count < DEEPEST else None


def _document(database: Database, sha256: str | None) -> int | None:
    if sha256 is None:
        return None
    with database.read() as conn:
        return known(documents.find(conn, sha256), sha256).id


def _answers(database: Database, query: Query, within: Answers, offset: int, limit: int) -> tuple[list[Found], bool]:
    with database.read() as conn:
        places = search_answers(conn, query, limit + 1, offset, within)
        stands = standing.at_places(conn, places[:limit])
    found = []
    for place in places[:limit]:
        if place not in stands:  # a review of what no engine answered
            continue
        sha256, path, one = stands[place]
        answer = shown(one)
        text = answer.text or ""
        pieces = snippet(text if _has(text, query) or not answer.quote else answer.quote, query.phrases)
        found.append(Found("answer", sha256, PurePath(path).name, answer.page, pieces, answer.boxes, answer))
    return found, len(places) > limit


def _has(text: str, query: Query) -> bool:
    return any(piece.hit for piece in snippet(text, query.phrases))


def _pages(database: Database, query: Query, within: Within, offset: int, limit: int) -> tuple[list[Found], bool]:
    with database.read() as conn:
        hits = search(conn, query, limit + 1, offset, within)
    return [_page(database, query, hit) for hit in hits[:limit]], len(hits) > limit


def _page(database: Database, query: Query, hit: Hit) -> Found:
    with database.read() as conn:
        stored = pages.stored(conn, hit.document_id, hit.page)
    reading = words_known(stored.page) if stored else None
    boxes = highlights(stored.page, reading, query.phrases, MOST_BOXES) if stored and reading else []
    pieces = snippet(hit.text, query.phrases)
    placed = [[float(hit.page), *box] for box in boxes]
    return Found("page", hit.document, PurePath(hit.path).name, hit.page, pieces, placed, None)
