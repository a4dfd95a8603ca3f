"""Tiny folders in exactly the forms in which public sets are published."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw


def picture(word: str = "page", form: str = "PNG") -> bytes:
    """A small picture, another one for each word."""
    image = Image.new("RGB", (96, 64), "white")
    ImageDraw.Draw(image).text((8, 8), word, fill="black")
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def put(path: Path, data: bytes | str | Any) -> None:
    """Write bytes, a text, or something as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(data, bytes):
        path.write_bytes(data)
    else:
        path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")


def docvqa(folder: Path) -> None:
    def entry(number: int, name: str, answers: list[str]) -> dict[str, Any]:
        told = {"questionId": number, "question": f"What is asked in {number}?", "image": f"documents/{name}.png"}
        return {**told, "docId": 14465, "ucsf_document_id": "pybv0228", "data_split": "val", "answers": answers}

    data = [
        entry(49153, "pybv0228_81", ["0.28", ".28"]),
        entry(49154, "pybv0228_81", ["Actual"]),
        entry(24581, "jzhd0227_85", ["University of California"]),
    ]
    head = {"dataset_name": "SP-DocVQA", "dataset_version": "1.0", "dataset_split": "val"}
    put(folder / "val_v1.0_withQT.json", {**head, "data": data})
    for name in ("pybv0228_81", "jzhd0227_85"):
        put(folder / "documents" / f"{name}.png", picture(name))


def infographicvqa(folder: Path) -> None:
    data = [
        {
            "questionId": 98313,
            "question": "How many companies are there?",
            "image_local_name": "38889.jpeg",
            "image_url": "https://example.org/38889.jpeg",
            "ocr_output_file": "38889.json",
            "answers": ["45", "forty-five"],
            "data_split": "val",
        }
    ]
    put(folder / "infographicsVQA_val_v1.0_withQT.json", {"dataset_name": "infographicVQA", "data": data})
    put(folder / "infographicsvqa_images" / "38889.jpeg", picture("38889", "JPEG"))


def textvqa(folder: Path) -> None:
    answers = ["nokia"] * 3 + ["nokia phone"] * 2 + ["toshiba"] * 5
    entry = {"question": "What is the brand?", "image_id": "003a8ae2ef43b901", "question_id": 34602, "answers": answers}
    put(folder / "TextVQA_0.5.1_val.json", {"dataset_type": "val", "dataset_name": "textvqa", "data": [entry]})
    put(folder / "train_images" / "003a8ae2ef43b901.jpg", picture("nokia", "JPEG"))


def vqav2(folder: Path) -> None:
    asked = [(262148000, 262148, "Where is he looking?"), (393225000, 393225, "How many cups are there?")]
    questions = [{"image_id": image, "question": text, "question_id": number} for number, image, text in asked]
    answers = {262148000: ("other", ["down"] * 10), 393225000: ("number", ["2"] * 2 + ["3"] * 8)}
    annotations = [
        {
            "question_id": number,
            "image_id": number // 1000,
            "answer_type": kind,
            "multiple_choice_answer": told[0],
            "answers": [{"answer": one, "answer_confidence": "yes", "answer_id": at} for at, one in enumerate(told, 1)],
        }
        for number, (kind, told) in reversed(answers.items())  # the other way round
    ]
    info = {"info": {"version": "2.0"}, "license": {}, "data_subtype": "val2014"}
    put(folder / "v2_OpenEnded_mscoco_val2014_questions.json", {**info, "questions": questions})
    put(folder / "v2_mscoco_val2014_annotations.json", {**info, "annotations": annotations})
    for number in (262148, 393225):
        put(folder / "val2014" / f"COCO_val2014_{number:012d}.jpg", picture(str(number), "JPEG"))


def gqa(folder: Path) -> None:
    def entry(image: str, answer: str, structural: str) -> dict[str, Any]:
        types = {"structural": structural, "semantic": "obj", "detailed": "existC"}
        told = {
            "question": "Is there a dog?",
            "imageId": image,
            "answer": answer,
            "fullAnswer": f"{answer}.",
            "types": types,
        }
        return {**told, "isBalanced": True}

    entries = {
        "201307251": entry("n161313", "no", "verify"),
        "201640614": entry("n235859", "yes", "verify"),
        "202225914": entry("n435808", "the pot", "query"),
    }
    put(folder / "testdev_balanced_questions.json", entries)
    for one in entries.values():
        put(folder / "images" / f"{one['imageId']}.jpg", picture(one["imageId"], "JPEG"))


def chartqa(folder: Path) -> None:
    human = [
        {"imgname": "41699051005347.png", "query": "How many food items are shown?", "label": "14"},
        {"imgname": "41699051005347.png", "query": "In which year was it lowest?", "label": "2019"},
    ]
    augmented = [{"imgname": "multi_col_100.png", "query": "What was the share?", "label": "50"}]
    put(folder / "test" / "test_human.json", human)
    put(folder / "test" / "test_augmented.json", augmented)
    for name in ("41699051005347.png", "multi_col_100.png"):
        put(folder / "test" / "png" / name, picture(name))


def pope(folder: Path) -> None:
    for split in ("random", "popular", "adversarial"):
        lines = [
            {
                "question_id": at,
                "image": f"COCO_val2014_00000031019{at}.jpg",
                "text": f"Is there a {split}?",
                "label": told,
            }
            for at, told in enumerate(("yes", "no", "yes", "no"), 1)
        ]
        put(folder / f"coco_pope_{split}.json", "".join(json.dumps(line) + "\n" for line in lines))
    for at in range(1, 5):
        put(folder / "val2014" / f"COCO_val2014_00000031019{at}.jpg", picture(str(at), "JPEG"))


def mme(folder: Path) -> None:
    for stem in ("000000006040", "000000006471"):
        put(folder / "existence" / f"{stem}.jpg", picture(stem, "JPEG"))
        put(folder / "existence" / f"{stem}.txt", "Is there an elephant?\tYes\nIs there a hair drier?\tNo\n")
    put(folder / "code_reasoning" / "images" / "0001.png", picture("print"))
    put(folder / "code_reasoning" / "questions_answers_YN" / "0001.txt", "Is it Python?\tYes\nIs it C?\tNo\n")


def mmbench(folder: Path) -> None:
    coded = base64.b64encode(picture("magnets", "JPEG")).decode()
    head = [
        "index",
        "question",
        "hint",
        "A",
        "B",
        "C",
        "D",
        "answer",
        "category",
        "image",
        "source",
        "l2-category",
        "comment",
        "split",
    ]
    rows: list[list[Any]] = [
        [
            241,
            "Which is right?",
            "Read it.",
            "north",
            "south",
            "east",
            "west",
            "B",
            "physics",
            coded,
            "s",
            "l",
            "nan",
            "dev",
        ],
        [252, "Which one?", "nan", "cat", "dog", "", "", "A", "animals", "241", "s", "l", "nan", "dev"],
        [
            1_000_241,
            "Which is right?",
            "Read it.",
            "west",
            "north",
            "south",
            "east",
            "C",
            "physics",
            "241",
            "s",
            "l",
            "",
            "",
        ],
    ]
    put(folder / "MMBench_DEV_EN.tsv", "\n".join("\t".join(map(str, row)) for row in [head, *rows]) + "\n")


def seedbench(folder: Path) -> None:
    def entry(number: str, kind: int, answer: str, data: str, sort: str = "image") -> dict[str, Any]:
        choices = {
            f"choice_{letter}": f"{word} {number}"
            for letter, word in zip("abcd", ("one", "two", "three", "four"), strict=True)
        }
        told = {
            "answer": answer,
            "data_id": data,
            "data_type": sort,
            "question": "How many towels?",
            "question_id": number,
        }
        return {**choices, **told, "question_type_id": kind}

    kinds = {"Scene Understanding": 1, "Instances Counting": 5, "Action Recognition": 10}
    questions = [
        entry("101669", 5, "A", "1454426_2591111986"),
        entry("101670", 1, "C", "1454426_2591111986"),
        entry("v1", 10, "B", "clip.mp4", "video"),
    ]
    put(folder / "SEED-Bench.json", {"question_type": kinds, "questions": questions})
    put(folder / "SEED-Bench-image" / "1454426_2591111986", picture("towels", "JPEG"))


def sroie(folder: Path) -> None:
    first = {"company": "BOOK TA .K SDN BHD", "date": "25/12/2018", "address": "NO.53, JALAN SAGU", "total": "9.00"}
    put(folder / "entities" / "X00016469612.txt", json.dumps(first, indent=4))
    put(folder / "entities" / "X00016469619.txt", {"company": "INDAH GIFT", "date": "19/10/2018", "total": "RM60.30"})
    for stem in ("X00016469612", "X00016469619"):
        put(folder / "img" / f"{stem}.jpg", picture(stem, "JPEG"))


CORD = {
    "gt_parse": {
        "menu": [
            {"nm": "Nasi Campur Bali", "cnt": "1 x", "price": "75,000"},
            {"nm": "Ice Tea", "cnt": "2", "price": "24,000", "sub": {"nm": "Less Sugar"}},
        ],
        "sub_total": {"subtotal_price": "99,000"},
        "total": {"total_price": "99,000", "cashprice": ["100,000", "5,000"]},
    },
    "meta": {"version": "2.0.0"},
}


def cord(folder: Path) -> None:
    put(folder / "test" / "json" / "receipt_00000.json", CORD)
    put(folder / "test" / "image" / "receipt_00000.png", picture("receipt"))


def cord_parquet(folder: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    row = {"image": {"bytes": picture("receipt"), "path": None}, "ground_truth": json.dumps(CORD)}
    folder.mkdir(parents=True, exist_ok=True)
    parquet.write_table(pa.Table.from_pylist([row, row]), folder / "test-00000-of-00001.parquet")


def cord_lines(folder: Path) -> None:
    put(folder / "test" / "metadata.jsonl", json.dumps({"file_name": "0.png", "ground_truth": json.dumps(CORD)}) + "\n")
    put(folder / "test" / "0.png", picture("receipt"))


def funsd(folder: Path) -> None:
    def element(number: int, text: str, label: str, linking: list[list[int]]) -> dict[str, Any]:
        words = [{"box": [10, 10, 20, 20], "text": word} for word in text.split()]
        return {"id": number, "box": [10, 10, 90, 20], "text": text, "label": label, "words": words, "linking": linking}

    form = [
        element(0, "Fax Cover", "header", []),
        element(1, "Date:", "question", [[1, 2]]),
        element(2, "8/18/98", "answer", [[1, 2]]),
        element(3, "TO:", "question", [[3, 4], [3, 5]]),
        element(4, "Mr. A.", "answer", [[3, 4]]),
        element(5, "Smith", "answer", [[3, 5]]),
        element(6, "Fee:", "question", []),
    ]
    put(folder / "testing_data" / "annotations" / "82092117.json", {"form": form})
    put(folder / "testing_data" / "images" / "82092117.png", picture("fax"))


FOLDERS: Mapping[str, Callable[[Path], None]] = {
    "docvqa": docvqa,
    "infographicvqa": infographicvqa,
    "textvqa": textvqa,
    "vqav2": vqav2,
    "gqa": gqa,
    "chartqa": chartqa,
    "pope": pope,
    "mme": mme,
    "mmbench": mmbench,
    "seedbench": seedbench,
    "sroie": sroie,
    "cord": cord,
    "funsd": funsd,
}
