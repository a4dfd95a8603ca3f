"""What people say of answers stands above them, follows from pages to the document, and can be taken back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text

from docproc.core.errors import Conflict, NotFound, UsageError
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.store import answers, documents, review_merge, review_queue, reviewing, sets, standing
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.jobs import add_document, create
from docproc.store.review_queue import Sought
from docproc.store.reviewing import Done, Say
from docproc.store.standing import Standing
from docproc.store.tables import answers as answer_table
from docproc.store.tasks import Key, plan
from tests.store.filled import SET, fill

FIRST, SECOND = "first".ljust(64, "0"), "second".ljust(64, "0")
BILL = QuestionSet(
    "bill",
    "Bills",
    (
        Question("total", "How much?", "money", merge="best"),
        Question("sum", "How much in all?", "money", merge="sum"),
        Question("title", "What is it?", "string", scope="document"),
    ),
)


def say(database: Database, key: str, action: Any, value: Any = None, **more: Any) -> Done:
    said = Say(FIRST, 0, "invoice", key, action, "ann", value)
    return database.insist(lambda conn: reviewing.say(conn, replace(said, **more)))


def undo(database: Database, reviewer: str = "ann", log_id: int | None = None) -> Done:
    return database.insist(lambda conn: reviewing.undo(conn, reviewer, log_id))


def view(database: Database, column: str, name: str = "invoice", page: int | None = None) -> Any:
    where = "" if page is None else f" AND page = {page}"
    with database.read() as conn:
        return conn.execute(text(f"SELECT {column} FROM {name} WHERE document LIKE 'first%'{where}")).scalar_one()


def looked_at(database: Database, number: int, key: str, set_name: str = "invoice") -> Standing:
    with database.read() as conn:
        found = standing.of_numbers(conn, 1, [number], set_name)
    return next(one for one in found if one.place.key == key)


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as conn:
        fill(conn)
    return database


def bills(database: Database, *pages: dict[str, Answer]) -> None:
    """A document with a page per mapping of answers, merged as the worker merges them."""
    from docproc.core.merge import merge

    with database.write() as conn:
        set_id, engine_id = sets.put_set(conn, BILL), sets.put_engine(conn, "scripted", "scripted:1")
        row = DocumentRow(0, FIRST, "application/pdf", len(pages), None, "", False, "/in/first.pdf", 9, 0.0)
        document_id, job = documents.put(conn, row), create(conn, set_id, engine_id)
        add_document(conn, job, row.path, Key(document_id, set_id, engine_id))
        plan(conn, Key(document_id, set_id, engine_id), len(pages), job)
        given = [answer for page in pages for answer in page.values()]
        for question in BILL.questions:
            told = [page[question.key] for page in pages if question.key in page]
            given.append(merge(question, told) if question.scope == "page" else Answer(0, question, "ok", "Bill"))
        ids = answers.save(conn, engine_id, answers.question_ids(conn, set_id), [(document_id, one) for one in given])
        answers.show(conn, "bill", list(ids.values()))


def page(number: int, total: str, confidence: float = 0.5) -> dict[str, Answer]:
    return {q.key: Answer(number, q, "ok", total, confidence=confidence) for q in BILL.questions[:2]}


def test_a_correction_is_shown_by_the_views_and_changes_no_answer(filled: Database) -> None:
    with filled.read() as conn:
        before = conn.execute(select(answer_table).order_by(answer_table.c.id)).all()
    done = say(filled, "seller", "correct", "Bolts Ltd")
    assert view(filled, "seller") == "Bolts Ltd"
    assert (done.standing.review and done.standing.review.reviewer) == "ann"
    with filled.read() as conn:
        assert conn.execute(select(answer_table).order_by(answer_table.c.id)).all() == before


@pytest.mark.parametrize(
    ("key", "value", "canonical"),
    [
        ("total", "1.234,50 €", "1234.50 EUR"),
        ("total", 12, "12.00"),
        ("copies", "7", "7"),
        ("issued", "3 May 2021", "2021-05-03"),
        ("paid", "no", "false"),
        ("form", "Letter", "letter"),
        ("tags", ["a", "b"], '["a","b"]'),
        ("tags", "a\nb", '["a","b"]'),
        ("days", ["2021-05-03"], '["2021-05-03"]'),
        (
            "lines",
            [{"name": "Nut", "amount": "2,50 EUR"}],
            '[{"id":null,"name":"Nut","amount":"2.50 EUR","path":null}]',
        ),
        ("found", [{"page": 1, "grid": [["a", "b"]]}], None),
    ],
)
def test_a_typed_value_is_made_canonical(filled: Database, key: str, value: Any, canonical: str | None) -> None:
    done = say(filled, key, "correct", value)
    assert done.standing.review is not None
    assert done.standing.review.status == "ok"
    assert canonical is None or done.standing.review.value == canonical


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("total", "a lot", "'total' is a money"),
        ("form", "book", "is not one of: letter, slip"),
        ("issued", "someday", "'issued' is a date"),
        ("lines", [{"name": "Nut", "amount": "cheap"}], "row 1, amount is a money"),
        ("lines", [{"name": "Nut"}, {"size": 3}], 'row 2: no column "size"'),
        ("lines", ["Nut"], "row 1 is no object"),
        ("seller", None, "say absent"),
        ("seller", {"a": 1}, "'seller' is a string"),
        ("tags", [], "an empty list"),
        ("total", [[[[[[[[]]]]]]]], "'total' is a money"),
        ("lines", "[" * 5000, "'lines' is a table"),
    ],
)
def test_a_wrong_value_is_refused_by_what_is_wrong_with_it(filled: Database, key: str, value: Any, fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        say(filled, key, "correct", value)
    assert looked_at(filled, 0, key).review is None


@pytest.mark.parametrize(
    ("box", "fault"),
    [
        ([3, 0.1, 0.1, 0.2, 0.2], "page 3"),
        ([1.5, 0.1, 0.1, 0.2, 0.2], "page 1.5"),
        ([1, 0.3, 0.1, 0.2, 0.2], "fractions"),
        ([1, 0.1, 0.1, 0.2], "4 numbers"),
    ],
)
def test_a_box_outside_of_the_page_is_refused(filled: Database, box: list[float], fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        say(filled, "seller", "correct", "x", boxes=[box])


def test_boxes_and_note_are_kept(filled: Database) -> None:
    say(filled, "seller", "correct", "x", boxes=[[1, 0.1, 0.2, 0.3, 0.4]], note="so\x00 said")
    review = looked_at(filled, 0, "seller").review
    assert review is not None
    assert review.boxes is not None
    assert (review.boxes[0].page, review.boxes[0].box.x1, review.note) == (1, 0.3, "so said")


def test_what_is_accepted_is_what_stands_and_outlives_another_answer(filled: Database) -> None:
    say(filled, "seller", "accept")
    with filled.write() as conn:
        other = sets.put_engine(conn, "other", "other:1")
        given = Answer(0, SET.questions[0], "ok", "Somebody else", confidence=0.99)
        ids = answers.save(conn, other, answers.question_ids(conn, 1), [(1, given)])
        answers.show(conn, "invoice", list(ids.values()))
    assert view(filled, "seller") == "Nuts & Bolts Ltd"
    stands = looked_at(filled, 0, "seller")
    assert stands.answer is not None
    assert stands.answer.value == "Somebody else"


def test_what_is_absent_shows_nothing_and_what_is_cleared_shows_the_answer_again(filled: Database) -> None:
    say(filled, "seller", "absent")
    assert view(filled, "seller") is None
    say(filled, "seller", "clear")
    assert view(filled, "seller") == "Nuts & Bolts Ltd"
    with pytest.raises(UsageError, match="nothing to clear"):
        say(filled, "seller", "clear")


def test_what_has_no_value_cannot_be_accepted(filled: Database) -> None:
    with filled.write() as conn:
        given = Answer(0, SET.questions[0], "invalid", raw="?")
        answers.show(conn, "invoice", list(answers.save(conn, 1, answers.question_ids(conn, 1), [(1, given)]).values()))
    with pytest.raises(UsageError, match="no value to accept"):
        say(filled, "seller", "accept")


def test_who_saw_another_answer_or_review_is_told_so(filled: Database) -> None:
    seen = looked_at(filled, 0, "seller")
    say(filled, "seller", "correct", "One", answer_id=seen.answer_id, log_id=seen.log_id, reviewer="ben")
    with pytest.raises(Conflict, match="look at it again"):
        say(filled, "seller", "correct", "Two", answer_id=seen.answer_id, log_id=seen.log_id)
    for stale in ({"answer_id": 99}, {"log_id": 0}):
        with pytest.raises(Conflict):
            say(filled, "seller", "correct", "Two", **stale)
    assert view(filled, "seller") == "One"


def test_of_two_reviewers_at_once_the_second_is_told(filled: Database) -> None:
    seen = looked_at(filled, 0, "seller")
    start = threading.Barrier(4)

    def speak(name: str) -> bool:
        start.wait()
        try:
            say(filled, "seller", "correct", name, reviewer=name, answer_id=seen.answer_id, log_id=seen.log_id)
        except Conflict:
            return False
        return True

    names = ["ann", "ben", "cai", "dee"]
    with ThreadPoolExecutor(4) as pool:
        spoke = list(pool.map(speak, names))
    assert spoke.count(True) == 1
    assert view(filled, "seller") == names[spoke.index(True)]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"document": "f" * 64}, NotFound, "no document"),
        ({"set_name": "nowhere"}, NotFound, "no document was asked"),
        ({"key": "nothing"}, NotFound, "it has seller"),
        ({"number": 3, "key": "status"}, NotFound, "no page 3"),
        ({"number": 1}, UsageError, "whole document"),
        ({"action": "accept", "value": "x"}, UsageError, "takes no value"),
    ],
)
def test_what_is_not_there_cannot_be_reviewed(filled: Database, change: Any, error: Any, said: str) -> None:
    with pytest.raises(error, match=said):
        say(filled, **{"key": "seller", "action": "absent", **change})


def test_undo_restores_what_held_step_by_step(filled: Database) -> None:
    say(filled, "seller", "correct", "One")
    say(filled, "seller", "correct", "Two", reviewer="ben")
    say(filled, "seller", "absent")
    undo(filled)
    assert (view(filled, "seller"), looked_at(filled, 0, "seller").review.reviewer) == ("Two", "ben")  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="somebody has said something else since"):
        undo(filled, log_id=1)
    undo(filled, "ben")
    assert view(filled, "seller") == "One"
    undo(filled)
    assert (view(filled, "seller"), looked_at(filled, 0, "seller").review) == ("Nuts & Bolts Ltd", None)
    with pytest.raises(NotFound, match="nothing to take back"):
        undo(filled)
    with pytest.raises(Conflict):
        undo(filled, log_id=1)
    with pytest.raises(NotFound, match="no review 99"):
        undo(filled, log_id=99)


def test_clearing_can_be_undone(filled: Database) -> None:
    say(filled, "seller", "correct", "One")
    say(filled, "seller", "clear")
    undo(filled)
    assert view(filled, "seller") == "One"


def test_a_corrected_page_of_a_document_of_one_page_is_the_documents_value(database: Database) -> None:
    bills(database, page(1, "10.00 EUR"))
    said = {"set_name": "bill", "number": 1}
    say(database, "total", "correct", "12 EUR", **said)
    assert view(database, "total", "bill") == 12
    assert view(database, "total", "bill_pages", 1) == 12
    undo(database)
    assert view(database, "total", "bill") == 10


def test_in_a_document_of_one_page_reviewing_the_document_is_reviewing_the_page(database: Database) -> None:
    bills(database, page(1, "10.00 EUR"))
    seen = looked_at(database, 0, "total", "bill")
    say(database, "total", "correct", "12", set_name="bill", answer_id=seen.answer_id, log_id=seen.log_id)
    assert (view(database, "total", "bill"), view(database, "total", "bill_pages", 1)) == (12, 12)
    seen = looked_at(database, 0, "total", "bill")
    assert seen.review is not None
    assert seen.review.merged == 1.0
    say(database, "total", "correct", "13", set_name="bill", answer_id=seen.answer_id, log_id=seen.log_id)
    assert (view(database, "total", "bill"), view(database, "total", "bill_pages", 1)) == (13, 13)
    say(database, "total", "clear", set_name="bill", number=0)
    assert (view(database, "total", "bill"), view(database, "total", "bill_pages", 1)) == (10, 10)


def test_reviewed_pages_are_merged_anew_into_the_documents_value(database: Database) -> None:
    bills(database, page(1, "10.00 EUR", 0.9), page(2, "20.00 EUR", 0.5), page(3, "30.00 EUR", 0.4))
    say(database, "total", "correct", "21 EUR", set_name="bill", number=2)
    say(database, "sum", "correct", "21 EUR", set_name="bill", number=2)
    assert view(database, "total", "bill") == 21  # what a person said is the best
    assert view(database, "sum", "bill") == 61
    say(database, "sum", "absent", set_name="bill", number=3)
    assert view(database, "sum", "bill") == 31
    undo(database)
    say(database, "sum", "clear", set_name="bill", number=2)
    assert view(database, "sum", "bill") == 60


def test_what_is_said_of_the_document_stands_above_its_pages(database: Database) -> None:
    bills(database, page(1, "10.00 EUR", 0.9), page(2, "20.00 EUR"))
    say(database, "total", "correct", "5 EUR", set_name="bill")
    say(database, "total", "correct", "21 EUR", set_name="bill", number=2)
    assert view(database, "total", "bill") == 5
    say(database, "total", "clear", set_name="bill")
    assert view(database, "total", "bill") == 21
    with pytest.raises(UsageError, match="follows from those of the document's pages"):
        say(database, "total", "clear", set_name="bill")


def test_a_page_that_no_engine_answered_can_be_told(database: Database) -> None:
    bills(database, page(1, "10.00 EUR", 0.9), {})
    say(database, "sum", "correct", "5 EUR", set_name="bill", number=2)
    assert view(database, "sum", "bill") == 15
    assert looked_at(database, 2, "sum", "bill").answer is None


def test_new_answers_of_other_pages_join_what_follows_from_a_review(database: Database) -> None:
    bills(database, page(1, "10.00 EUR", 0.9), page(2, "20.00 EUR"))
    say(database, "sum", "correct", "21 EUR", set_name="bill", number=2)
    with database.write() as conn:
        other = sets.put_engine(conn, "other", "other:1")
        given = Answer(1, BILL.questions[1], "ok", "11.00 EUR")
        ids = answers.save(conn, other, answers.question_ids(conn, 1), [(1, given)])
        answers.show(conn, "bill", list(ids.values()))
        review_merge.follow_answers(conn, "bill", [1])
    assert view(database, "sum", "bill") == 32


def test_the_least_sure_answers_come_first_and_reviewed_ones_leave(database: Database) -> None:
    bills(database, page(1, "10.00 EUR", 0.3), page(2, "20.00 EUR", 0.2))

    def waiting(**sought: Any) -> list[tuple[str, int]]:
        with database.read() as conn:
            found = review_queue.least_sure(conn, Sought(**sought), None, 10)
            ahead = review_queue.least_sure(conn, Sought(**sought), found[0].mark, 10) if found else []
        assert ahead == found[1:]
        return [(one.standing.place.key, one.standing.place.number) for one in found]

    assert waiting() == [("title", 0), ("sum", 0), ("total", 0)]
    assert waiting(below=0.3) == [("title", 0), ("sum", 0)]
    assert waiting(key="total") == [("total", 0)]
    assert waiting(engine="scripted", job_id=1, set_name="bill", status="ok") == waiting()
    assert waiting(engine="other") == waiting(job_id=9) == waiting(set_name="invoice") == []
    assert len(waiting(pages=True, document_id=1)) == 7
    say(database, "title", "accept", set_name="bill")
    say(database, "total", "accept", set_name="bill", number=1)
    say(database, "sum", "accept", set_name="bill", number=1)
    assert waiting() == [("sum", 0)]  # one of its two parts is not reviewed
    assert waiting(state="reviewed") == [("title", 0), ("total", 0)]
    assert len(waiting(state="all")) == 3
