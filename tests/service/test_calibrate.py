"""Calibrating over real databases: labels from reviews and gold files, what is stored, what changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, update

from docproc import wiring
from docproc.core.confidence import confidence
from docproc.core.errors import NotFound, UsageError
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer, Signals
from docproc.service.calibrate import FEWEST, Calibrated, calibrate
from docproc.service.parts import Parts
from docproc.store import answers, calibrations, documents, jobs, sets, tasks
from docproc.store import tables as t
from docproc.store.clock import now
from docproc.store.documents import DocumentRow
from docproc.store.face_tables import reviews
from docproc.store.tasks import Key

NUMBER = Question("number", "Which number?", "string", scope="document")
TOTAL = Question("total", "How much?", "money", scope="document")
STAMP = Question("stamp", "What does the stamp say?", "string", merge="best")
SET = QuestionSet("letters", "Letters", (NUMBER, TOTAL, STAMP))


class Desk:
    """A database with documents of two pages, and an engine that is surer than it may be."""

    def __init__(self, parts: Parts, count: int = 60) -> None:
        self.parts, self.database, self.home = parts, parts.database, parts.home
        database = parts.database
        chance = Random(7)
        self.truth: list[bool] = []
        with database.write() as conn:
            self.set_id = sets.put_set(conn, SET)
            self.engine_id = sets.put_engine(conn, "qwen", "qwen:small@1")
            job_id = jobs.create(conn, self.set_id, self.engine_id)
            question_ids = answers.question_ids(conn, self.set_id)
            for index in range(count):
                sha = f"{index:064x}"
                row = DocumentRow(0, sha, "application/pdf", 2, None, "", False, f"/in/{index}.pdf", 9, 0.0)
                document_id = documents.put(conn, row)
                tasks.plan(conn, Key(document_id, self.set_id, self.engine_id), 2, job_id)
                good = chance.random() < 0.6
                self.truth.append(good)
                given = [
                    self.answer(0, NUMBER, f"N-{index}" if good else "N-0000", good, chance),
                    self.answer(0, TOTAL, "12.50 EUR", True, chance),
                    self.answer(1, STAMP, "PAID", False, chance),
                    self.answer(2, STAMP, "SENT", True, chance),
                ]
                given.append(replace(given[2], page=0, confidence=0.99, found_on=1))
                saved = answers.save(conn, self.engine_id, question_ids, [(document_id, one) for one in given])
                answers.show(conn, SET.name, list(saved.values()))

    @staticmethod
    def answer(page: int, question: Question, value: str, good: bool, chance: Random) -> Answer:
        logprob = -chance.uniform(0.0, 0.1) if good else -chance.uniform(0.03, 0.2)
        signals = Signals(logprob=logprob, least=logprob * 3, looked=True)
        evidence = "exact" if chance.random() < (0.95 if good else 0.6) else "none"
        answer = Answer(page, question, "ok", value, signals=signals, evidence=evidence)  # type: ignore[arg-type] # two levels
        return replace(answer, confidence=confidence(answer, None))

    def review(self, index: int, key: str, status: str, value: str | None) -> None:
        row = {"document_id": index + 1, "number": 0, "set_name": SET.name, "key": key, "kind": "string"}
        with self.database.write() as conn:
            conn.execute(reviews.insert().values(**row, status=status, value=value, reviewer="me", created_at=now()))

    def review_all(self, count: int = 60) -> None:
        for index in range(count):
            self.review(index, "number", "ok", f"N-{index}")

    def gold(self, lines: list[object]) -> Path:
        path = self.home / "gold.jsonl"
        path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n")
        return path

    def gold_all(self, count: int = 60) -> Path:
        return self.gold([{"document": f"{n}.pdf", "key": "number", "value": f"N-{n}"} for n in range(count)])

    def stored(self, key: str, number: int = 0) -> list[Answer]:
        question = next(question for question in SET.questions if question.key == key)
        with self.database.read() as conn:
            ids = conn.execute(select(t.documents.c.id).order_by(t.documents.c.id)).scalars()
            return [
                one
                for document_id in ids.all()
                for one in (
                    answers.of_pages(conn, document_id, question, self.engine_id)
                    if number
                    else answers.of_document(conn, document_id, [question], self.engine_id).values()
                )
                if one.page == number
            ]


@pytest.fixture
def desk(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    settings = {"DOCPROC_HOME": str(tmp_path), "DOCPROC_DATABASE_URL": database_url, "DOCPROC_ENGINE": "qwen"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    parts = wiring.assembled()
    yield Desk(parts)
    parts.database.close()


def test_reviews_teach_what_an_answer_is_worth(desk: Desk) -> None:
    desk.review_all()
    done = calibrate(desk.parts, None, None, None)
    assert (done.engine, done.labels, done.right) == ("qwen:small@1", 60, sum(desk.truth))
    assert done.after["ece"] < done.before["ece"]
    assert done.after["auroc"] > 0.7
    assert done.unmatched == ()
    with desk.database.read() as conn:
        calibration = calibrations.newest(conn, desk.engine_id)
        (row,) = conn.execute(select(t.calibrations)).all()
    assert calibration is not None
    assert calibration.method == done.method
    assert (row.labels, row.metrics) == (60, {"before": done.before, "after": done.after})
    for answer in [*desk.stored("number"), *desk.stored("total"), *desk.stored("stamp", 2)]:
        assert answer.confidence == pytest.approx(confidence(answer, calibration), abs=6e-5)


def test_a_gold_file_teaches_the_same_as_reviews_that_say_the_same(desk: Desk) -> None:
    by_gold = calibrate(desk.parts, "letters", "qwen", desk.gold_all(), "platt")
    desk.review_all()
    by_reviews = calibrate(desk.parts, None, "qwen:small@1", None, "platt")
    assert replace(by_gold, updated=0) == replace(by_reviews, updated=0)
    assert by_gold.updated > 0
    assert by_reviews.updated == 0  # nothing new was learnt


def test_the_gold_file_wins_over_reviews(desk: Desk) -> None:
    for index in range(60):
        desk.review(index, "number", "ok", "something else")
    assert calibrate(desk.parts, None, None, desk.gold_all(), "platt").right == sum(desk.truth)


def test_calibrating_twice_gives_what_calibrating_once_does(desk: Desk) -> None:
    desk.review_all()
    first = calibrate(desk.parts, None, None, None)
    before = desk.stored("number")
    again = calibrate(desk.parts, None, None, None)
    assert again == replace(first, updated=0)
    assert desk.stored("number") == before


def test_the_documents_answer_is_merged_again_from_pages_that_are_judged_anew(desk: Desk) -> None:
    assert {answer.value for answer in desk.stored("stamp")} == {"PAID"}
    desk.review_all()
    calibrate(desk.parts, None, None, None, "platt")
    pages = list(zip(desk.stored("stamp", 1), desk.stored("stamp", 2), strict=True))
    merged = desk.stored("stamp")
    expected = [max(first, second, key=lambda answer: answer.confidence) for first, second in pages]
    assert [(answer.value, answer.confidence) for answer in merged] == [(one.value, one.confidence) for one in expected]
    assert {answer.value for answer in merged} == {"PAID", "SENT"}
    with desk.database.read() as conn:
        shown = select(t.current_answers.c.value).where(
            t.current_answers.c.key == "stamp", t.current_answers.c.number == 0
        )
        views = conn.execute(shown.order_by(t.current_answers.c.document_id)).scalars().all()
    assert views == [answer.value for answer in merged]


def test_what_another_engine_said_later_stays_what_is_shown(desk: Desk) -> None:
    with desk.database.write() as conn:
        other = sets.put_engine(conn, "ocr", "ocr:1")
        ids = answers.question_ids(conn, desk.set_id)
        said = Answer(0, STAMP, "ok", "OTHER", confidence=0.5)
        answers.show(conn, SET.name, list(answers.save(conn, other, ids, [(1, said)]).values()))
    desk.review_all()
    calibrate(desk.parts, None, "qwen", None, "platt")
    with desk.database.read() as conn:
        (current,) = [one for one in answers.current(conn, 1, 0, SET.name) if one.answer.question.key == "stamp"]
        untouched = answers.of_document(conn, 1, [STAMP], other)["stamp"]
    assert (current.engine, current.answer.value) == ("ocr:1", "OTHER")
    assert untouched.confidence == 0.5


def test_answers_of_before_there_were_signals_count_by_what_their_engine_said(desk: Desk) -> None:
    with desk.database.write() as conn:
        conn.execute(update(t.answers).values(signals=None, evidence="none"))
    said = [answer.confidence for answer in desk.stored("number")]
    desk.review_all()
    calibrate(desk.parts, None, None, None, "isotonic")
    assert [answer.signals.said for answer in desk.stored("number")] == said
    once = desk.stored("number")
    calibrate(desk.parts, None, None, None, "isotonic")
    assert desk.stored("number") == once


def test_an_absent_answer_is_right_where_the_truth_is_absent(desk: Desk) -> None:
    with desk.database.write() as conn:
        conn.execute(update(t.answers).where(t.answers.c.document_id <= 10).values(status="absent", value=None))
    lines: list[object] = [{"document": f"{n}.pdf", "key": "number", "value": None} for n in range(5)]
    lines += [{"document": f"{n}.pdf", "key": "number", "value": f"N-{n}"} for n in range(5, 60)]
    done = calibrate(desk.parts, None, None, desk.gold(lines), "platt")
    assert done.right == 5 + sum(desk.truth[10:])


def test_answers_that_say_neither_a_value_nor_absent_are_no_labels(desk: Desk) -> None:
    with desk.database.write() as conn:
        conn.execute(update(t.answers).where(t.answers.c.document_id <= 10).values(status="invalid", value=None))
    desk.review_all()
    assert calibrate(desk.parts, None, None, None, "platt").labels == 50
    assert all(answer.confidence == 0 for answer in desk.stored("number")[:10])


def test_gold_values_may_be_as_printed_and_documents_named_in_any_way(desk: Desk) -> None:
    lines: list[object] = [{"document": f"{n:064x}", "key": "total", "value": "€ 12,50"} for n in range(1, 20)]
    lines += [{"document": f"/in/{n}.pdf", "key": "total", "value": "13.50 EUR"} for n in range(20, 40)]
    lines += [{"document": "40.pdf", "key": "stamp", "page": 2, "value": "sent"}]
    done = calibrate(desk.parts, "letters", None, desk.gold(lines), "platt")
    assert (done.labels, done.right) == (40, 20)


def test_gold_lines_that_match_no_answer_are_named(desk: Desk) -> None:
    lines: list[object] = [{"document": f"{n}.pdf", "key": "number", "value": f"N-{n}"} for n in range(60)]
    lines += ["", {"document": "strange.pdf", "key": "number", "value": "1"}]
    lines += [
        {"document": "1.pdf", "key": "weight", "value": "1"},
        {"document": "1.pdf", "key": "number", "page": 9, "value": "1"},
    ]
    done = calibrate(desk.parts, None, None, desk.gold(lines), "platt")
    assert done.labels == 60
    assert [reason.split(":")[0] for reason in done.unmatched] == [
        "gold.jsonl, line 62",
        "gold.jsonl, line 63",
        "gold.jsonl, line 64",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nonsense", "line 1 is not JSON"),
        ({"document": "1.pdf", "key": "number"}, "line 1 lacks something"),
        ([1], "line 1 lacks something"),
        ({"document": "1.pdf", "key": "number", "value": "x", "page": "two"}, "page is 'two'"),
        ({"document": "1.pdf", "key": "total", "value": "much"}, "'much' is no money"),
        ({"document": "00000000", "key": "number", "value": "x"}, "20 documents are called"),
    ],
)
def test_a_gold_line_with_a_fault_is_refused_with_its_place(desk: Desk, line: object, reason: str) -> None:
    with pytest.raises(UsageError, match="line 1") as error:
        calibrate(desk.parts, None, None, desk.gold([line]))
    assert reason in str(error.value)


def test_a_gold_file_that_is_not_there_is_said_so(desk: Desk) -> None:
    with pytest.raises(UsageError, match=r"gone\.jsonl cannot be read"):
        calibrate(desk.parts, None, None, desk.home / "gone.jsonl")


def test_too_few_labels_are_refused_with_what_is_needed(desk: Desk) -> None:
    desk.review_all(12)
    with pytest.raises(UsageError, match=f"12 labelled answers.*needs {FEWEST} at least.*--gold"):
        calibrate(desk.parts, None, None, None)
    with pytest.raises(UsageError, match="0 labelled answers"):
        calibrate(desk.parts, "other", None, None)
    with desk.database.read() as conn:
        assert calibrations.newest(conn, desk.engine_id) is None


def test_labels_of_one_sort_alone_are_refused(desk: Desk) -> None:
    lines: list[object] = [{"document": f"{n}.pdf", "key": "total", "value": "12.50 EUR"} for n in range(60)]
    with pytest.raises(UsageError, match=r"60 right and 0 wrong.*label more of the answers that are wrong"):
        calibrate(desk.parts, None, None, desk.gold(lines))


def test_labels_that_teach_nothing_are_not_stored_unless_a_method_is_named(desk: Desk) -> None:
    chance = Random(5)
    with desk.database.write() as conn:  # an engine that knows how sure it may be
        for index in range(60):
            sure = 0.97 if desk.truth[index] else 0.03
            values = {"signals": {"said": sure + chance.uniform(-0.02, 0.02)}, "evidence": "none"}
            conn.execute(update(t.answers).where(t.answers.c.document_id == index + 1).values(**values))
    desk.review_all()
    with pytest.raises(UsageError, match="no calibration can be learnt"):
        calibrate(desk.parts, None, None, None)
    assert isinstance(calibrate(desk.parts, None, None, None, "isotonic"), Calibrated)


def test_an_unknown_engine_or_method_is_said_so(desk: Desk) -> None:
    with pytest.raises(NotFound, match="'openai' has not answered anything"):
        calibrate(desk.parts, None, "openai", None)
    with pytest.raises(UsageError, match="auto, isotonic, platt"):
        calibrate(desk.parts, None, None, None, "guessing")


def test_of_several_models_of_an_engine_the_one_that_answered_last_is_meant(desk: Desk) -> None:
    with desk.database.write() as conn:
        newer = sets.put_engine(conn, "qwen", "qwen:small@2")
        ids = answers.question_ids(conn, desk.set_id)
        answers.save(conn, newer, ids, [(n + 1, Answer(0, NUMBER, "ok", f"N-{n}", confidence=0.5)) for n in range(60)])
    desk.review_all()
    with pytest.raises(UsageError, match="60 right and 0 wrong"):
        calibrate(desk.parts, None, "qwen", None)
    assert calibrate(desk.parts, None, "qwen:small@1", None).engine == "qwen:small@1"
