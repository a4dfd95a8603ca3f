"""Reviews as gold, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from docproc.core.boxes import Box, PageBox
from docproc.core.errors import NotFound
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.service.eval import reviews as verb
from docproc.service.eval.reviews import reviewed
from docproc.service.parts import Parts
from docproc.store import answers, documents, jobs, sets, tasks
from docproc.store import reviews as store
from docproc.store.documents import DocumentRow
from docproc.store.reviews import Place, Review
from docproc.store.tasks import Key

TOTAL = Question("total", "How much?", "money", scope="document")
SENDER = Question("sender", "Who?", "string")
SET = QuestionSet("letters", "Letters", (TOTAL, SENDER))
NEWER = QuestionSet("letters", "Letters", (replace(TOTAL, ask="How much is it?"), SENDER))


class Desk:
    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.ids: dict[int, int] = {}

    def answered(self, number: int, engine: str, asked: QuestionSet, given: list[Answer]) -> None:
        """An engine answered document `number`."""
        with self.parts.database.write() as conn:
            set_id, engine_id = sets.put_set(conn, asked), sets.put_engine(conn, engine.partition(":")[0], engine)
            job_id = jobs.create(conn, set_id, engine_id)
            row = DocumentRow(0, f"{number:064x}", "application/pdf", 1, None, "", False, f"/in/{number}.pdf", 9, 0.0)
            self.ids[number] = documents.put(conn, row)
            tasks.plan(conn, Key(self.ids[number], set_id, engine_id), 1, job_id)
            question_ids = answers.question_ids(conn, set_id)
            answers.save(conn, engine_id, question_ids, [(self.ids[number], answer) for answer in given])

    def review(self, number: int, key: str, value: str | None, page: int = 0, **said: object) -> None:
        kind = "money" if key == "total" else "string"
        review = Review(kind, "absent" if value is None else "ok", value, "me", **said)  # type: ignore[arg-type]
        with self.parts.database.write() as conn:
            store.put(conn, Place(self.ids[number], page, "letters", key), review)


@pytest.fixture
def desk(letters: Parts) -> Desk:
    return Desk(letters)


def total(value: str | None, question: Question = TOTAL) -> Answer:
    status = "absent" if value is None else "ok"
    return Answer(0, question, status, value, confidence=0.7, boxes=(PageBox(1, Box(0, 0, 0.5, 0.5)),))  # type: ignore[arg-type]


def test_what_people_said_is_the_truth_of_every_engines_answers(desk: Desk) -> None:
    for number, value in enumerate(["1.00 EUR", "2.00", None, "4.00"]):
        desk.answered(number, "qwen:1", SET, [total(value)])
        desk.answered(number, "ocr:1", SET, [total("1.00")])
    desk.review(0, "total", "1.00")
    desk.review(1, "total", None)
    desk.review(2, "total", None)
    rows = list(reviewed(desk.parts, "letters", None))
    told = {(row.engine, row.name): (row.right, row.said, row.gold) for row in rows}
    assert told == {
        ("qwen:1", "0.pdf"): (True, "1.00 EUR", ("1.00",)),
        ("ocr:1", "0.pdf"): (True, "1.00", ("1.00",)),
        ("qwen:1", "1.pdf"): (False, "2.00", ()),
        ("ocr:1", "1.pdf"): (False, "1.00", ()),
        ("qwen:1", "2.pdf"): (True, None, ()),
        ("ocr:1", "2.pdf"): (False, "1.00", ()),
    }
    assert {row.version for row in rows} == {SET.version}
    assert rows[0].id == f"{0:064x}/0/letters.total"
    assert rows[0].boxes == ((1, 0, 0, 0.5, 0.5),)
    assert {row.engine for row in reviewed(desk.parts, None, "qwen")} == {"qwen:1"}
    assert list(reviewed(desk.parts, "invoice", None)) == []


def test_an_engines_answer_to_the_newest_version_counts_and_says_which_it_was(desk: Desk) -> None:
    desk.answered(0, "qwen:1", SET, [total("1.00")])
    desk.answered(0, "qwen:1", NEWER, [total("2.00", NEWER.questions[0])])
    desk.answered(0, "ocr:1", SET, [total("2.00")])
    desk.review(0, "total", "2.00")
    told = {row.engine: (row.said, row.version) for row in reviewed(desk.parts, None, None)}
    assert told == {"qwen:1": ("2.00", NEWER.version), "ocr:1": ("2.00", SET.version)}


def test_pages_are_judged_by_reviews_of_pages_and_what_was_merged_from_them_is_not_gold(desk: Desk) -> None:
    sender = Answer(1, SENDER, "ok", "ACME", confidence=0.9)
    desk.answered(0, "qwen:1", SET, [sender, replace(sender, page=0, found_on=1)])
    desk.review(0, "sender", "ACNE Limited", page=1)
    desk.review(0, "sender", "ACNE Limited", merged=0.9)
    (row,) = reviewed(desk.parts, None, None)
    assert (row.page, row.right) == (1, False)


def test_boxes_that_a_reviewer_drew_measure_the_evidence(desk: Desk) -> None:
    desk.answered(0, "qwen:1", SET, [total("1.00")])
    desk.review(0, "total", "1.00", boxes=(PageBox(1, Box(0, 0, 0.5, 1.0)),))
    (row,) = reviewed(desk.parts, None, None)
    assert row.scores["evidence_iou"] == pytest.approx(0.5)


def test_all_reviews_are_read_however_few_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "_CHUNK", 3)
    for number in range(10):
        desk.answered(number, "qwen:1", SET, [total("1.00")])
        desk.review(number, "total", "1.00")
    assert [row.name for row in reviewed(desk.parts, None, None)] == [f"{number}.pdf" for number in range(10)]


def test_an_engine_that_never_answered_is_said_so(desk: Desk) -> None:
    with pytest.raises(NotFound, match="'qwen' has not answered anything here"):
        reviewed(desk.parts, None, "qwen")
