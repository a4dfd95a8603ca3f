"""How long `docproc --help` and an import take, in seconds (median)."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from statistics import median

from benchmarks.support import Figures, Options, Say
from benchmarks.support.pairs import timed
from benchmarks.support.product import COMMAND

OPTIONS = {"rounds": 9}


def run(say: Say, options: Options) -> Figures:
    commands = {
        "python": [sys.executable, "-c", "pass"],
        "help": [*COMMAND, "--help"],
        "import_cli": [sys.executable, "-c", "import docproc.cli"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(options["rounds"]):
        for name, command in commands.items():
            seconds[name].append(timed(partial(subprocess.run, command, capture_output=True, check=True)))
    say(f"  {options['rounds']} rounds")
    return {f"{name}_seconds": round(median(times), 3) for name, times in seconds.items()}
