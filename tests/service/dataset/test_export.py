"""`docproc dataset`: what is exported of reviews and sure answers, on both databases."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from docproc.core.errors import NotFound, UsageError
from docproc.core.prompts import SYSTEM, question_text
from docproc.imaging.store import ImageStore
from docproc.service.dataset.export import Exported, Options, export
from docproc.service.dataset.split import Split, split_of
from docproc.service.parts import Parts
from docproc.service.questions import resolve_set
from docproc.service.review import Say, say
from docproc.service.run import run
from docproc.training.samples import Sample, samples
from tests.e2e.conftest import make_pdf

ALL = Split(100, 0, 0)


def text(number: int) -> str:
    return f"Dear Sir, the total of {number}.50 EUR is due. Yours, Anna Example, Example Street {number}, Exampletown"


@pytest.fixture
def asked(letters: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    """Four letters, the last of two pages, asked of an engine that knows the sender and doubts the total."""
    rules = [
        {"key": "sender", "value": "Anna Example", "confidence": 0.99},
        {"key": "total", "value": 1.5, "quote": "1.50", "confidence": 0.4},
    ]
    (tmp_path / "script.json").write_text(json.dumps({"rules": rules}))
    monkeypatch.setenv("DOCPROC_SCRIPTED_SCRIPT", str(tmp_path / "script.json"))
    for number in (1, 2, 3):
        make_pdf(tmp_path / "in" / f"{number}.pdf", [text(number)])
    make_pdf(tmp_path / "in" / "4.pdf", [text(4), text(5)])
    letters.database.upgrade()
    for _ in run(letters, [str(tmp_path / "in")], "letters", "scripted"):
        pass
    return letters


def sha256(parts: Parts, name: str) -> str:
    with parts.database.read() as conn:
        from docproc.store import documents

        (row,) = documents.matching(conn, name)
    return row.sha256


def review(parts: Parts, name: str, key: str, value: Any = None, number: int = 1) -> None:
    action: Any = "absent" if value is None else "correct"
    say(parts, Say(sha256(parts, name), number, "letters", key, action, "anna", value))


def made(parts: Parts, folder: Path, **options: Any) -> Exported:
    return export(parts, Options("letters", **{"split": ALL, **options}), folder / "out")


def said(sample: Sample) -> list[dict[str, Any]]:
    return [json.loads(turn.said) for turn in sample.turns]


def test_reviewed_answers_of_a_page_are_one_line_in_the_order_of_the_set(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "12.50 EUR")
    review(asked, "1.pdf", "sender", "Anna B. Example")
    done = made(asked, tmp_path)
    (sample,) = samples(tmp_path / "out", "train")
    questions = resolve_set(asked, "letters").questions
    assert [turn.human for turn in sample.turns] == [question_text(question) for question in questions]
    assert [turn.said for turn in sample.turns] == [
        '{"value":"Anna B. Example"}',
        '{"quote":"12.50","value":"12.50 EUR"}',
    ]
    assert (sample.independent, sample.system, sample.turn) == (True, SYSTEM, 0)
    assert ImageStore(tmp_path / "out" / "images").has(sample.image)
    assert done.manifest["splits"]["train"] == {
        "absent": 0,
        "conversations": 1,
        "documents": 1,
        "review": 2,
        "turns": 2,
    }
    assert done.manifest["set"]["name"] == "letters"


def test_the_quote_is_as_printed_where_the_page_has_the_value(asked: Parts, tmp_path: Path) -> None:
    review(asked, "2.pdf", "total", "2.5 EUR")
    made(asked, tmp_path)
    (sample,) = samples(tmp_path / "out", "train")
    assert said(sample) == [{"quote": "2.50", "value": "2.50 EUR"}]


def test_what_the_page_does_not_tell_is_taught_as_null(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total")
    made(asked, tmp_path)
    assert said(samples(tmp_path / "out", "train")[0]) == [{"quote": None, "value": None}]


def test_a_value_of_the_document_is_taught_on_the_page_that_it_was_found_on(asked: Parts, tmp_path: Path) -> None:
    where = [[2, 0.1, 0.1, 0.5, 0.2]]
    say(asked, Say(sha256(asked, "4.pdf"), 0, "letters", "total", "correct", "anna", "5.50 EUR", where))
    done = made(asked, tmp_path)
    (sample,) = samples(tmp_path / "out", "train")
    assert (sample.id.rpartition("-")[2], said(sample)) == ("2", [{"quote": "5.50", "value": "5.50 EUR"}])
    assert done.manifest["skipped"] == {}


def test_a_value_of_the_document_whose_page_nobody_told_is_left_out_and_told(asked: Parts, tmp_path: Path) -> None:
    review(asked, "4.pdf", "total", "9.99 EUR", number=0)
    with pytest.raises(UsageError, match=r"1 of no known page.*review"):
        made(asked, tmp_path)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_what_follows_from_a_pages_review_is_not_taught_twice(asked: Parts, tmp_path: Path) -> None:
    review(asked, "4.pdf", "total", "4.50 EUR", number=1)
    made(asked, tmp_path)
    assert [(sample.id[-2:], len(sample.turns)) for sample in samples(tmp_path / "out", "train")] == [("-1", 1)]


def test_sure_and_verified_answers_come_in_only_when_they_are_wanted(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "1.50 EUR")
    assert made(asked, tmp_path).manifest["splits"]["train"]["turns"] == 1
    done = made(asked, tmp_path, confident=0.9, replace=True)
    assert done.manifest["splits"]["train"] == {
        "absent": 0,
        "confident": 5,
        "conversations": 5,
        "documents": 4,
        "review": 1,
        "turns": 6,
    }
    assert list(done.manifest["engines"].values()) == [6]


def test_replayed_pages_are_of_documents_that_nobody_reviewed_and_train_only(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "1.50 EUR")
    for number in range(20):  # whatever the seed, no replayed page is held out
        split = Split(50, 25, 25, seed=number)
        if split.of(sha256(asked, "1.pdf")) != "train":
            continue
        done = made(asked, tmp_path, replay=2, split=split, replace=True)
        train = done.manifest["splits"]["train"]
        assert train.get("replay", 0) == train["turns"] - 1 <= 2
        assert not done.manifest["splits"]["validation"]
        replayed = [sample.id for sample in samples(tmp_path / "out", "train")[1:]]
        assert not any(name.startswith(sha256(asked, "1.pdf")) for name in replayed)
        assert all(split.of(name.partition("-")[0]) == "train" for name in replayed)


def test_fewer_pages_to_replay_than_were_wanted_are_told(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "1.50 EUR")
    done = made(asked, tmp_path, replay=50)  # of three documents, one of two pages
    assert done.manifest["splits"]["train"]["replay"] == 4
    assert done.manifest["skipped"] == {"pages to replay, of which there are no more": 46}


def test_only_the_answers_of_the_engine_that_is_named_count_as_sure(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "1.50 EUR")
    for _ in run(asked, [str(tmp_path / "in")], "letters", "ocr"):
        pass
    done = made(asked, tmp_path, confident=0.9, engine="scripted")
    assert done.manifest["splits"]["train"]["confident"] == 5
    with pytest.raises(NotFound, match="qwen"):
        made(asked, tmp_path, engine="qwen", replace=True)


def test_the_same_reviews_give_the_same_bytes(asked: Parts, tmp_path: Path) -> None:
    for name in ("1.pdf", "2.pdf", "3.pdf"):
        review(asked, name, "total", "12.50 EUR")
    names = [sha256(asked, f"{number}.pdf") for number in (1, 2, 3)]
    splits = (Split(34, 33, 33, seed=seed) for seed in range(1000))
    split = next(split for split in splits if len({split.of(name) for name in names}) == 3)
    first = made(asked, tmp_path, split=split)
    before = contents(tmp_path / "out")
    second = made(asked, tmp_path, split=split, replace=True)
    assert contents(tmp_path / "out") == before
    assert first.manifest == second.manifest


def contents(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_images_that_are_gone_are_drawn_again(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "12.50 EUR")
    shutil.rmtree(tmp_path / "home" / "images")
    made(asked, tmp_path)
    (sample,) = samples(tmp_path / "out", "train")
    assert ImageStore(tmp_path / "out" / "images").has(sample.image)


def test_a_page_that_cannot_be_drawn_any_more_is_left_out_and_told(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "12.50 EUR")
    review(asked, "2.pdf", "total", "12.50 EUR")
    shutil.rmtree(tmp_path / "home" / "images")
    (tmp_path / "in" / "1.pdf").unlink()
    done = made(asked, tmp_path)
    assert done.manifest["skipped"] == {"of a page that cannot be drawn any more": 1}
    assert done.manifest["splits"]["train"]["conversations"] == 1


def test_llavas_form_says_the_same(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "12.50 EUR")
    review(asked, "1.pdf", "sender", "Anna")
    made(asked, tmp_path)
    (line,) = json.loads((tmp_path / "out" / "llava.json").read_text())
    (sample,) = samples(tmp_path / "out", "train")
    assert line["image"] == f"images/{sample.image}"
    assert [turn["from"] for turn in line["conversations"]] == ["human", "gpt"] * 2
    assert line["conversations"][0]["value"] == f"<image>\n{sample.turns[0].human}"
    assert line["conversations"][3]["value"] == sample.turns[1].said


def test_a_folder_with_other_things_in_it_is_left_alone(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "12.50 EUR")
    with pytest.raises(UsageError, match="no dataset"):
        export(asked, Options("letters", split=ALL, replace=True), tmp_path / "in")
    made(asked, tmp_path)
    with pytest.raises(UsageError, match="--replace"):
        made(asked, tmp_path)


def test_a_set_that_nobody_asked_and_one_that_nobody_reviewed_are_refused(asked: Parts, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="invoice"):
        export(asked, Options("invoice"), tmp_path / "out")
    with pytest.raises(UsageError, match="--confident"):
        made(asked, tmp_path)


def test_where_every_document_is_held_out_it_says_so(asked: Parts, tmp_path: Path) -> None:
    review(asked, "1.pdf", "total", "12.50 EUR")
    seed = next(n for n in range(100) if Split(10, 0, 90, seed=n).of(sha256(asked, "1.pdf")) == "test")
    with pytest.raises(UsageError, match="held out"):
        made(asked, tmp_path, split=Split(10, 0, 90, seed=seed))


def test_an_empty_or_strange_split_is_refused() -> None:
    assert split_of(" 70/0/30", 3) == Split(70, 0, 30, 3)
    for wrong in ("80/20", "0/0/0", "a/b/c", "-1/1/1"):
        with pytest.raises(UsageError, match="--split"):
            split_of(wrong, 0)


def test_the_shares_of_a_split_are_what_they_say_and_other_documents_move_nobody() -> None:
    names = [f"{number:064x}" for number in range(4000)]
    split = Split(70, 10, 20, seed=1)
    found: Sequence[str] = [split.of(name) for name in names]
    assert abs(found.count("train") / 4000 - 0.7) < 0.03
    assert abs(found.count("test") / 4000 - 0.2) < 0.03
    assert [Split(70, 10, 20, seed=2).of(name) for name in names] != found
