"""The first look at a file: what it is, or why it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from docproc.core.errors import Rejected
from docproc.imaging import Limits, Renderer, RenderSettings
from tests.imaging.conftest import WAIT
from tests.imaging.papers import encrypted, pdf, png, stream, text, written


def refusal(renderer: Renderer, path: Path) -> Rejected:
    with pytest.raises(Rejected) as caught:
        renderer.probe(path).result(WAIT)
    assert str(path) in str(caught.value)
    return caught.value


def test_a_sound_pdf_is_accepted_with_its_pages_and_what_it_says_of_itself(tmp_path: Path, renderer: Renderer) -> None:
    info = b"<</Title(Report)/Author(A. Writer)/CreationDate(D:20240229123000+01'00')/Keywords()>>"
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 5: info}
    objects[2] = b"<</Type/Pages/Count 2/Kids[3 0 R 4 0 R]>>"
    objects[3] = objects[4] = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>"
    path = written(tmp_path / "a.pdf", objects, "/Info 5 0 R")
    probe = renderer.probe(path).result(WAIT)
    assert (probe.media_type, probe.page_count, probe.bytes) == ("application/pdf", 2, path.stat().st_size)
    assert (probe.repaired, probe.warnings, probe.renderer) == (False, (), "pymupdf")
    assert probe.meta["title"] == "Report"
    assert probe.meta["author"] == "A. Writer"
    assert probe.meta["created"] == "2024-02-29T12:30:00+01:00"
    assert "keywords" not in probe.meta


def test_metadata_that_databases_choke_on_is_cleaned(tmp_path: Path, renderer: Renderer) -> None:
    title = "<FEFF0041000000420007D8000043>"  # UTF-16: A, NUL, B, bell, half of a pair, C
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 1/Kids[3 0 R]>>"}
    objects[3] = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>"
    objects[5] = f"<</Title {title}>>".encode()
    probe = renderer.probe(written(tmp_path / "a.pdf", objects, "/Info 5 0 R")).result(WAIT)
    told = probe.meta.get("title", "")
    assert "\0" not in told
    assert "\a" not in told
    told.encode("utf-8")
    json.dumps(dict(probe.meta)).encode("utf-8")


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"<!DOCTYPE html><html><body>%PDF</body></html>", "HTML"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"PK\x03\x04" + bytes(100), "ZIP"),
        (b"Dear all, the report follows.", "plain text"),
        (bytes(range(256)), "unknown data"),
    ],
    ids=["html", "svg", "zip", "text", "noise"],
)
def test_other_files_named_pdf_are_told_by_their_bytes(
    tmp_path: Path, renderer: Renderer, data: bytes, looks: str
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    error = refusal(renderer, path)
    assert error.code == "not_a_pdf"
    assert looks in str(error)


def test_a_pdf_with_another_name_and_mailers_leavings_before_it_is_a_pdf(tmp_path: Path, renderer: Renderer) -> None:
    path = pdf(tmp_path / "a.txt", [text("hello")])
    path.write_bytes(b"Content-Type: application/pdf\r\n\r\n" * 50 + path.read_bytes())
    assert renderer.probe(path).result(WAIT).page_count == 1


def test_an_empty_file_is_refused(tmp_path: Path, renderer: Renderer) -> None:
    (tmp_path / "a.pdf").touch()
    assert refusal(renderer, tmp_path / "a.pdf").code == "empty_file"


def test_a_missing_file_is_unreadable(tmp_path: Path, renderer: Renderer) -> None:
    assert refusal(renderer, tmp_path / "a.pdf").code == "unreadable"


def test_a_header_and_nothing_else_is_corrupt(tmp_path: Path, renderer: Renderer) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n")
    assert refusal(renderer, tmp_path / "a.pdf").code in ("corrupt", "zero_pages")


def test_a_file_that_is_cut_off_is_repaired_and_says_so(tmp_path: Path, renderer: Renderer) -> None:
    path = pdf(tmp_path / "a.pdf", [text("hello")])
    path.write_bytes(path.read_bytes()[:-200])
    probe = renderer.probe(path).result(WAIT)
    assert (probe.page_count, probe.repaired) == (1, True)
    assert probe.warnings


def test_a_document_without_pages_is_refused(tmp_path: Path, renderer: Renderer) -> None:
    assert refusal(renderer, pdf(tmp_path / "a.pdf", [])).code == "zero_pages"


def test_a_count_of_pages_that_lies_is_replaced_by_those_that_are_there(tmp_path: Path, renderer: Renderer) -> None:
    path = pdf(tmp_path / "a.pdf", [text("one"), text("two"), text("three")], count=900_000)
    probe = renderer.probe(path).result(WAIT)
    assert (probe.page_count, probe.repaired, probe.renderer) == (3, True, "pdfium")
    assert any("900000 pages; 3 can be loaded" in warning for warning in probe.warnings)


def test_a_locked_document_needs_its_password(tmp_path: Path, images: Path, renderer: Renderer) -> None:
    path = encrypted(tmp_path / "a.pdf", "owner", "user")
    error = refusal(renderer, path)
    assert error.code == "encrypted"
    assert "DOCPROC_PASSWORD" in str(error)
    with Renderer(RenderSettings(password="user"), Limits(), images, 1) as opened:
        assert opened.probe(path).result(WAIT).page_count == 1
        page = opened.render(path, 1).result(WAIT)
        assert page.layer is not None
        assert page.layer.text == "sealed letter"
    with Renderer(RenderSettings(password="wrong"), Limits(), images, 1) as closed:
        assert refusal(closed, path).code == "encrypted"


def test_a_document_that_only_its_owner_may_change_is_accepted(tmp_path: Path, renderer: Renderer) -> None:
    assert renderer.probe(encrypted(tmp_path / "a.pdf", "owner", "")).result(WAIT).page_count == 1


def test_refusals_by_limits_name_the_limit_the_value_and_how_to_raise_it(tmp_path: Path, images: Path) -> None:
    path = pdf(tmp_path / "a.pdf", [text("x")] * 4)
    with Renderer(RenderSettings(), Limits(max_pages=3), images, 1) as renderer:
        error = refusal(renderer, path)
        assert error.code == "too_many_pages"
        assert all(part in str(error) for part in ("4 pages", "limit of 3", "DOCPROC_MAX_PAGES"))
    with Renderer(RenderSettings(), Limits(max_bytes=1000), images, 1) as renderer:
        error = refusal(renderer, path)
        assert error.code == "too_large"
        assert "DOCPROC_MAX_FILE_MB" in str(error)


def test_a_pixel_bomb_is_refused_before_it_is_decoded(tmp_path: Path, renderer: Renderer) -> None:
    (tmp_path / "a.png").write_bytes(png((100_000, 100_000)))
    error = refusal(renderer, tmp_path / "a.png")
    assert error.code == "too_large"
    assert "100000 x 100000" in str(error)


def test_images_are_documents_whatever_they_are_called(tmp_path: Path, renderer: Renderer) -> None:
    for shape, media_type in (("PNG", "image/png"), ("JPEG", "image/jpeg"), ("TIFF", "image/tiff")):
        path = tmp_path / f"{shape}.pdf"
        Image.new("RGB", (50, 50), "white").save(path, shape)
        probe = renderer.probe(path).result(WAIT)
        assert (probe.media_type, probe.page_count, probe.renderer) == (media_type, 1, "pictures")


def test_a_damaged_image_is_corrupt(tmp_path: Path, renderer: Renderer) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    assert refusal(renderer, tmp_path / "a.png").code == "corrupt"


def test_a_page_tree_that_goes_in_circles_ends(tmp_path: Path, renderer: Renderer) -> None:
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 2: b"<</Type/Pages/Count 2/Kids[2 0 R 2 0 R]>>"}
    path = written(tmp_path / "a.pdf", objects | {3: stream(b"")})
    outcome = renderer.probe(path).exception(WAIT)
    assert outcome is None or getattr(outcome, "code", "") in ("corrupt", "zero_pages")
