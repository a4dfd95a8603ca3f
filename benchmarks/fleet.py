"""Pages through a whole fleet (Celery, Redis, PostgreSQL) with the `scripted` engine, against one process alone."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support import Figures, Options, Say
from benchmarks.support.fleet import fleet_in
from benchmarks.support.pairs import alternate
from benchmarks.support.pdfs import born_digital
from benchmarks.support.product import Docproc

OPTIONS = {"pages": 2000, "rounds": 3}


def run(say: Say, options: Options) -> Figures:
    pages = options["pages"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        source = born_digital(folder / "text.pdf", pages).read_bytes()
        submitted = folder / "submitted.pdf"
        numbers = count()
        embedded = Docproc(folder / "embedded")

        def alone() -> None:
            shutil.rmtree(embedded.home, ignore_errors=True)
            (line,) = embedded("run", str(submitted), "-q", "paged", "--engine", "scripted", "--json")
            assert line["pages"]["answered"] == pages, line["pages"]

        with fleet_in(folder / "fleet") as fleet:
            fleet.start("gpu", "raster,io")

            def together() -> None:
                submitted.write_bytes(source + f"% {next(numbers)}\n".encode())  # other bytes: another document
                fleet.empty()
                (line,) = fleet.docproc("run", str(submitted), "-q", "paged", "--json")
                assert line["pages"]["answered"] == pages, line["pages"]

            together()  # the workers have started their engine and their render children
            say(f"submitted to a fleet and waited for, against `docproc run` on SQLite: {pages} pages of text")
            pair = alternate(say, options["rounds"], together, alone)
    return {"ratio_to_embedded": pair.ratio, "pages_per_second": round(pages / min(pair.ours), 1)}
