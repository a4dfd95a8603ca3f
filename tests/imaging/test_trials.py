"""When one renderer fails, the other is tried; what all failures come to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from docproc.core.errors import PageFailed, Rejected, Unavailable
from docproc.imaging import Probe, Rendered, _Probing, _Rendering
from docproc.imaging.render import Attempt
from docproc.imaging.values import RendererName
from tests.imaging.papers import pdf

BOTH: tuple[RendererName, ...] = ("pymupdf", "pdfium")
PAGE = Rendered("ab/ab.jpg", 100, 100, 150.0, "pymupdf")
EMPTY = Attempt(replace(PAGE, blank=True), doubtful=True)
SECOND = replace(PAGE, renderer="pdfium")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return pdf(tmp_path / "a.pdf", [""])


def script(**outcomes: Any) -> Callable[[str], Future[Any]]:
    """A run that gives each renderer's outcome; an exception is raised through the future."""

    def run(name: str) -> Future[Any]:
        future: Future[Any] = Future()
        outcome = outcomes[name]
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        elif outcome == "cancelled":
            future.cancel()
        else:
            future.set_result(outcome)
        return future

    return run


def rendered(path: Path, **outcomes: Any) -> Rendered:
    return _Rendering(path, BOTH, script(**outcomes)).outcome.result(5)


def failure(path: Path, **outcomes: Any) -> PageFailed:
    with pytest.raises(PageFailed) as caught:
        rendered(path, **outcomes)
    return caught.value


@pytest.mark.parametrize("code", ["render_crash", "render_timeout", "out_of_memory", "render_error"])
def test_a_page_that_the_first_renderer_fails_at_is_drawn_by_the_second(path: Path, code: str) -> None:
    page = rendered(path, pymupdf=PageFailed("no", code), pdfium=Attempt(SECOND))
    assert (page.renderer, page.warnings) == ("pdfium", ("no",))


def test_when_both_fail_the_page_fails_with_the_first_code_and_both_reasons(path: Path) -> None:
    error = failure(path, pymupdf=PageFailed("hung", "render_timeout"), pdfium=PageFailed("died", "render_crash"))
    assert error.code == "render_timeout"
    assert str(error) == "hung; died"


def test_an_unexpected_error_in_a_child_is_a_failed_page_and_no_more(path: Path) -> None:
    error = failure(path, pymupdf=KeyError("odd"), pdfium=PageFailed("died", "render_crash"))
    assert error.code == "render_error"


def test_an_image_is_not_tried_twice(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    error = failure(picture, pymupdf=PageFailed("broken", "render_error"), pdfium=Attempt(SECOND))
    assert str(error) == "broken"


def test_what_was_stopped_is_cancelled_and_not_tried_again(path: Path) -> None:
    assert failure(path, pymupdf=PageFailed("stopped", "cancelled"), pdfium=Attempt(SECOND)).code == "cancelled"
    assert failure(path, pymupdf="cancelled", pdfium=Attempt(SECOND)).code == "cancelled"


def test_children_that_cannot_be_started_are_no_fault_of_the_page(path: Path) -> None:
    with pytest.raises(Unavailable):
        rendered(path, pymupdf=Unavailable("no children"), pdfium=Attempt(SECOND))


def test_an_empty_page_that_the_second_renderer_draws_is_the_seconds(path: Path) -> None:
    page = rendered(path, pymupdf=EMPTY, pdfium=Attempt(SECOND))
    assert (page.renderer, page.blank, page.degraded) == ("pdfium", False, False)


def test_an_empty_page_that_both_renderers_agree_on_is_blank(path: Path) -> None:
    page = rendered(path, pymupdf=EMPTY, pdfium=Attempt(replace(SECOND, blank=True)))
    assert (page.renderer, page.blank, page.degraded) == ("pymupdf", True, False)


@pytest.mark.parametrize("second", [Attempt(replace(SECOND, blank=True)), PageFailed("no", "render_crash")])
def test_an_empty_page_whose_content_could_not_be_drawn_is_degraded_and_not_blank(path: Path, second: object) -> None:
    page = rendered(path, pymupdf=replace(EMPTY, broken=True), pdfium=second)
    assert (page.blank, page.degraded) == (False, True)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (PageFailed("hung", "render_timeout"), "timeout"),
        (PageFailed("died", "render_crash"), "corrupt"),
        (PageFailed("hog", "out_of_memory"), "too_large"),
        (Rejected("no pages", "zero_pages"), "zero_pages"),
        (ValueError("odd"), "corrupt"),
    ],
)
def test_a_file_that_no_renderer_opens_is_refused_for_the_first_reason(
    path: Path, trouble: Exception, code: str
) -> None:
    trial = _Probing(path, BOTH, script(pymupdf=trouble, pdfium=Rejected("bad", "corrupt")))
    with pytest.raises(Rejected) as caught:
        trial.outcome.result(5)
    assert caught.value.code == code


def test_a_file_that_the_second_renderer_opens_counts_as_repaired(path: Path) -> None:
    run = script(pymupdf=Rejected("bad", "corrupt"), pdfium=Probe("application/pdf", 10, 2, renderer="pdfium"))
    probe = _Probing(path, BOTH, run).outcome.result(5)
    assert (probe.page_count, probe.repaired, probe.warnings) == (2, True, ("bad",))


def test_a_locked_file_is_not_tried_twice(path: Path) -> None:
    trial = _Probing(path, BOTH, script(pymupdf=Rejected("locked", "encrypted"), pdfium=None))
    with pytest.raises(Rejected, match="locked"):
        trial.outcome.result(5)
