"""How far the confidence of answers can be trusted, before and after `docproc calibrate`, on documents not learnt from.

Invoices and receipts of known content are copied badly, so that answers really go wrong, and read by the `ocr` engine.
`docproc calibrate` learns from four fifths of the documents, and what it makes of the stored confidence of the others
is measured; so for each fifth. All copies of a document are in the same fifth. The same for a small model that really
reads (the truth fixture) on pages that are blurred, its answers looked up by OCR.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PIL import ImageFilter

from benchmarks.support import Figures, Options, Say, labelled
from benchmarks.support.degraded import DEGREES, degraded
from benchmarks.support.product import Docproc
from docproc.core.kinds import kind_of
from docproc.core.metrics.auroc import auroc
from docproc.core.metrics.calibration import expected_calibration_error
from docproc.core.metrics.coverage import accuracy_at
from docproc.core.metrics.right import is_right
from docproc.core.questions import Question
from docproc.questionsets import load
from tests.truth.asking import READER, in_process, sheets
from tests.truth.page import DPI, draw

# `degrees`: how many bad copies of each document; `receipts`, `invoices`: how many documents at most.
# `pages`: how many pages for the small model that reads, where it is there.
OPTIONS = {"degrees": 3, "receipts": 20, "invoices": 20, "pages": 100}
SETS = ("receipt", "invoice")
PARTS = 5
BLURS = (0.0, 1.5, 2.0, 2.5)  # pixels; letters are 16 pixels wide
OWN = Path(__file__).resolve().parents[1] / "examples"
FIXTURE = READER.parent


@dataclass(frozen=True)
class Copy:
    """A bad copy of a document, with what it should be read to say: canonical texts by key, None for what is not there.

    `part` is from 0 to 4, the same for all copies of a document; `number` the page that is asked, 0: the document.
    """

    path: Path
    set_name: str
    part: int
    expected: dict[str, str | None]
    number: int = 0


def run(say: Say, options: Options) -> Figures:
    with TemporaryDirectory() as name:
        folder = Path(name)
        copies = made(folder, options)
        say(f"  ocr: {len(copies)} bad copies of documents")
        found = measured(say, Docproc(folder / "home"), "ocr", copies)
        if options["pages"] and (READER / "config.json").is_file():
            pages = blurred(folder / "blurred", options["pages"])
            say(f"  qwen: {len(pages)} pages, most of them blurred")
            docproc = Docproc(folder / "reader", settings(READER))
            found |= {f"reader_{key}": value for key, value in measured(say, docproc, "qwen", pages).items()}
    return found


def measured(say: Say, docproc: Docproc, engine: str, copies: Sequence[Copy]) -> Figures:
    """The figures of an engine's answers to `copies`: without a calibration, and by one learnt without their part."""
    for set_name in dict.fromkeys(copy.set_name for copy in copies):
        files = [str(copy.path) for copy in copies if copy.set_name == set_name]
        docproc("run", *files, "-q", set_name, "--engine", engine, "--json", accept=(0, 2, 3))
        say(f"  read: {len(files)} of the set {set_name}")
    before, after = confidences(docproc, copies), dict[tuple[str, str], tuple[float, bool]]()
    gold = docproc.home / "gold.jsonl"
    for part in range(PARTS):
        gold.write_text("".join(gold_lines([copy for copy in copies if copy.part != part])))
        learn = ("calibrate", "--engine", engine, "--method", "platt", "--gold", str(gold), "--json")
        (learnt,) = docproc(*learn)
        say(f"  learnt without part {part}: {learnt['labels']} labels, {learnt['right']} right")
        after |= confidences(docproc, [copy for copy in copies if copy.part == part])
    plain = {f"{key}_before": value for key, value in figures(list(before.values())).items()}
    right = sum(is_right for _, is_right in after.values())
    return {**figures(list(after.values())), **plain, "answers": len(after), "accuracy": round(right / len(after), 4)}


def figures(labels: Sequence[tuple[float, bool]]) -> dict[str, float | None]:
    scores, right = [score for score, _ in labels], [is_right for _, is_right in labels]
    found = auroc(scores, right), expected_calibration_error(scores, right), accuracy_at(0.8, scores, right)
    names = ("auroc", "ece", "accuracy_at_80")
    return {name: None if value is None else round(value, 4) for name, value in zip(names, found, strict=True)}


def made(folder: Path, options: Options) -> list[Copy]:
    """Bad copies of the documents of one page among the labelled ones, or, where there are none, of the examples."""
    try:
        data = labelled.folder()
        items = labelled.items(data, SETS, 1)
    except FileNotFoundError:
        data = OWN / "documents"
        every = json.loads((OWN / "expected.json").read_text("utf-8"))["items"]
        items = [item for item in every if item["category"] in SETS and item["pages"] == 1]
    copies = []
    for set_name in SETS:
        wanted = [item for item in items if item["category"] == set_name][: options[f"{set_name}s"]]
        for index, item in enumerate(wanted):
            expected = expected_of(item, load(set_name, ()).questions)
            for degree in range(min(options["degrees"], len(DEGREES))):
                seed = int.from_bytes(hashlib.sha256(f"{item['id']} {degree}".encode()).digest()[:4], "big")
                path = degraded(data / item["file"], folder / f"{set_name}-{index:02}-{degree}.jpg", degree, seed)
                copies.append(Copy(path, set_name, index % PARTS, expected))
    return copies


def blurred(folder: Path, count: int) -> list[Copy]:
    """Pages of the truth fixture that no training has shown, each blurred by one of `BLURS`."""
    copies = []
    folder.mkdir()
    for index, sheet in enumerate(sheets(count, "calibration")):
        image = draw(sheet).filter(ImageFilter.GaussianBlur(BLURS[index % len(BLURS)]))
        path = folder / f"{index:04}.png"
        image.save(path, dpi=(DPI, DPI))
        by_key = {question.key: question for question in load("truth", [FIXTURE]).questions}
        expected = {
            key: None if value is None else kind_of(by_key[key].kind).parse(value, by_key[key])
            for key, value in sheet.truth.items()
        }
        copies.append(Copy(path, "truth", index % PARTS, expected, 1))
    return copies


def settings(reader: Path) -> dict[str, str]:
    """The settings under which the qwen engine reads these pages, and OCR looks its answers up."""
    own = in_process({"tiles": "native"}, reader)
    shared = {"DOCPROC_QUESTION_SETS": str(FIXTURE), "DOCPROC_VERIFY": "ocr"}
    return {**{f"DOCPROC_QWEN_{name.upper()}": value for name, value in own.items()}, **shared}


def expected_of(item: labelled.Item, questions: Sequence[Question]) -> dict[str, str | None]:
    """What a document says, as canonical texts, where a question asks for it and the data's scorer counts it."""
    by_key = {question.key: question for question in questions}
    found: dict[str, str | None] = {}
    for key, truth in item["expected"].items():
        if key in by_key and truth.get("scored", True):
            value = truth["value"]
            found[key] = None if value is None else kind_of(by_key[key].kind).parse(value, by_key[key])
    return found


def gold_lines(copies: Sequence[Copy]) -> list[str]:
    return [
        json.dumps({"document": str(copy.path), "key": key, "value": value, "page": copy.number}) + "\n"
        for copy in copies
        for key, value in copy.expected.items()
    ]


def confidences(docproc: Docproc, copies: Sequence[Copy]) -> dict[tuple[str, str], tuple[float, bool]]:
    """The stored confidence of each answer to what is known, and whether it is right, by path and key."""
    query = "select path, page, key, kind, status, value, confidence from answers_flat"
    rows = docproc("sql", query, "--format", "jsonl", "--limit", "1000000")
    by_place: dict[tuple[str, int, str], Any] = {(row["path"], row["page"], row["key"]): row for row in rows}
    found = {}
    for copy in copies:
        for key, gold in copy.expected.items():
            row = by_place.get((str(copy.path), copy.number, key))
            if row is None or row["status"] not in ("ok", "absent"):
                continue
            same = row["value"] is None and gold is None
            if row["value"] is not None and gold is not None:
                same = is_right(row["kind"], row["value"], gold)
            found[str(copy.path), key] = (row["confidence"], same)
    return found
