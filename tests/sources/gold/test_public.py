"""Public sets are asked and judged: hand-computed figures, runs that go on, answers from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from docproc import wiring
from docproc.core.errors import Conflict, EngineUnavailable, NotFound, UsageError
from docproc.service.eval.public import Order, evaluate_public
from docproc.service.eval.public_ask import Asking
from docproc.service.eval.public_said import PREDICTIONS
from docproc.service.eval.scored import read
from docproc.sources.gold import gold_sets
from tests.sources.gold.folders import CORD, FOLDERS, put


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"HOME": str(tmp_path / "home"), "ENGINE": "scripted", "WORKERS": "2"}.items():
        monkeypatch.setenv(f"DOCPROC_{name}", value)
    return tmp_path


def run(order: Order, told: list[Asking] | None = None) -> dict[str, Any]:
    with wiring.opened(order.out / "images") as parts:
        return evaluate_public(parts, order, (told if told is not None else []).append, lambda _: None)


def judged(tmp_path: Path, name: str, predictions: Any) -> dict[str, float]:
    """The official figures of predictions."""
    FOLDERS[name](tmp_path / "data")
    put(tmp_path / "theirs.json", predictions)
    summary = run(Order(name, tmp_path / "data", tmp_path / "out", predictions=tmp_path / "theirs.json"))
    return {key: one["value"] for key, one in summary["official"].items()}


def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Mapping[str, Any]) -> None:
    """Have the scripted engine say these values, by key; a text that begins with ! is an error."""
    rules = [
        {"key": key, "error": value[1:]}
        if isinstance(value, str) and value[:1] == "!"
        else {"key": key, "value": value}
        for key, value in said.items()
    ]
    put(tmp_path / "script.json", {"rules": rules})
    monkeypatch.setenv("DOCPROC_SCRIPTED_SCRIPT", str(tmp_path / "script.json"))


def test_docvqa_is_judged_by_anls(tmp_path: Path) -> None:
    # Right; four letters of six; nothing said.
    figures = judged(
        tmp_path, "docvqa", [{"questionId": 49153, "answer": ".28"}, {"questionId": 49154, "answer": "acturs"}]
    )
    assert figures == {"anls": pytest.approx((1 + 4 / 6 + 0) / 3, abs=1e-4)}


def test_infographicvqa_is_judged_by_anls(tmp_path: Path) -> None:
    assert judged(tmp_path, "infographicvqa", {"98313": "Forty-Five"}) == {"anls": 1.0}


def test_textvqa_is_judged_by_its_ten_people(tmp_path: Path) -> None:
    # Three said so: without one of them two are left (2/3), for the other seven it is three (1).
    figures = judged(tmp_path, "textvqa", [{"question_id": 34602, "answer": "nokia"}])
    assert figures == {"accuracy": pytest.approx((3 * 2 / 3 + 7) / 10, abs=1e-4)}


def test_vqa_is_judged_by_its_ten_people_and_by_type_of_answer(tmp_path: Path) -> None:
    said = [{"question_id": 262148000, "answer": "Down."}, {"question_id": 393225000, "answer": "two"}]
    number = (2 * 1 / 3 + 8 * 2 / 3) / 10
    assert judged(tmp_path, "vqav2", said) == {
        "accuracy": pytest.approx((1 + number) / 2, abs=1e-4),
        "other.accuracy": 1.0,
        "number.accuracy": pytest.approx(number, abs=1e-4),
    }


def test_gqa_is_judged_by_the_very_word(tmp_path: Path) -> None:
    said = [
        {"questionId": "201307251", "prediction": "No."},
        {"questionId": "201640614", "prediction": "no"},
        {"questionId": "202225914", "prediction": "pot"},
    ]
    figures = judged(tmp_path, "gqa", said)
    assert figures == {"accuracy": pytest.approx(1 / 3, abs=1e-4), "binary.accuracy": 0.5, "open.accuracy": 0.0}


def test_chartqa_is_judged_as_published_and_mended(tmp_path: Path) -> None:
    figures = judged(tmp_path, "chartqa", {"human/1": "14.5", "human/2": "2020", "augmented/1": "47"})
    # 14.5 is within 5 % of 14; 2020 is of 2019 as well, unless it is a year; 47 is not of 50.
    assert figures == {
        "relaxed_official": pytest.approx(2 / 3, abs=1e-4),
        "human.relaxed_official": 1.0,
        "augmented.relaxed_official": 0.0,
        "mean.relaxed_official": 0.5,
        "relaxed": pytest.approx(1 / 3, abs=1e-4),
        "human.relaxed": 0.5,
        "augmented.relaxed": 0.0,
        "mean.relaxed": 0.25,
    }


def test_pope_is_judged_per_split(tmp_path: Path) -> None:
    said = {
        "random": ("yes", "no", "yes", "no"),
        "popular": ("Yes, a cat.", "yes", "No.", "no"),
        "adversarial": ("yes",) * 4,
    }
    lines = [
        {"question_id": number, "category": split, "answer": answer}
        for split, answers in said.items()
        for number, answer in enumerate(answers, 1)
    ]
    figures = judged(tmp_path, "pope", "".join(json.dumps(line) + "\n" for line in lines))
    assert {figures[f"random.{name}"] for name in ("accuracy", "precision", "recall", "f1")} == {1.0}
    assert [figures[f"popular.{name}"] for name in ("accuracy", "precision", "recall", "f1", "yes_ratio")] == [0.5] * 5
    adversarial = [figures[f"adversarial.{name}"] for name in ("accuracy", "precision", "recall", "f1", "yes_ratio")]
    assert adversarial == [0.5, 0.5, 1.0, pytest.approx(2 / 3, abs=1e-4), 1.0]
    assert figures["mean.f1"] == pytest.approx((1 + 0.5 + 2 / 3) / 3, abs=1e-4)


def test_mme_is_judged_by_question_and_by_picture(tmp_path: Path) -> None:
    results = tmp_path / "results"
    rows = [("000000006040", "Yes", "Yes"), ("000000006040", "No", "No"), ("000000006471", "Yes", "yes, it is")]
    rows.append(("000000006471", "No", "I cannot tell"))
    put(results / "existence.txt", "".join(f"{stem}.jpg\tIs there?\t{gold}\t{said}\n" for stem, gold, said in rows))
    put(results / "code_reasoning.txt", "0001.png\tIs it Python?\tYes\tNo\n0001.png\tIs it C?\tNo\tNo\n")
    FOLDERS["mme"](tmp_path / "data")
    summary = run(Order("mme", tmp_path / "data", tmp_path / "out", predictions=results))
    figures = {name: one["value"] for name, one in summary["official"].items()}
    assert figures == {
        "existence.accuracy": 75.0,
        "existence.accuracy_plus": 50.0,
        "existence.score": 125.0,
        "code_reasoning.accuracy": 50.0,
        "code_reasoning.accuracy_plus": 0.0,
        "code_reasoning.score": 50.0,
        "perception": 125.0,
        "cognition": 50.0,
        "total": 175.0,
    }


def test_mmbench_is_judged_in_every_rotation(tmp_path: Path) -> None:
    said = {"241": "B", "1000241": "A", "2000241": "D", "3000241": "east", "252": "A. cat", "1000252": "(B)"}
    figures = judged(tmp_path, "mmbench", [{"index": key, "prediction": value} for key, value in said.items()])
    assert figures == {
        "circular": 0.5,
        "animals.circular": 1.0,
        "physics.circular": 0.0,
        "vanilla": 1.0,
        "animals.vanilla": 1.0,
        "physics.vanilla": 1.0,
    }


def test_seedbench_is_judged_per_dimension(tmp_path: Path) -> None:
    said = [{"question_id": "101669", "prediction": "A"}, {"question_id": "101670", "prediction": "one 101670"}]
    figures = judged(tmp_path, "seedbench", said)
    assert figures == {"accuracy": 0.5, "Instances Counting.accuracy": 1.0, "Scene Understanding.accuracy": 0.0}


def test_sroie_is_judged_by_text_and_by_value(tmp_path: Path) -> None:
    said = {
        "X00016469612": {"company": "BOOK TA .K SDN BHD", "date": "2018-12-25", "address": "NO.53", "total": "9.00"},
        "X00016469619": {"company": "INDAH GIFT", "address": "SOMEWHERE", "total": "60.30"},
    }
    figures = judged(tmp_path, "sroie", said)
    # Two companies and one total of seven entities, with seven said; by value a date and a total more.
    assert (
        figures["entity_f1"]
        == figures["entity_precision"]
        == figures["entity_recall"]
        == pytest.approx(3 / 7, abs=1e-4)
    )
    assert figures["field_f1"] == pytest.approx(5 / 7, abs=1e-4)
    assert figures["date.entity_f1"] == 0.0
    assert figures["total.field_f1"] == 1.0


def test_cord_is_judged_by_fields_and_trees(tmp_path: Path) -> None:
    assert judged(tmp_path, "cord", {"receipt_00000": CORD["gt_parse"]}) == {"field_f1": 1.0, "tree_accuracy": 1.0}


def test_a_field_of_cord_that_is_wrong_costs_what_its_letters_cost(tmp_path: Path) -> None:
    parse: Any = json.loads(json.dumps(CORD["gt_parse"]))
    parse["sub_total"]["subtotal_price"] = "99,001"
    parse["menu"][1].pop("sub")
    figures = judged(tmp_path, "cord", {"receipt_00000": parse})
    # Of eleven fields nine are the same, one is another, one is missing.
    assert figures["field_f1"] == pytest.approx(2 * 9 / (2 * 9 + 3), abs=1e-4)
    leaves = "Nasi Campur Bali 1 x 75,000 Ice Tea 2 24,000 Less Sugar 99,000 99,000 100,000 5,000"
    assert 0.8 < figures["tree_accuracy"] < 1 - 1 / len(leaves)


def test_funsd_is_judged_by_fields_and_elements(tmp_path: Path) -> None:
    elements = ["Fax Cover", "Date:", "nothing of it"]
    said = {"82092117": {"1": "8/18/98", "3": "Mr A. Smits", "6": "9", "entities": elements}}
    figures = judged(tmp_path, "funsd", said)
    # One of two fields, and one is invented; by ANLS both are found; two of seven elements.
    assert figures["field_precision"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["field_recall"] == 0.5
    assert figures["field_anls_f1"] == pytest.approx(0.8)
    assert figures["entity_f1"] == pytest.approx(2 * 2 / (3 + 7), abs=1e-4)


@pytest.mark.parametrize("name", FOLDERS)
def test_every_set_is_asked_of_an_engine_from_end_to_end(tmp_path: Path, name: str) -> None:
    FOLDERS[name](tmp_path / "data")
    told: list[Asking] = []
    summary = run(Order(name, tmp_path / "data", tmp_path / "out"), told)
    questions = [question.id for item in gold_sets()[name].read(tmp_path / "data") for question in item.questions]
    assert [row.id for row in read(tmp_path / "out")] == questions
    assert told[-1].answered == len(questions)
    assert summary["official"]
    assert json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["official"] == summary["official"]
    images = [path for path in (tmp_path / "out" / "images").rglob("*") if path.is_file()]
    assert images
    again: list[Asking] = []
    assert run(Order(name, tmp_path / "data", tmp_path / "out"), again)["official"] == summary["official"]
    assert not again


def test_what_the_engine_says_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FOLDERS["docvqa"](tmp_path / "data")
    script(tmp_path, monkeypatch, {"q49153": "0.28", "q49154": "none", "q24581": "University of Californja"})
    summary = run(Order("docvqa", tmp_path / "data", tmp_path / "out"))
    assert summary["official"]["anls"]["value"] == pytest.approx((1 + 0 + 1 - 1 / 24) / 3, abs=1e-4)
    assert [row.said for row in read(tmp_path / "out")] == ["0.28", "none", "University of Californja"]


def test_a_run_that_was_killed_asks_only_what_is_left(tmp_path: Path) -> None:
    FOLDERS["pope"](tmp_path / "data")
    order = Order("pope", tmp_path / "data", tmp_path / "out")
    whole = run(order)
    file = tmp_path / "out" / PREDICTIONS
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:6]) + lines[6][:10])  # five answers, and a line that was being written
    told: list[Asking] = []
    assert run(order, told)["official"] == whole["official"]
    assert (told[-1].answered, told[-1].before) == (7, 5)
    assert sorted(file.read_bytes().splitlines()) == sorted(line.rstrip() for line in lines)


def test_a_limit_is_of_pictures_and_a_later_run_goes_further(tmp_path: Path) -> None:
    FOLDERS["mme"](tmp_path / "data")
    first = run(Order("mme", tmp_path / "data", tmp_path / "out", limit=1))
    assert first["all"]["answers"] == 2
    told: list[Asking] = []
    assert run(Order("mme", tmp_path / "data", tmp_path / "out"), told)["all"]["answers"] == 6
    assert told[-1].answered == 4


def test_a_folder_holds_the_answers_of_one_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FOLDERS["docvqa"](tmp_path / "data")
    run(Order("docvqa", tmp_path / "data", tmp_path / "out"))
    script(tmp_path, monkeypatch, {"q49153": "0.28"})
    with pytest.raises(Conflict, match="choose another --out"):
        run(Order("docvqa", tmp_path / "data", tmp_path / "out"))


def test_an_engine_that_is_away_is_waited_for_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FOLDERS["docvqa"](tmp_path / "data")
    script(tmp_path, monkeypatch, {"q24581": "!unavailable"})
    waits: list[float] = []
    monkeypatch.setattr("docproc.service.eval.public_ask.PublicAsking.__init__.__defaults__", (waits.append,))
    with pytest.raises(EngineUnavailable):
        run(Order("docvqa", tmp_path / "data", tmp_path / "out"))
    assert waits == [2.0, 4.0, 8.0, 16.0]


def test_a_picture_that_is_not_there_ends_the_run_with_its_name(tmp_path: Path) -> None:
    FOLDERS["gqa"](tmp_path / "data")
    (tmp_path / "data" / "images" / "n235859.jpg").unlink()
    with pytest.raises(NotFound, match=r"n235859\.jpg: the picture of n235859\.jpg is not there\. Wanted: testdev"):
        run(Order("gqa", tmp_path / "data", tmp_path / "out"))


def test_a_picture_that_is_damaged_is_a_wrong_answer(tmp_path: Path) -> None:
    FOLDERS["gqa"](tmp_path / "data")
    put(tmp_path / "data" / "images" / "n235859.jpg", b"\xff\xd8\xff and nothing more")
    run(Order("gqa", tmp_path / "data", tmp_path / "out"))
    assert [(row.status, row.right) for row in read(tmp_path / "out")][1] == ("unreadable", False)


def test_a_page_on_which_the_engine_breaks_is_a_wrong_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FOLDERS["docvqa"](tmp_path / "data")
    script(tmp_path, monkeypatch, {"q24581": "!page"})
    run(Order("docvqa", tmp_path / "data", tmp_path / "out"))
    rows = list(read(tmp_path / "out"))
    assert (rows[2].status, rows[2].right) == ("unreadable", False)


def test_damaged_predictions_are_refused_with_their_line(tmp_path: Path) -> None:
    FOLDERS["docvqa"](tmp_path / "data")
    order = Order("docvqa", tmp_path / "data", tmp_path / "out")
    run(order)
    file = tmp_path / "out" / PREDICTIONS
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([lines[0], "damaged", *lines[2:]]) + "\n", "utf-8")
    with pytest.raises(UsageError, match=r"predictions\.jsonl, line 2 is damaged"):
        run(order)


def test_predictions_of_another_set_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="its ids are as '49153', theirs as 'human/1'"):
        judged(tmp_path, "docvqa", {"human/1": "14"})


def test_our_own_predictions_can_be_judged_again(tmp_path: Path) -> None:
    FOLDERS["pope"](tmp_path / "data")
    first = run(Order("pope", tmp_path / "data", tmp_path / "out"))
    again = Order("pope", tmp_path / "data", tmp_path / "other", predictions=tmp_path / "out" / PREDICTIONS)
    assert run(again)["official"] == first["official"]
