"""Peak memory of all processes for a long document over that for a shorter one: 1 is flat, less is better."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support import Figures, Options, Say
from benchmarks.support.pdfs import born_digital
from benchmarks.support.product import Docproc, PeakMemory

OPTIONS = {"smaller": 500, "larger": 10_000, "lines": 6}


def run(say: Say, options: Options) -> Figures:
    smaller, larger = options["smaller"], options["larger"]
    with TemporaryDirectory() as name:
        peaks = {}
        for pages in (smaller, larger):
            pdf, home = born_digital(Path(name) / "text.pdf", pages, options["lines"]), Path(name) / "home"
            shutil.rmtree(home, ignore_errors=True)
            watch = PeakMemory()
            Docproc(home)("run", str(pdf), "-q", "paged", "--engine", "scripted", "--json", watch=watch)
            peaks[pages] = watch.peak
            say(f"  {pages} pages: {watch.peak:.0f} MB at most")
    return {
        "ratio": round(peaks[larger] / peaks[smaller], 3),
        **{f"peak_mb_{pages}": round(peak) for pages, peak in peaks.items()},
    }
