"""One renderer of each kind for all tests of this folder: its children take half a second to start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docproc.imaging import Limits, Rendered, Renderer, RenderSettings
from docproc.imaging.crop import open_image
from docproc.imaging.store import ImageStore

WAIT = 120  # seconds: a machine under load is no failure


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="session")
def renderer(images: Path) -> Iterator[Renderer]:
    with Renderer(RenderSettings(), Limits(), images, 2) as made:
        yield made


@pytest.fixture(scope="session")
def pdfium(images: Path) -> Iterator[Renderer]:
    """A renderer that does without PyMuPDF."""
    with Renderer(RenderSettings(renderer="pdfium"), Limits(), images, 1) as made:
        yield made


@pytest.fixture
def render(renderer: Renderer) -> Callable[..., Rendered]:
    """Render page `number` of a file."""
    return lambda path, number=1: renderer.render(path, number).result(WAIT)


@pytest.fixture
def ink(images: Path) -> Callable[[Rendered], list[tuple[int, int]]]:
    """The (x, y) of a page's dark pixels."""

    def dark(page: Rendered) -> list[tuple[int, int]]:
        image = open_image(ImageStore(images), page.image).convert("L")
        return [(at % image.width, at // image.width) for at, level in enumerate(image.tobytes()) if level < 128]

    return dark
