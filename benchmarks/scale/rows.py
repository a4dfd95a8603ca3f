"""Bytes a page takes in the database, by table: a database is filled through docproc's own store and weighed."""

from __future__ import annotations

import io
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from math import log2
from typing import Any

from sqlalchemy import Connection, select, text, tuple_, update

from docproc.core.boxes import Box, PageBox
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer, Page, Reading, Signals, Word
from docproc.store import answers, jobs, pages, sets
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.intake import Entry, Target, enter
from docproc.store.pages import RenderedPage
from docproc.store.tables import answers as answer_table
from docproc.store.tables import documents, tasks

PER_DOCUMENT = 10  # pages
WORDS = 350  # words a page: an ordinary page of text has 300 to 500
VOCABULARY = 20_000  # words of the language, the n-th most common one 1/n times as common as the first
BATCH = 64  # pages in one transaction, as the workers do it
ASKED = QuestionSet(
    "weighed",
    "Eight questions of every page",
    tuple(
        Question(f"field_{index}", f"What is the value of field number {index} of this page?", kind)
        for index, kind in enumerate(("string", "string", "date", "money", "integer", "boolean", "string", "date"))
    ),
)
SHADOWS = {"page_search": "page_texts"}  # FTS5 keeps its index in tables of its own


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes a page of one table, of its indexes, and rows a page."""

    table: str
    data: float
    indexes: float
    rows: float


def fill(database: Database, count: int, first: int = 0) -> float:
    """Store `count` pages (a multiple of PER_DOCUMENT) with their answers, documents counted from `first`.

    Returns pages a second, each transaction on disk; the time in which the rows are made up is taken off.
    """
    chance, lexicon = random.Random(first), Lexicon()
    began = time.perf_counter()
    with database.write() as conn:
        set_id = sets.put_set(conn, ASKED)
        engine_id = sets.put_engine(conn, "scripted", "scripted:weighed")
        target = Target(jobs.create(conn, set_id, engine_id), set_id, engine_id, "pymupdf")
        question_ids = answers.question_ids(conn, set_id)
    last = first + count // PER_DOCUMENT
    for start in range(first, last, BATCH):
        with database.write() as conn:
            names = [f"{number:064x}" for number in range(start, min(start + BATCH, last))]
            enter(conn, target, [_entry(name) for name in names])
            found = select(documents.c.id, documents.c.sha256).where(documents.c.sha256.in_(names))
            known = [(row.id, row.sha256) for row in conn.execute(found)]
        todo = [(key, name, number) for key, name in known for number in range(PER_DOCUMENT + 1)]
        for at in range(0, len(todo), BATCH):
            with database.write() as conn:
                _store(conn, todo[at : at + BATCH], chance, lexicon, (engine_id, question_ids))
    seconds = time.perf_counter() - began
    return count / (seconds - lexicon.seconds)


def _store(
    conn: Connection,
    todo: list[tuple[int, str, int]],
    chance: random.Random,
    lexicon: Lexicon,
    engine: tuple[int, dict[str, int]],
) -> None:
    made = time.perf_counter()
    rendered = [(key, lexicon.page(chance, name, number)) for key, name, number in todo if number]
    given = [(key, answer) for key, _, number in todo for answer in _answers(chance, lexicon, number)]
    lexicon.seconds += time.perf_counter() - made
    pages.save(conn, rendered)
    ids = answers.save(conn, *engine, given)
    answers.show(conn, ASKED.name, list(ids.values()))
    done = {"state": "answered", "stage": "ask", "attempt": 2, "tokens_in": 3500, "tokens_out": 240}
    these = tuple_(tasks.c.document_id, tasks.c.number).in_([(key, number) for key, _, number in todo])
    conn.execute(update(tasks).where(these).values(**done, worker="worker-17:4242", finished_at=1.8e9))


class Lexicon:
    """Made-up words, distributed as in a language; `seconds` is the time spent on making rows."""

    def __init__(self) -> None:
        chance = random.Random(11)
        letters = "etaoinshrdlucmfwypvbgk"
        # Common words are short: with these lengths a word of running text has 4.8 letters, as in English.
        lengths = [2 + int(log2(rank) / 4) + chance.randint(0, 3) for rank in range(1, VOCABULARY + 1)]
        self.words = ["".join(chance.choices(letters, k=length)) for length in lengths]
        self.weights = list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))
        self.seconds = 0.0

    def said(self, chance: random.Random, count: int) -> list[str]:
        return chance.choices(self.words, cum_weights=self.weights, k=count)

    def page(self, chance: random.Random, name: str, number: int) -> RenderedPage:
        """An A4 page at 150 dpi with a text layer that can be trusted."""
        words, left, line = [], 100.0, 0
        for word in self.said(chance, WORDS):
            width = 11.5 * len(word)
            if left + width > 1140:
                left, line = 100.0, line + 1
            words.append(
                Word(word, Box(left, 110 + 27.0 * line, left + width, 132 + 27.0 * line), 1.0, 20.8, False, line)
            )
            left += width + 6
        layer = Reading("layer", tuple(words), 1240, 1754)
        digest = f"{chance.getrandbits(256):064x}"
        page = Page(name, number, f"{digest[:2]}/{digest}.jpg", 1240, 1754, 150, layer=layer, layer_trusted=True)
        return RenderedPage(page, "f" * 16, "pymupdf")


def _entry(name: str) -> Entry:
    path = f"/documents/2026/11/supplier-{name[-4:]}/invoice-{name[-8:]}.pdf"
    row = DocumentRow(
        0, name, "application/pdf", PER_DOCUMENT, None, "", False, path, 480_000, 1.8e9, meta={"title": name}
    )
    return Entry(path, name, 1.8e9, row)


def _answers(chance: random.Random, lexicon: Lexicon, number: int) -> Iterator[Answer]:
    """Of a page each question's; of the document (number 0) what was merged of them."""
    for question in ASKED.questions:
        value = " ".join(lexicon.said(chance, chance.randint(1, 4)))
        edges = [round(chance.random(), 5) for _ in range(4)]
        boxes = (PageBox(max(1, number), Box(*edges)),)
        told = Signals(logprob=-chance.random(), least=-3 * chance.random(), looked=True)
        raw = json.dumps({"value": value, "quote": value}) if number else ""
        yield Answer(number, question, "ok", value, raw, value, chance.random(), "exact", boxes, max(1, number), told)


def weigh(database: Database, count: int) -> list[Weight]:
    """What each table with rows takes, the heaviest first. PostgreSQL vacuums before."""
    if database.dialect == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE"))
    with database.read() as conn:
        sizes = _postgresql(conn) if database.dialect == "postgresql" else _sqlite(conn)
        rows = {name: conn.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in sizes}
    weights = [
        Weight(name, data / count, indexes / count, rows[name] / count) for name, (data, indexes) in sizes.items()
    ]
    return sorted((weight for weight in weights if weight.rows >= 0.05), key=lambda w: -(w.data + w.indexes))


def _postgresql(conn: Connection) -> dict[str, tuple[float, float]]:
    query = """SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"""
    return {name: (data, indexes) for name, data, indexes in conn.execute(text(query))}


def _sqlite(conn: Connection) -> dict[str, tuple[float, float]]:
    query = """SELECT m.type, m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_master m USING (name) GROUP BY 1, 2"""
    sizes: dict[str, tuple[float, float]] = {}
    for kind, name, size in conn.execute(text(query)):
        shadow = next((table for prefix, table in SHADOWS.items() if name.startswith(prefix)), None)
        data, indexes = sizes.get(shadow or name, (0.0, 0.0))
        index = kind == "index" or shadow is not None
        sizes[shadow or name] = (data, indexes + size) if index else (data + size, indexes)
    return sizes


def parquet(database: Database, count: int) -> float:
    """Bytes a page of all answers in Parquet (zstd), every column."""
    import pyarrow
    from pyarrow import parquet as files

    with database.read() as conn:
        rows: list[dict[str, Any]] = [dict(row._mapping) for row in conn.execute(select(answer_table))]
    for row in rows:
        row |= {"boxes": json.dumps(row["boxes"]), "signals": json.dumps(row["signals"]), "steps": None}
    sink = io.BytesIO()
    files.write_table(pyarrow.Table.from_pylist(rows), sink, compression="zstd")
    return sink.tell() / count
