"""Pages become images and text layers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from docproc.core.errors import PageFailed
from docproc.imaging import Limits, Rendered, Renderer, RenderSettings
from docproc.imaging.crop import open_image
from docproc.imaging.store import ImageStore
from tests.imaging.conftest import WAIT
from tests.imaging.papers import image, laughs, pdf, text

Render = Callable[..., Rendered]
Ink = Callable[[Rendered], list[tuple[int, int]]]
SCAN = "q 595 0 0 842 0 0 cm /Im Do Q\n"
IMAGES = "/XObject<</Im 100 0 R>>"


def words(page: Rendered) -> list[str]:
    return [word.text for word in page.layer.words] if page.layer else []


def test_a_printed_page_has_an_image_and_its_words_where_they_stand(tmp_path: Path, render: Render, ink: Ink) -> None:
    page = render(pdf(tmp_path / "a.pdf", [text("Amount due", 100, 600, 24)]))
    assert (page.renderer, page.width, page.height, page.dpi) == ("pymupdf", 1240, 1755, 150)
    assert (page.blank, page.degraded, page.downscaled, page.warnings, page.picture) == (False, False, False, (), 0.0)
    assert words(page) == ["Amount", "due"]
    assert page.layer_trusted
    assert page.layer is not None
    first, second = page.layer.words
    assert first.line == second.line == 0
    assert first.size == pytest.approx(24 * 150 / 72, rel=0.01)
    dark = ink(page)
    assert all(any(w.box.x0 <= x <= w.box.x1 and w.box.y0 <= y <= w.box.y1 for w in (first, second)) for x, y in dark)
    assert min(x for x, _ in dark) == pytest.approx(first.box.x0, abs=4)
    assert max(x for x, _ in dark) == pytest.approx(second.box.x1, abs=4)


def test_each_word_has_the_weight_and_size_of_its_own_font(tmp_path: Path, render: Render) -> None:
    page = render(pdf(tmp_path / "a.pdf", [text("Total", 72, 700, 12, font="F2") + text("12.00", 110, 700, 12)]))
    assert page.layer is not None
    assert [(word.text, word.bold) for word in page.layer.words] == [("Total", True), ("12.00", False)]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_words_of_a_turned_page_stand_upright_in_their_frame_and_map_back_to_the_ink(
    tmp_path: Path, render: Render, ink: Ink, turn: int
) -> None:
    page = render(pdf(tmp_path / f"{turn}.pdf", [text("Amount due", 100, 600, 24)], page=f"/Rotate {turn}"))
    assert page.layer is not None
    assert page.layer.turn == turn
    assert (page.layer.width, page.layer.height) == (1240, 1755)
    assert (page.width < page.height) == (turn in (0, 180))
    first, second = page.layer.words
    assert first.box.x1 < second.box.x0 + 1
    assert first.box.width > first.box.height
    boxes = [page.layer.to_page.box(word.box) for word in page.layer.words]
    dark = ink(page)
    assert dark
    assert all(any(box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1 for box in boxes) for x, y in dark)


@pytest.mark.parametrize(
    "secret",
    [
        text("secret", before="3 Tr"),
        text("secret", before="1 1 1 rg"),
        text("secret", before="0.99 0.99 0.99 rg"),
        text("secret", y=900),
        text("secret", x=-300),
        text("secret", size=0.5),
        text("secret") + "0 g 60 690 120 30 re f\n",
        text("secret", before="0 0 10 10 re W n"),
        "/G gs " + text("secret"),
    ],
    ids=["invisible", "white", "near white", "above", "beside", "tiny", "blackened", "clipped", "transparent"],
)
def test_hidden_text_is_no_evidence(tmp_path: Path, render: Render, secret: str) -> None:
    path = pdf(tmp_path / "a.pdf", [secret + text("open", y=400)], resources="/ExtGState<</G<</ca 0 /CA 0>>>>")
    shown = [] if "/G gs" in secret else ["open"]
    assert words(render(path)) == shown


def test_white_words_on_a_dark_bar_and_dashes_are_seen(tmp_path: Path, render: Render) -> None:
    bar = "0.1 0.2 0.5 rg 60 690 120 30 re f\n" + text("Total", before="1 1 1 rg")
    page = render(pdf(tmp_path / "a.pdf", [bar + text("- . _", y=400)]))
    assert words(page) == ["Total", "-", ".", "_"]


def test_an_old_ocrs_text_under_a_scan_is_not_the_pages_text(tmp_path: Path, render: Render) -> None:
    path = pdf(tmp_path / "a.pdf", [text("guess") + SCAN], resources=IMAGES, extra={100: image(60, 80, 200)})
    page = render(path)
    assert words(page) == []
    assert page.picture == pytest.approx(1.0)


def test_words_stamped_on_a_scan_are_its_layer_but_not_trusted_as_the_pages_text(
    tmp_path: Path, render: Render
) -> None:
    path = pdf(tmp_path / "a.pdf", [SCAN + text("Received")], resources=IMAGES, extra={100: image(60, 80, 200)})
    page = render(path)
    assert words(page) == ["Received"]
    assert not page.layer_trusted


def test_lines_and_the_edges_of_cells_are_rules_and_the_background_is_none(tmp_path: Path, render: Render) -> None:
    drawing = "1 1 0.9 rg 0 0 595 842 re f 0 g 72 500 m 400 500 l S 72 500 m 400 500 l S 100 300 200 50 re S\n"
    page = render(pdf(tmp_path / "a.pdf", [drawing + text("x")]))
    assert page.layer is not None
    scale = 150 / 72
    rules = [tuple(round(side / scale) for side in rule) for rule in page.layer.rules]
    flat = sorted((x0, x1) for x0, y0, x1, y1 in rules if x1 - x0 > y1 - y0)
    assert len(rules) == 5
    assert [left for left, _ in flat] == pytest.approx([72, 100, 100], abs=1)
    assert [right for _, right in flat] == pytest.approx([400, 300, 300], abs=1)


def test_a_drawing_of_thousands_of_strokes_gives_a_bounded_number_of_rules(tmp_path: Path, render: Render) -> None:
    strokes = "".join(f"{x} {y} m {x + 9} {y} l S\n" for x in range(10, 580, 10) for y in range(2, 840, 4))
    page = render(pdf(tmp_path / "a.pdf", [strokes + text("x")]))
    assert page.layer is not None
    assert 0 < len(page.layer.rules) <= 2000


def test_a_page_without_colour_is_stored_in_gray_and_looks_the_same(
    tmp_path: Path, images: Path, render: Render
) -> None:
    plain = text("Amount due", 100, 600, 24) + "0.5 g 100 100 200 200 re f\n"
    speck = "1 0 0 rg 10 10 1 1 re f\n"
    gray = open_image(ImageStore(images), render(pdf(tmp_path / "gray.pdf", [plain])).image)
    colour = open_image(ImageStore(images), render(pdf(tmp_path / "colour.pdf", [plain + speck])).image)
    assert (gray.mode, colour.mode) == ("L", "RGB")
    above = (0, 0, gray.width, 1700)
    difference = ImageChops.difference(gray.crop(above), colour.convert("L").crop(above))
    assert sum(difference.histogram()[12:]) == 0


@pytest.mark.parametrize(
    "content",
    ["", "1 1 1 rg 0 0 595 842 re f", "0.9 0.9 1 rg 0 0 595 842 re f", "0 g 300 400 1 1 re f 100 100 1.5 1.5 re f"],
    ids=["nothing", "white", "one colour", "specks"],
)
def test_a_page_without_ink_is_blank(tmp_path: Path, render: Render, content: str) -> None:
    page = render(pdf(tmp_path / "a.pdf", [content]))
    assert (page.blank, page.degraded) == (True, False)


@pytest.mark.parametrize(
    "content",
    [text("3", 300, 30, 8), "0.6 G 72 400 m 500 400 l S", "0.8 g 200 200 100 100 re f"],
    ids=["a digit", "a gray line", "a pale area"],
)
def test_a_page_with_little_ink_is_not_blank(tmp_path: Path, render: Render, content: str) -> None:
    assert not render(pdf(tmp_path / "a.pdf", [content])).blank


def test_a_scanned_sheet_with_noise_and_dark_edges_is_blank(tmp_path: Path, render: Render) -> None:
    path = tmp_path / "scan.png"
    noise = Image.effect_noise((1240, 1754), 12).point(lambda level: 235 + (level - 128) // 2)
    noise.paste(90, (0, 0, 12, 1754))
    noise.save(path)
    assert render(path).blank


def test_a_page_larger_than_the_pixel_budget_is_drawn_at_fewer_dpi(tmp_path: Path, render: Render) -> None:
    page = render(pdf(tmp_path / "a.pdf", [text("poster", 100, 100, 900)], size=(14400, 14400)))
    assert page.downscaled
    assert page.width * page.height <= 40_000_000
    assert page.dpi == pytest.approx(page.width / 200, rel=0.01)
    assert words(page) == ["poster"]


def test_a_strip_longer_than_an_image_may_be_is_drawn_at_fewer_dpi(tmp_path: Path, render: Render) -> None:
    page = render(pdf(tmp_path / "a.pdf", [text("strip", 10, 10)], page="/UserUnit 10", size=(72, 14400)))
    assert page.downscaled
    assert page.height <= 30_000


def test_a_page_that_never_ends_fails_and_its_neighbours_are_drawn(tmp_path: Path, images: Path) -> None:
    endless, plain = laughs(tmp_path / "laughs.pdf"), pdf(tmp_path / "plain.pdf", [text("fine")] * 12)
    with Renderer(RenderSettings(), Limits(page_seconds=2), images, 2) as renderer:
        bad = renderer.render(endless, 1)
        good = [renderer.render(plain, number) for number in range(1, 13)]
        assert [words(future.result(WAIT)) for future in good] == [["fine"]] * 12
        with pytest.raises(PageFailed, match=r"laughs\.pdf, page 1 \(pymupdf\).*\(pdfium\)") as caught:
            bad.result(WAIT)
    assert caught.value.code == "render_timeout"


def test_a_page_that_is_not_there_fails_alone(tmp_path: Path, renderer: Renderer) -> None:
    path = pdf(tmp_path / "a.pdf", [text("one")])
    with pytest.raises(PageFailed, match="page 2") as caught:
        renderer.render(path, 2).result(WAIT)
    assert caught.value.code == "render_error"
    assert words(renderer.render(path, 1).result(WAIT)) == ["one"]


def test_a_file_that_is_gone_is_a_failed_page(tmp_path: Path, renderer: Renderer) -> None:
    with pytest.raises(PageFailed, match="cannot be read"):
        renderer.render(tmp_path / "gone.pdf", 1).result(WAIT)


def test_a_file_that_changed_on_disk_is_opened_again(tmp_path: Path, render: Render) -> None:
    path = pdf(tmp_path / "a.pdf", [text("before")])
    assert words(render(path)) == ["before"]
    pdf(path, [text("afterwards")])
    assert words(render(path)) == ["afterwards"]


def test_what_pymupdf_cannot_open_pdfium_draws_and_says_so(tmp_path: Path, render: Render) -> None:
    path = pdf(tmp_path / "a.pdf", [text("hello")], count=900_000)
    page = render(path)
    assert (page.renderer, words(page)) == ("pdfium", ["hello"])
    assert "MuPDF" in page.warnings[0]


def test_the_fingerprint_tells_apart_whatever_changes_the_image() -> None:
    plain = RenderSettings()
    assert plain.fingerprint == RenderSettings().fingerprint
    others = [RenderSettings(dpi=200), RenderSettings(renderer="pdfium"), RenderSettings(jpeg_quality=90)]
    assert len({plain.fingerprint, *(other.fingerprint for other in others)}) == 4
    assert RenderSettings(password="x").fingerprint == plain.fingerprint
    assert "sesame" not in repr(RenderSettings(password="sesame"))


def test_only_the_part_of_the_paper_that_is_to_be_shown_is_drawn(tmp_path: Path, render: Render) -> None:
    page = render(pdf(tmp_path / "a.pdf", [text("x")], page="/CropBox[100 100 300 500]"))
    assert page.width == pytest.approx(200 * 150 / 72, abs=1)
    assert page.height == pytest.approx(400 * 150 / 72, abs=1)


def test_pages_full_of_images_lines_and_text_stay_with_the_first_renderer(tmp_path: Path, renderer: Renderer) -> None:
    drawing = "".join(f"q 20 0 0 20 {x} 300 cm /Im Do Q {x} 280 m {x} 500 l S\n" for x in range(20, 560, 9))
    printed = "".join(text(f"row {y}", y=y) + f"10 {y} m 580 {y} l S\n" for y in range(520, 800, 12))
    path = pdf(tmp_path / "a.pdf", [drawing + printed] * 40, resources=IMAGES, extra={100: image(60, 80, 20)})
    futures = [renderer.render(path, number) for number in range(1, 41)]
    pages = [future.result(WAIT) for future in futures]
    assert {(page.renderer, page.warnings) for page in pages} == {("pymupdf", ())}
    assert all(len(words(page)) == 48 for page in pages)
    assert all(page.layer is not None and len(page.layer.rules) > 70 for page in pages)
    assert all(0 < page.picture < 0.2 for page in pages)
