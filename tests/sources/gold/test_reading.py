"""Public sets are read from the files in which they are published; what is damaged is refused with its place."""

from __future__ import annotations

import json
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from docproc.core.errors import NotFound, UsageError
from docproc.sources.gold import GoldItem, GoldQuestion, gold_sets
from docproc.sources.gold.cord import canonical, parse_of
from tests.sources.gold.folders import CORD, FOLDERS, cord_lines, cord_parquet, picture, put

# Of each set: how many pictures, and for the first question its id, accepted answers and part.
FIRST = {
    "docvqa": (2, "49153", ("0.28", ".28"), ""),
    "infographicvqa": (1, "98313", ("45", "forty-five"), ""),
    "textvqa": (1, "34602", ("nokia",) * 3 + ("nokia phone",) * 2 + ("toshiba",) * 5, ""),
    "vqav2": (2, "393225000", ("2",) * 2 + ("3",) * 8, "number"),
    "gqa": (3, "201307251", ("no",), "binary"),
    "chartqa": (2, "human/1", ("14",), "human"),
    "pope": (12, "random/1", ("yes",), "random"),
    "mme": (3, "existence/000000006040/1", ("yes",), "existence"),
    "mmbench": (2, "241", ("B",), "physics"),
    "seedbench": (1, "101669", ("A",), "Instances Counting"),
    "sroie": (2, "X00016469612/company", ("BOOK TA .K SDN BHD",), "company"),
    "cord": (1, "receipt_00000/menu", (), "menu"),
    "funsd": (1, "82092117/1", ("8/18/98",), "fields"),
}


def read(name: str, folder: Path) -> list[GoldItem]:
    return list(gold_sets()[name].read(folder))


def asked(name: str, folder: Path) -> dict[str, GoldQuestion]:
    return {question.id: question for item in read(name, folder) for question in item.questions}


def test_every_set_has_a_folder_here() -> None:
    assert set(FOLDERS) == set(gold_sets()) == set(FIRST)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_set_is_read_as_it_is_published(tmp_path: Path, name: str) -> None:
    FOLDERS[name](tmp_path)
    items = read(name, tmp_path)
    pictures, identity, accepted, part = FIRST[name]
    first = items[0].questions[0]
    assert len(items) == pictures
    assert (first.id, first.part) == (identity, part)
    assert first.accepted == accepted or name == "cord"
    assert all(item.data or (item.path and item.path.is_file()) for item in items)
    ids = [question.id for item in items for question in item.questions]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_without_its_files_says_which_are_wanted_and_from_where(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound, match=r"(?s)Wanted there: .*https://"):
        read(name, tmp_path)
    with pytest.raises(NotFound, match="no such folder"):
        read(name, tmp_path / "nowhere")


def test_questions_that_stand_together_are_asked_together(tmp_path: Path) -> None:
    FOLDERS["docvqa"](tmp_path)
    assert [len(item.questions) for item in read("docvqa", tmp_path)] == [2, 1]


def test_vqa_questions_find_their_annotations_in_whatever_order(tmp_path: Path) -> None:
    FOLDERS["vqav2"](tmp_path)
    found = asked("vqav2", tmp_path)
    assert found["262148000"].accepted == ("down",) * 10
    assert found["262148000"].part == "other"


def test_a_vqa_question_without_annotation_is_refused(tmp_path: Path) -> None:
    FOLDERS["vqav2"](tmp_path)
    file = tmp_path / "v2_mscoco_val2014_annotations.json"
    told = json.loads(file.read_text("utf-8"))
    put(file, {**told, "annotations": told["annotations"][:1]})
    with pytest.raises(UsageError, match=r"annotations\.json has nothing for the question 262148000 \(1 are missing\)"):
        read("vqav2", tmp_path)


def test_options_of_mmbench_are_rotated_and_the_right_letter_with_them(tmp_path: Path) -> None:
    FOLDERS["mmbench"](tmp_path)
    found = asked("mmbench", tmp_path)
    turned = {identity: (question.choices, question.accepted) for identity, question in found.items()}
    assert turned["241"] == (("north", "south", "east", "west"), ("B",))
    assert turned["1000241"] == (("south", "east", "west", "north"), ("A",))
    assert turned["2000241"] == (("east", "west", "north", "south"), ("D",))
    assert turned["1000252"] == (("dog", "cat"), ("B",))
    assert len(turned) == 6
    assert found["241"].ask == "Read it.\nWhich is right?"
    assert found["252"].ask == "Which one?"
    assert {question.group for question in found.values()} == {"241", "252"}


def test_a_picture_of_mmbench_that_is_named_by_another_row_is_that_row_s(tmp_path: Path) -> None:
    FOLDERS["mmbench"](tmp_path)
    first, second = read("mmbench", tmp_path)
    assert first.data == second.data == picture("magnets", "JPEG")


def test_both_layouts_of_mme_are_read(tmp_path: Path) -> None:
    FOLDERS["mme"](tmp_path)
    found = asked("mme", tmp_path)
    assert found["code_reasoning/0001/2"].accepted == ("no",)
    assert {question.group for question in found.values() if question.part == "existence"} == {
        "existence/000000006040",
        "existence/000000006471",
    }


def test_a_receipt_of_sroie_without_an_address_has_nothing_to_tell(tmp_path: Path) -> None:
    FOLDERS["sroie"](tmp_path)
    assert asked("sroie", tmp_path)["X00016469619/address"].accepted == ()


@pytest.mark.parametrize("make", [FOLDERS["cord"], cord_parquet, cord_lines])
def test_every_form_of_cord_is_read(tmp_path: Path, make: object) -> None:
    make(tmp_path)  # type: ignore[operator]
    questions = {question.id.partition("/")[2]: question for question in read("cord", tmp_path)[0].questions}
    rows = json.loads(questions["menu"].accepted[0])
    assert [(row["nm"], row["cnt"], row["sub_nm"]) for row in rows] == [
        ("Nasi Campur Bali", "1 x", None),
        ("Ice Tea", "2", "Less Sugar"),
    ]
    assert questions["total.cashprice"].accepted == ("100,000 | 5,000",)
    assert questions["sub_total.tax_price"].accepted == ()


def test_a_receipt_of_cord_comes_out_of_its_fields_as_it_went_in() -> None:
    parse: Any = CORD["gt_parse"]
    fields = {"menu": canonical(parse["menu"]), "sub_total.subtotal_price": "99,000"}
    fields |= {"total.total_price": "99,000", "total.cashprice": "100,000 | 5,000"}
    again = parse_of(fields)
    again["menu"][1]["sub"] = again["menu"][1]["sub"][0]  # a list of one
    assert again == parse


def test_fields_of_funsd_are_joined_out_of_their_links(tmp_path: Path) -> None:
    FOLDERS["funsd"](tmp_path)
    found = asked("funsd", tmp_path)
    assert found["82092117/3"].accepted == ("Mr. A. Smith",)
    assert found["82092117/6"].accepted == ()
    assert json.loads(found["82092117/entities"].accepted[0])[0] == "Fax Cover"


def test_questions_about_videos_are_passed_over(tmp_path: Path) -> None:
    FOLDERS["seedbench"](tmp_path)
    assert set(asked("seedbench", tmp_path)) == {"101669", "101670"}


@pytest.mark.parametrize(
    ("name", "file", "text", "told"),
    [
        ("docvqa", "val_v1.0_withQT.json", '{"data": [{"questionId": 1, "question"', "damaged within its first"),
        ("docvqa", "val_v1.0_withQT.json", '{"data": [{"questionId": 1}]}', "data 1 has no 'image'"),
        ("docvqa", "val_v1.0_withQT.json", '{"data": []}', "no list 'data'"),
        (
            "docvqa",
            "val_v1.0_withQT.json",
            '{"data": [{"questionId": 1, "image": "a.png", "question": "?"}]}',
            "test split",
        ),
        (
            "docvqa",
            "val_v1.0_withQT.json",
            '{"data": [{"questionId": 1, "image": "../../etc/passwd", "question": "?", "answers": ["a"]}]}',
            "no picture within the set's folder",
        ),
        ("gqa", "testdev_balanced_questions.json", '{"1": 2}', "'1' is no object"),
        ("chartqa", "test/test_human.json", '[{"imgname": "/etc/passwd", "query": "?", "label": "1"}]', "no picture"),
        ("pope", "coco_pope_random.json", '{"question_id": 1, "image": "a.jpg", "text": "?", "label"', "line 1 is dam"),
        ("pope", "coco_pope_random.json", '{"question_id": 1, "image": "a.jpg", "text": "?", "label": "x"}', "neither"),
        ("mme", "existence/000000006040.txt", "Is there?\tYes\n", "has 1 questions"),
        ("mme", "existence/000000006040.txt", "Is there? Yes\n", "question 1: not a question, a tab"),
        (
            "mmbench",
            "MMBench_DEV_EN.tsv",
            "index\tquestion\tA\tB\tanswer\timage\n1\tq\ta\tb\tA\t77\n",
            "row 2: there is",
        ),
        ("mmbench", "MMBench_DEV_EN.tsv", f"index\tquestion\tA\tanswer\timage\n1\tq\ta\tA\t{'?' * 80}\n", "no base64"),
        ("seedbench", "SEED-Bench.json", '{"questions": [{"data_type": "image"}]}', "questions 1 has no 'choice_a'"),
        ("sroie", "entities/X00016469612.txt", "{", "X00016469612.txt is damaged"),
        ("cord", "test/json/receipt_00000.json", "{}", "no 'gt_parse'"),
        (
            "funsd",
            "testing_data/annotations/82092117.json",
            '{"form": [{"id": 0, "linking": [[0, 9]]}]}',
            "link to nowh",
        ),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(tmp_path: Path, name: str, file: str, text: str, told: str) -> None:
    FOLDERS[name](tmp_path)
    put(tmp_path / file, text)
    with pytest.raises(UsageError, match=told):
        read(name, tmp_path)


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "test-0.parquet", b"PAR1 and nothing more")
    with pytest.raises(UsageError, match="damaged after row 0"):
        read("cord", tmp_path)


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    put(tmp_path / "documents" / "a.png", picture())
    with (tmp_path / "val_v1.0.json").open("w", encoding="utf-8") as file:
        file.write('{"dataset_name": "SP-DocVQA", "data": [')
        for number in range(100_000):
            told = {"questionId": number, "question": "What is it?", "image": f"documents/{number // 3}.png"}
            file.write((", " if number else "") + json.dumps({**told, "answers": ["a", "b"]}))
        file.write("]}")
    items = gold_sets()["docvqa"].read(tmp_path)
    next(items)
    tracemalloc.start()
    count = sum(len(item.questions) for item in items)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 99_997
    assert peak < 6_000_000  # the file has 11 MB, and ten times that as objects


def test_nothing_is_read_before_it_is_wanted(tmp_path: Path) -> None:
    FOLDERS["pope"](tmp_path)
    file = tmp_path / "coco_pope_adversarial.json"
    file.write_text("damaged", "utf-8")
    assert len(list(islice(gold_sets()["pope"].read(tmp_path), 8))) == 8
