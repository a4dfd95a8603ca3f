"""Files that come into a watched folder: time per file of a burst of 10,000 over that of 100, and what kills cost."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pymupdf

from benchmarks.support import Figures, Options, Say
from benchmarks.support.product import COMMAND, Docproc, PeakMemory, RunError
from tests.chaos.test_folder import ARGUMENTS, looked_through, storm
from tests.e2e.conftest import LETTERS, Shell

OPTIONS = {"few": 100, "many": 10_000, "storm": 100, "kills": 10}
START = 2  # files that tell what starting costs
_ROUNDS = 3


def run(say: Say, options: Options) -> Figures:
    """A watch with a resident worker on SQLite, the `scripted` engine, one small page a file; then a storm of kills."""
    few, many = options["few"], options["many"]
    seconds: dict[int, float] = {}
    peaks: dict[int, float] = {}
    missing = doubled = 0
    with TemporaryDirectory() as name:
        for files in (START, few, many):
            rounds = [_burst(Path(name, f"{files}_{turn}"), files) for turn in range(_ROUNDS if files <= few else 1)]
            seconds[files] = median(taken for taken, _, _ in rounds)
            peaks[files] = max(peak for _, peak, _ in rounds)
            missing += sum(max(0, files - done) for _, _, done in rounds)
            doubled += sum(max(0, done - files) for _, _, done in rounds)
            say(f"  {files} files: {seconds[files]:.1f} s, the watch itself {peaks[files]:.0f} MB at most")
        shell = _shell(Path(name, "storm"))
        storm(shell, options["storm"], options["kills"], seed=int(time.time()))
        if shell(*ARGUMENTS, "--once").code:
            raise RunError("what the storm has left was not finished")
        loss = looked_through(shell, options["storm"])
        for sentence in loss.wrong[:5]:
            say(f"    {sentence}")
    each = {files: (seconds[files] - seconds[START]) / (files - START) for files in (few, many)}
    return {
        "seconds_per_file": round(each[many], 4),
        "ratio": round(each[many] / each[few], 3),
        "lost": missing + loss.lost,
        "doubled": doubled + loss.doubled,
        "wrong": len(loss.wrong),
        "kills": options["kills"],
        **{f"watch_mb_{files}": round(peaks[files]) for files in (few, many)},
    }


def _burst(folder: Path, files: int) -> tuple[float, float, int]:
    """Seconds until all is done, the most memory of the watch alone, and how many files are in done."""
    inbox = folder / "in"
    inbox.mkdir(parents=True)
    for number in range(files):
        with pymupdf.open() as document:
            document.new_page(width=200, height=100).insert_text((10, 50), f"letter {number}", fontsize=12)
            (inbox / f"{number}.pdf").write_bytes(document.tobytes(no_new_id=True))
    docproc = Docproc(folder / "home", {"DOCPROC_ENGINE": "scripted"})
    docproc("db", "upgrade")
    watch = [*COMMAND, "watch", str(inbox), "-q", "paged", "--once", "--settle", "0.2", "--json", "--no-work"]
    work = subprocess.Popen([*COMMAND, "work"], env=docproc.environment(), stderr=subprocess.DEVNULL)
    try:
        began, memory = time.monotonic(), PeakMemory()
        process = subprocess.Popen(watch, env=docproc.environment(), stdout=subprocess.PIPE, text=True)
        memory.start(process.pid)
        out, _ = process.communicate()
        memory.stop()
        taken = time.monotonic() - began
    finally:
        work.terminate()
        work.wait()
    lines = [json.loads(line) for line in out.splitlines()]
    if process.returncode or len({line["file"] for line in lines}) != len(lines):
        raise RunError(f"docproc watch: exit {process.returncode}, {len(lines)} files told")
    return taken, memory.peak, sum(path.is_file() for path in inbox.with_name("in.done").iterdir())


def _shell(folder: Path) -> Shell:
    (folder / "sets").mkdir(parents=True)
    (folder / "sets" / "letters.yaml").write_text(LETTERS)
    return Shell(folder, {"DOCPROC_QUESTION_SETS": str(folder / "sets"), "DOCPROC_ENGINE": "scripted"})
