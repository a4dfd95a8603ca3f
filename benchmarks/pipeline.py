"""The whole pipeline with the `scripted` engine (claim, render, ask, ground, commit), against rendering alone."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import render
from benchmarks.support import Figures, Options, Say
from benchmarks.support.pairs import alternate
from benchmarks.support.pdfs import born_digital
from benchmarks.support.product import Docproc

OPTIONS = {"pages": 2000, "rounds": 3}


def run(say: Say, options: Options) -> Figures:
    pages = options["pages"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        pdf = born_digital(folder / "text.pdf", pages)
        home, images = folder / "home", folder / "images"
        docproc = Docproc(home)

        def whole() -> None:
            shutil.rmtree(home, ignore_errors=True)
            (line,) = docproc("run", str(pdf), "-q", "paged", "--engine", "scripted", "--json")
            assert line["pages"]["answered"] == pages, line["pages"]

        say(f"`docproc run` (process start and all) against the renderer alone: {pages} pages of text")
        alone = render.into(images, lambda: render.render(pdf, images, pages))
        pair = alternate(say, options["rounds"], whole, alone)
    return {"ratio_to_render": pair.ratio, "pages_per_second": round(pages / min(pair.ours), 1)}
