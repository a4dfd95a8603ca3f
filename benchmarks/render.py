"""Rendering to stored page images, against a bare PyMuPDF loop with as many processes: pages a second over its."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say, bare
from benchmarks.support.pairs import alternate
from benchmarks.support.pdfs import born_digital
from docproc.imaging import Limits, Renderer, RenderSettings

OPTIONS = {"pages": 400, "rounds": 3}
DPI, QUALITY = 150, 85


def run(say: Say, options: Options) -> Figures:
    with TemporaryDirectory() as name:
        folder = Path(name)
        pdf = born_digital(folder / "text.pdf", options["pages"])
        say(f"docproc against the bare loop: {options['pages']} pages of text, {bare.cores()} processes each")
        images = folder / "images"
        ours = into(images, lambda: render(pdf, images, options["pages"]))
        plain = alternate(say, options["rounds"], ours, into(images, lambda: bare.render(pdf, images, DPI, QUALITY)))
        say("the same, where the bare loop reads the words too")
        worded = alternate(
            say, options["rounds"], ours, into(images, lambda: bare.render(pdf, images, DPI, QUALITY, words=True))
        )
    return {
        "ratio_to_bare": plain.ratio,
        "ratio_to_bare_with_words": worded.ratio,
        "pages_per_second": round(options["pages"] / min(plain.ours), 1),
        "bare_pages_per_second": round(options["pages"] / min(plain.theirs), 1),
    }


def into(images: Path, work: Callable[[], object]) -> Callable[[], None]:
    """The work on an emptied image folder."""

    def fresh() -> None:
        shutil.rmtree(images, ignore_errors=True)
        images.mkdir()
        work()

    return fresh


def render(pdf: Path, images: Path, pages: int) -> None:
    """Every page through docproc's renderer, start of its children included; a bounded number in hand at a time."""
    renderer = Renderer(RenderSettings(dpi=DPI, jpeg_quality=QUALITY), Limits(), images, bare.cores())
    try:
        waiting: deque[Future[Any]] = deque()
        for number in range(1, pages + 1):
            waiting.append(renderer.render(pdf, number))
            if len(waiting) > 8 * bare.cores():
                waiting.popleft().result()
        while waiting:
            waiting.popleft().result()
    finally:
        renderer.close()
