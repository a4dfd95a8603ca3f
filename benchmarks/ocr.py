"""Reading scans with the `ocr` engine: pages a second over those of bare RapidOCR, and of OCRmyPDF with Tesseract."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.support import Figures, Options, Say, bare
from benchmarks.support.pairs import alternate, timed
from benchmarks.support.pdfs import born_digital
from benchmarks.support.product import Docproc
from benchmarks.support.scans import scanned_pdf, scans

OPTIONS = {"pages": 8, "rounds": 2, "born_digital_pages": 200}
TOOLS = Path.home() / ".cache" / "docproc-benchmarks" / "ocrmypdf"


def run(say: Say, options: Options) -> Figures:
    pages, rounds = options["pages"], options["rounds"]
    with TemporaryDirectory() as name:
        folder = Path(name)
        images = scans(folder, pages)
        pdf = scanned_pdf(folder / "scans.pdf", images)

        def ours() -> None:
            read(folder / "home", pdf)

        say(f"docproc against bare RapidOCR: {pages} scanned pages")
        rapid = alternate(say, rounds, ours, lambda: bare.ocr(images))
        ratio, reason = None, ocrmypdf_missing(say)
        if not reason:
            say("docproc against OCRmyPDF with Tesseract: the same PDF")
            tesseract = alternate(say, rounds, ours, lambda: ocrmypdf(pdf, folder / "out.pdf"))
            ratio = tesseract.ratio
        text = born_digital(folder / "text.pdf", options["born_digital_pages"])
        digital = median(timed(lambda: read(folder / "home", text)) for _ in range(3)) / options["born_digital_pages"]
    scan = min(rapid.ours) / pages
    return {
        "ratio_to_bare": rapid.ratio,
        "ratio_to_ocrmypdf": ratio,
        **({"ocrmypdf_missing": reason} if reason else {}),
        "seconds_per_scan": round(scan, 3),
        "seconds_per_born_digital_page": round(digital, 4),
        "born_digital_over_scans": round(scan / digital, 1),
    }


def read(home: Path, pdf: Path) -> None:
    """The text of every page, from nothing."""
    shutil.rmtree(home, ignore_errors=True)
    (line,) = Docproc(home)("run", str(pdf), "-q", "ocr", "--engine", "ocr", "--json")
    assert line["status"] == "succeeded", line["outcome"]


def ocrmypdf_missing(say: Say) -> str:
    """Makes a virtual environment with OCRmyPDF, once; says why it cannot run here, or nothing."""
    lacks = [program for program in ("tesseract", "gs") if shutil.which(program) is None]
    if lacks:
        return f"not installed: {', '.join(lacks)} (Debian: apt-get install tesseract-ocr ghostscript)"
    if not (TOOLS / "bin" / "ocrmypdf").exists():
        say("installing OCRmyPDF in a virtual environment of its own")
        subprocess.run([sys.executable, "-m", "venv", "--clear", TOOLS], check=True)
        installed = subprocess.run([TOOLS / "bin" / "pip", "install", "-qq", "ocrmypdf"], check=False).returncode
        if installed != 0:
            shutil.rmtree(TOOLS)
            return "pip could not install ocrmypdf"
    return ""


def ocrmypdf(pdf: Path, out: Path) -> None:
    """As many pages at a time as there are cores, one thread each, and no work but reading: no PDF/A, no optimising."""
    command = [str(TOOLS / "bin" / "ocrmypdf"), "--quiet", "--jobs", str(bare.cores())]
    command += ["--output-type", "pdf", "--optimize", "0", str(pdf), str(out)]
    subprocess.run(command, check=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"})
