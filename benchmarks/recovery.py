"""Seconds from the SIGKILL of a worker until a page that it had in hand is asked again, at default settings."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.support import Figures, Options, Say
from benchmarks.support.fleet import fleet_in
from benchmarks.support.pdfs import born_digital

OPTIONS = {"pages": 200, "rounds": 3}


def run(say: Say, options: Options) -> Figures:
    taken = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        script = folder / "script.json"
        script.write_text(json.dumps({"rules": [{"key": "heading", "value": "A", "delay": 0.2}]}))
        slow = {"DOCPROC_SCRIPTED_SCRIPT": str(script), "DOCPROC_SCRIPTED_LANES": "1"}
        with fleet_in(folder / "fleet", **slow) as fleet:
            fleet.start("raster,io")
            pdf = born_digital(folder / "text.pdf", options["pages"])
            for round_number in range(options["rounds"]):
                fleet.empty()
                fleet.start("gpu")
                fleet.docproc("run", str(pdf), "-q", "paged", "--no-wait")
                _until(lambda: fleet.number(IN_HAND) > 0)
                fleet.start("gpu")  # the one that is left
                first = fleet.workers[-2]
                # As on another host: there nobody sees that the process is gone, and its lease has to expire.
                fleet.number(
                    f"WITH moved AS (UPDATE tasks SET worker = 'elsewhere:1:0' WHERE {HELD} RETURNING 1) "
                    "SELECT count(*) FROM moved"
                )
                fleet.kill(first)
                began = time.monotonic()
                _until(lambda: fleet.number("SELECT count(*) FROM tasks WHERE crashes > 0 AND attempt > 1") > 0)
                taken.append(time.monotonic() - began)
                say(f"  round {round_number + 1}: {taken[-1]:.1f} s")
                fleet.kill(fleet.workers[-1])
    return {"recovery_seconds": round(median(taken), 1), "longest": round(max(taken), 1)}


HELD = "state = 'leased' AND stage = 'ask'"
IN_HAND = f"SELECT count(*) FROM tasks WHERE {HELD}"


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not met():
        if time.monotonic() > deadline:
            raise RuntimeError("it did not come to it in 120 s")
        time.sleep(0.05)
