"""Time per page of a long document over that of a short one (`scripted` engine): 1 is constant, less is better."""

from __future__ import annotations

import shutil
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.support import Figures, Options, Say
from benchmarks.support.pairs import timed
from benchmarks.support.pdfs import born_digital
from benchmarks.support.product import Docproc

# `lines` of text a page: light pages, so that the longest document ends in time.
OPTIONS = {"smallest": 100, "middle": 1000, "largest": 10_000, "lines": 6}
START = 2  # pages of the document that tells what starting costs


def run(say: Say, options: Options) -> Figures:
    sizes = [options[name] for name in ("smallest", "middle", "largest")]
    with TemporaryDirectory() as name:
        seconds = {}
        for pages in (START, *sizes):
            rounds = 5 if pages <= options["smallest"] else 1
            seconds[pages] = median(_seconds(Path(name), pages, options["lines"]) for _ in range(rounds))
            say(f"  {pages} pages: {seconds[pages]:.2f} s")
    each = {pages: (seconds[pages] - seconds[START]) / (pages - START) for pages in sizes}
    whole = {pages: seconds[pages] / pages for pages in sizes}
    return {
        "ratio": round(each[sizes[-1]] / each[sizes[0]], 3),
        "ratio_with_start": round(whole[sizes[-1]] / whole[sizes[0]], 3),
        "start_seconds": round(seconds[START], 2),
        **{f"ms_per_page_{pages}": round(1000 * each[pages], 2) for pages in sizes},
    }


def _seconds(folder: Path, pages: int, lines: int) -> float:
    pdf, home = born_digital(folder / "text.pdf", pages, lines), folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    docproc = Docproc(home)
    return timed(lambda: docproc("run", str(pdf), "-q", "paged", "--engine", "scripted", "--json"))
