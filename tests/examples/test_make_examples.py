from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PIL import Image

from examples.make_examples import DOCUMENTS, HERE, MAKERS, expected, make


def words(path: Path) -> list[list[str]]:
    with pymupdf.open(path) as document:
        return [page.get_text().split() for page in document]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    make(folder)
    return folder


@pytest.mark.parametrize("name", [name for name in MAKERS if name.endswith(".pdf")])
def test_the_script_makes_the_pdf_that_is_committed(made: Path, name: str) -> None:
    assert words(made / "documents" / name) == words(DOCUMENTS / name)


@pytest.mark.parametrize("name", [name for name in MAKERS if not name.endswith(".pdf")])
def test_the_script_makes_the_picture_that_is_committed(made: Path, name: str) -> None:
    with Image.open(made / "documents" / name) as fresh, Image.open(DOCUMENTS / name) as committed:
        assert fresh.size == committed.size
        pixels = [np.asarray(image.convert("L"), dtype=np.float32) for image in (fresh, committed)]
    assert float(np.abs(pixels[0] - pixels[1]).mean()) < 4


def test_what_is_expected_of_them_is_what_is_committed(made: Path) -> None:
    assert json.loads((HERE / "expected.json").read_text("utf-8")) == json.loads(
        (made / "expected.json").read_text("utf-8")
    )


def test_every_document_has_its_truth_and_the_truth_is_printed_on_it() -> None:
    assert {item["file"] for item in expected()} == set(MAKERS)
    for item in expected():
        if not item["file"].endswith(".pdf"):
            continue
        text = "".join(word for page in words(DOCUMENTS / item["file"]) for word in page)
        for field in item["expected"].values():
            if field["type"] in ("id", "string"):
                assert field["value"].replace(" ", "") in text


def test_the_documents_are_small_enough_to_be_committed() -> None:
    assert sum(path.stat().st_size for path in DOCUMENTS.iterdir()) < 500_000
