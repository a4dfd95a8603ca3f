"""`docproc generate` against a server that says what a teacher would, on both databases."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from PIL import Image

from docproc.core.errors import Conflict, EngineUnavailable, NotFound, UsageError
from docproc.core.prompts import SYSTEM
from docproc.imaging.store import ImageStore
from docproc.service.dataset.split import Split
from docproc.service.generate.generate import Made, Order, generate, journal_of
from docproc.service.generate.journal import Journal
from docproc.service.generate.kinds import KINDS
from docproc.service.parts import Parts
from docproc.service.run import run
from docproc.training.samples import samples
from tests.e2e.conftest import make_pdf
from tests.engines.openai.faulty import Answer, Faulty, completion, error, serving

ALL = Split(100, 0, 0)
TEXT = "Dear Sir, the total of 812.50 EUR is due on 2024-03-01. Yours, Anna Example, Example Street 1, Exampletown"
SAID: dict[str, list[dict[str, str]]] = {
    "detail": [{"answer": "A letter from Anna Example about 812.50 EUR."}],
    "reasoning": [{"question": "Is it much?", "answer": "812.50 EUR is more than 100 EUR."}],
    "conversation": [
        {"question": "Who wrote it?", "answer": "Anna Example."},
        {"question": "Where does she live?", "answer": "In Exampletown."},
    ],
    "creative": [{"question": "Write a headline.", "answer": "Anna wants her money."}],
    "qa": [
        {"question": "What is the total?", "quote": "the total of 812.50 EUR is due", "answer": "812.50 EUR"},
        {"question": "What is the VAT number?", "quote": "VAT DE999", "answer": "DE999"},
        {"question": "what is the TOTAL", "quote": "the total of 812.50 EUR is due", "answer": "812.50 EUR"},
    ],
}


def kind_of(body: dict[str, Any]) -> str:
    """The kind that a request asks for."""
    text = body["messages"][-1]["content"][-1]["text"]
    return next(name for name, kind in KINDS.items() if kind.text(4) == text)


def teach(body: dict[str, Any], number: int) -> Answer:
    return completion(json.dumps({"items": SAID[kind_of(body)]}))


def made(parts: Parts, server: Faulty, out: Path, *documents: Path | str, **order: Any) -> Made:
    teacher = {"base_url": server.url, "patience": "2", "timeout": "5", "page_tokens": "600", "overview_tokens": "200"}
    wanted = Order([str(document) for document in documents], **{"split": ALL, **order})
    return generate(parts, teacher, wanted, out)


@pytest.fixture
def parts(letters: Parts) -> Parts:
    letters.database.upgrade()
    return letters


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    return make_pdf(tmp_path / "letter.pdf", [TEXT])


def test_every_kind_becomes_conversations_about_the_page(parts: Parts, letter: Path, tmp_path: Path) -> None:
    with serving(teach) as server:
        done = made(parts, server, tmp_path / "out", letter)
    found = {sample.id.rpartition("-")[2]: sample for sample in samples(tmp_path / "out", "train")}
    assert set(found) == set(KINDS)
    assert [turn.said for turn in found["conversation"].turns] == ["Anna Example.", "In Exampletown."]
    assert (found["conversation"].independent, found["qa"].independent, found["qa"].system) == (False, True, SYSTEM)
    (answered,) = found["qa"].turns
    assert answered.said == '{"value":"812.50 EUR"}'
    assert answered.human.startswith("What is the total?\nAnswer with the text exactly as printed")
    assert all(ImageStore(tmp_path / "out" / "images").has(sample.image) for sample in found.values())
    assert done.manifest["teacher"] == "Qwen3-VL-tiny"
    assert done.manifest["splits"]["train"]["documents"] == 1
    assert done.manifest["spent"] == {"requests": 5, "tokens": 5 * 107}


def test_what_stands_nowhere_on_the_page_and_what_says_the_same_is_dropped_and_told(
    parts: Parts, letter: Path, tmp_path: Path
) -> None:
    with serving(teach) as server:
        done = made(parts, server, tmp_path / "out", letter, kinds=["qa"])
    assert done.manifest["skipped"] == {"that say what another one says": 1, "that stand nowhere on the page": 1}
    line = json.loads((tmp_path / "out" / "train.jsonl").read_text())
    (((number, left, top, right, bottom),),) = line["docproc"]["boxes"]
    assert number == 1
    assert 0 < left < right < 1
    assert 0 < top < bottom < 0.3


def test_the_page_is_shown_as_docproc_shows_pages_and_the_reply_held_to_a_schema(
    parts: Parts, letter: Path, tmp_path: Path
) -> None:
    with serving(teach) as server:
        made(parts, server, tmp_path / "out", letter, kinds=["qa", "detail"])
    for body in server.requests:
        *images, _ = body["messages"][1]["content"]
        assert [part["type"] for part in images] == ["image_url"] * len(images)
        assert len(images) > 1  # an overview and close-ups
        assert body["response_format"]["json_schema"]["schema"] == KINDS[kind_of(body)].schema(4)


def test_started_again_it_asks_nothing_twice(parts: Parts, letter: Path, tmp_path: Path) -> None:
    with serving(teach) as server:
        made(parts, server, tmp_path / "out", letter, kinds=["qa"])
        made(parts, server, tmp_path / "out", letter, kinds=["qa"], replace=True)
        assert len(server.requests) == 1
        made(parts, server, tmp_path / "out", letter, kinds=["qa", "detail"], replace=True)
        assert [kind_of(body) for body in server.requests] == ["qa", "detail"]


def test_a_server_that_goes_away_loses_nothing_that_was_paid_for(parts: Parts, tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path / "long.pdf", [f"{TEXT} page {number}" for number in range(6)])

    def failing(body: dict[str, Any], number: int) -> Answer:
        return teach(body, number) if number <= 3 else error(503, "no capacity")

    with serving(failing) as server, pytest.raises(EngineUnavailable):
        made(parts, server, tmp_path / "out", pdf, kinds=["creative"], at_once=1)
    assert not (tmp_path / "out").exists()
    with serving(teach) as server:
        done = made(parts, server, tmp_path / "out", pdf, kinds=["creative"], at_once=1)
        assert len(server.requests) == 3
    assert done.manifest["splits"]["train"]["conversations"] == 6


def test_a_line_that_a_kill_cut_off_is_asked_again(parts: Parts, letter: Path, tmp_path: Path) -> None:
    with serving(teach) as server:
        made(parts, server, tmp_path / "out", letter, kinds=["qa", "detail"], at_once=1)
        journal = journal_of(tmp_path / "out")
        journal.write_bytes(journal.read_bytes()[:-20])
        made(parts, server, tmp_path / "out", letter, kinds=["qa", "detail"], at_once=1, replace=True)
        assert len(server.requests) == 3


@pytest.mark.parametrize("budget", [{"requests": 2}, {"tokens": 150}])
def test_a_budget_ends_it_and_a_larger_one_goes_on(parts: Parts, tmp_path: Path, budget: dict[str, int]) -> None:
    pdf = make_pdf(tmp_path / "long.pdf", [f"{TEXT} page {number}" for number in range(5)])
    with serving(teach) as server:
        done = made(parts, server, tmp_path / "out", pdf, kinds=["creative"], at_once=1, **budget)
        assert (done.left, len(server.requests)) == (3, 2)
        done = made(parts, server, tmp_path / "out", pdf, kinds=["creative"], at_once=1, replace=True)
        assert (done.left, len(server.requests)) == (0, 5)


def test_no_more_requests_than_wanted_are_on_their_way(parts: Parts, tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path / "long.pdf", [f"{TEXT} page {number}" for number in range(8)])
    both = threading.Barrier(2)

    def in_pairs(body: dict[str, Any], number: int) -> Answer:
        both.wait(20)  # comes back only when two are on their way at once
        return teach(body, number)

    with serving(in_pairs) as server:
        made(parts, server, tmp_path / "out", pdf, kinds=["creative"], at_once=2)
        assert server.most == 2


@pytest.mark.parametrize("reply", ["I would rather not.", '{"items": []}', '{"items": [{"question": "Who?"}]}', "{"])
def test_a_reply_that_is_not_of_the_form_is_asked_for_once_more_and_then_left(
    parts: Parts, letter: Path, tmp_path: Path, reply: str
) -> None:
    def stubborn(body: dict[str, Any], number: int) -> Answer:
        return completion(reply) if kind_of(body) == "creative" else teach(body, number)

    with serving(stubborn) as server:
        done = made(parts, server, tmp_path / "out", letter, kinds=["creative", "detail"])
    assert len(server.requests) == 3
    assert len({body["seed"] for body in server.requests}) == 3
    assert done.manifest["skipped"] == {"to which no reply of the form came": 1}


def test_a_reply_in_a_fence_is_read(parts: Parts, letter: Path, tmp_path: Path) -> None:
    def fenced(body: dict[str, Any], number: int) -> Answer:
        return completion("Here you are:\n```json\n" + json.dumps({"items": SAID["creative"]}) + "\n```")

    with serving(fenced) as server:
        made(parts, server, tmp_path / "out", letter, kinds=["creative"])
    assert len(samples(tmp_path / "out", "train")) == 1


def test_scans_are_read_so_that_answers_can_be_looked_up(parts: Parts, tmp_path: Path) -> None:
    with pymupdf.open(make_pdf(tmp_path / "letter.pdf", [TEXT])) as document:
        document[0].get_pixmap(dpi=150).save(tmp_path / "scan.png")
    with serving(teach) as server:
        done = made(parts, server, tmp_path / "out", tmp_path / "scan.png", kinds=["qa"])
    assert done.manifest["splits"]["train"]["qa"] == 1
    assert done.manifest["skipped"]["that stand nowhere on the page"] == 1


def test_a_document_that_docproc_knows_is_named_as_elsewhere(parts: Parts, letter: Path, tmp_path: Path) -> None:
    for _ in run(parts, [str(letter)], "letters", "scripted"):
        pass
    letter.rename(tmp_path / "moved.pdf")
    with serving(teach) as server:
        made(parts, server, tmp_path / "out", "letter.pdf", kinds=["qa"])
        with pytest.raises(NotFound, match=r"nothing\.pdf"):
            made(parts, server, tmp_path / "other", "nothing.pdf")


def test_a_document_named_twice_is_asked_about_once_and_blank_pages_never(parts: Parts, tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path / "a.pdf", [TEXT, ""])
    (tmp_path / "b.pdf").write_bytes(pdf.read_bytes())
    with serving(teach) as server:
        made(parts, server, tmp_path / "out", pdf, tmp_path / "b.pdf", kinds=["detail"])
        assert len(server.requests) == 1


def test_nothing_that_can_be_used_is_an_error_that_says_why(parts: Parts, letter: Path, tmp_path: Path) -> None:
    def lying(body: dict[str, Any], number: int) -> Answer:
        return completion(json.dumps({"items": [{"question": "Who?", "quote": "Bob Builder", "answer": "Bob"}]}))

    with serving(lying) as server, pytest.raises(UsageError, match="1 that stand nowhere on the page"):
        made(parts, server, tmp_path / "out", letter, kinds=["qa"])
    assert not (tmp_path / "out").exists()


def test_what_is_wrong_is_said_before_anything_is_asked(parts: Parts, letter: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    Image.new("L", (8, 8)).save(tmp_path / "full" / "a.png")
    wrong: list[tuple[Callable[[Faulty], Made], str]] = [
        (lambda server: made(parts, server, tmp_path / "out", letter, kinds=["poems"]), "poems"),
        (lambda server: made(parts, server, tmp_path / "full", letter), "no dataset"),
        (lambda server: made(parts, server, tmp_path / "out", tmp_path), "is a folder"),
    ]
    with serving(teach, models=("one",)) as server:
        for call, reason in wrong:
            with pytest.raises(UsageError, match=reason):
                call(server)
        assert not server.requests
    with serving(teach, models=("one", "two")) as server, pytest.raises(UsageError, match="--teacher-model"):
        made(parts, server, tmp_path / "out", letter)


def test_a_journal_belongs_to_one_process_at_a_time_and_nothing_else_is_taken_for_one(tmp_path: Path) -> None:
    with Journal(tmp_path / "a.jsonl") as journal:
        journal.add("a", {"requests": 1, "tokens": 7})
        with pytest.raises(Conflict, match="another docproc generate"):
            Journal(tmp_path / "a.jsonl").__enter__()
    with Journal(tmp_path / "a.jsonl") as again:
        assert ("a" in again, "b" in again, again.requests, again.tokens) == (True, False, 1, 7)
    (tmp_path / "b.jsonl").write_text('{"image": "a.jpg"}\n')
    with pytest.raises(UsageError, match="no journal"):
        Journal(tmp_path / "b.jsonl").__enter__()
