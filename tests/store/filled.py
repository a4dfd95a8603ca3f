"""A small database: two documents, a set with a question of every kind, answers and a review."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from docproc.core.questions import Column, Question, QuestionSet
from docproc.core.types import Answer, Signals
from docproc.store import answers, documents, jobs, sets, tasks
from docproc.store.clock import now
from docproc.store.documents import DocumentRow
from docproc.store.face_tables import reviews
from docproc.store.tables import page_texts
from docproc.store.tasks import Key

COLUMNS = (Column("id", "integer"), Column("name", "string"), Column("amount", "money"), Column("path", "string"))
SET = QuestionSet(
    "invoice",
    "Supplier invoices",
    (
        Question("seller", "Who sells?", "string", scope="document", labels=("seller", "from")),
        Question("note", "What is noted?", "text", scope="document"),
        Question("copies", "How many copies?", "integer", scope="document"),
        Question("weight", "How heavy?", "number", scope="document"),
        Question("total", "How much?", "money", scope="document", required=True),
        Question("issued", "When?", "date", scope="document"),
        Question("paid", "Paid?", "boolean", scope="document"),
        Question("form", "Which?", "choice", scope="document", choices=("letter", "slip")),
        Question("tags", "Which tags?", "list", scope="document"),
        Question("days", "Which days?", "dates", scope="document"),
        Question("lines", "Which lines?", "table", scope="document", columns=COLUMNS),
        Question("found", "Which tables?", "tables", scope="document"),
        Question("status", "What does the stamp say?", "string", merge="first"),
        Question("stamped", "When was it stamped?", "date", merge="last"),
    ),
)
GRIDS = [
    {"page": 2, "box": [0.1, 0.1, 0.9, 0.5], "caption": "Prices", "grid": [["Item", "Price"], ["Nut", "1,00"]]},
    {"page": 3, "box": [0.1, 0.1, 0.9, 0.5], "caption": "", "grid": [["A"]]},
]
LINES = [
    {"id": "1", "name": "Nut", "amount": "1021.91 GBP", "path": "a/b"},
    {"id": None, "name": "Bolt", "amount": "2.50", "path": None},
]
VALUES = {
    "seller": "Nuts & Bolts Ltd",
    "note": "x" * 2000,
    "copies": "12",
    "weight": "-3.25",
    "total": "1021.91 GBP",
    "issued": "2004-08",
    "paid": "true",
    "form": "slip",
    "tags": '["new","late"]',
    "days": '["2004-08-01"]',
    "lines": json.dumps(LINES),
    "found": json.dumps(GRIDS),
    "status": "RECEIVED",
    "stamped": "2004",
}


@dataclass(frozen=True)
class Filled:
    """Ids of what `fill` made."""

    set_id: int
    engine_id: int
    document_ids: tuple[int, ...]


def fill(conn: Connection) -> Filled:
    """Two documents of two pages: the first with all of VALUES, the second with answers that give no value."""
    set_id = sets.put_set(conn, SET)
    engine_id = sets.put_engine(conn, "scripted", "scripted:1")
    job_id = jobs.create(conn, set_id, engine_id)
    ids = []
    for name in ("first", "second"):
        row = DocumentRow(0, name.ljust(64, "0"), "application/pdf", 2, None, "", False, f"/in/{name}.pdf", 9, 0.0)
        document_id = documents.put(conn, row)
        key = Key(document_id, set_id, engine_id)
        jobs.add_document(conn, job_id, row.path, key)
        tasks.plan(conn, key, 2, job_id)
        ids.append(document_id)
    told = Signals(said=0.9, logprob=-0.25, looked=True)
    answered = [
        Answer(0, q, "ok", VALUES[q.key], confidence=0.9, found_on=2, signals=told, steps=("closer",))
        for q in SET.questions
    ]
    given = [(ids[0], answer) for answer in answered]
    given += [(ids[0], Answer(2, q, "ok", VALUES[q.key])) for q in SET.page_questions(2)]
    given += [(ids[1], Answer(0, q, "absent")) for q in SET.questions]
    give(conn, Filled(set_id, engine_id, tuple(ids)), given)
    for number, words in ((1, "The quick brown fox, INV-2024/001"), (2, "Grüße aus Köln und 1021.91 GBP")):
        conn.execute(insert(page_texts).values(document_id=ids[0], number=number, source="layer", text=words))
    return Filled(set_id, engine_id, tuple(ids))


def give(conn: Connection, filled: Filled, given: list[tuple[int, Answer]]) -> None:
    """Store answers and show them."""
    question_ids = answers.question_ids(conn, filled.set_id)
    found = answers.save(conn, filled.engine_id, question_ids, given)
    answers.show(conn, SET.name, list(found.values()))


def review(conn: Connection, document_id: int, key: str, status: str, value: str | None) -> None:
    """Say as a person what an answer is."""
    kind = next(question.kind for question in SET.questions if question.key == key)
    row = {"document_id": document_id, "number": 0, "set_name": SET.name, "key": key, "kind": kind}
    conn.execute(insert(reviews).values(**row, status=status, value=value, reviewer="me", created_at=now()))
