"""PDFium alone: no PyMuPDF anywhere, and the same words in the same places."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from docproc.core.errors import PageFailed, Rejected
from docproc.imaging import Rendered, Renderer
from docproc.imaging.desk import Desk
from tests.imaging.conftest import WAIT
from tests.imaging.papers import encrypted, image, pdf, text


def loaded(desk: Desk) -> list[str]:
    return sorted(name for name in sys.modules if "mupdf" in name)


def words(page: Rendered) -> list[str]:
    return [word.text for word in page.layer.words] if page.layer else []


def test_nothing_of_pymupdf_is_imported(tmp_path: Path, pdfium: Renderer) -> None:
    path = pdf(tmp_path / "a.pdf", [text("Amount due"), "0 g 100 100 m"])
    assert pdfium.probe(path).result(WAIT).renderer == "pdfium"
    assert pdfium.render(path, 1).result(WAIT).renderer == "pdfium"
    with pytest.raises(PageFailed, match="PDFium"):
        pdfium.render(path, 9).result(WAIT)
    assert pdfium._children.submit(loaded, timeout=WAIT).result(WAIT) == []


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_are_where_pymupdf_finds_them(
    tmp_path: Path, pdfium: Renderer, render: Callable[..., Rendered], turn: int
) -> None:
    content = text("Amount due", 100, 600, 24) + text("Total", 100, 500, 12, font="F2") + text("12.00", 300, 500)
    path = pdf(tmp_path / f"{turn}.pdf", [content], page=f"/Rotate {turn}")
    ours, theirs = pdfium.render(path, 1).result(WAIT), render(path)
    assert ours.layer is not None
    assert theirs.layer is not None
    assert [(w.text, w.bold) for w in ours.layer.words] == [(w.text, w.bold) for w in theirs.layer.words]
    assert ours.layer.turn == theirs.layer.turn == turn
    for mine, other in zip(ours.layer.words, theirs.layer.words, strict=True):
        assert mine.box.iou(other.box) > 0.6
        assert mine.size == pytest.approx(other.size, rel=0.25)
    assert [word.line for word in ours.layer.words][:2] == [0, 0]


@pytest.mark.parametrize(
    "secret", [text("secret", before="3 Tr"), text("secret", before="1 1 1 rg"), text("secret", y=900)]
)
def test_hidden_text_is_no_evidence(tmp_path: Path, pdfium: Renderer, secret: str) -> None:
    assert words(pdfium.render(pdf(tmp_path / "a.pdf", [secret + text("open", y=400)]), 1).result(WAIT)) == ["open"]


def test_pictures_and_rules_are_found(tmp_path: Path, pdfium: Renderer) -> None:
    content = "q 595 0 0 421 0 0 cm /Im Do Q 72 700 m 400 700 l S " + text("x", y=600)
    path = pdf(tmp_path / "a.pdf", [content], resources="/XObject<</Im 100 0 R>>", extra={100: image(6, 8, 200)})
    page = pdfium.render(path, 1).result(WAIT)
    assert page.picture == pytest.approx(0.5, abs=0.01)
    assert page.layer is not None
    assert len(page.layer.rules) == 1


def test_blank_pages_locked_files_and_refusals(tmp_path: Path, pdfium: Renderer) -> None:
    assert pdfium.render(pdf(tmp_path / "a.pdf", [""]), 1).result(WAIT).blank
    with pytest.raises(Rejected) as caught:
        pdfium.probe(encrypted(tmp_path / "b.pdf", "owner", "user")).result(WAIT)
    assert caught.value.code == "encrypted"
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(Rejected) as caught:
        pdfium.probe(tmp_path / "c.pdf").result(WAIT)
    assert caught.value.code == "corrupt"
