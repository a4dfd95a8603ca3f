"""The product as people run it: the `docproc` command in a process of its own, on an empty home folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

COMMAND = [sys.executable, "-c", "from docproc.cli import main; main()"]  # what the script `docproc` does
# Asked of every page, so that each page has its share of asking, grounding and committing.
PAGE_SET = """\
name: paged
description: Five questions of every page
questions:
  - {key: heading, ask: What is the heading?, type: string}
  - {key: first_amount, ask: What is the first amount?, type: number}
  - {key: dated, ask: Which date is on the page?, type: date}
  - {key: subject, ask: What is the page about?, type: string}
  - {key: signed, ask: Is the page signed?, type: boolean}
"""


class RunError(Exception):
    """The command ended with another exit status than was expected; the message holds the end of what it said."""


@dataclass(frozen=True)
class Docproc:
    """Runs `docproc` with its home in `home`; `settings` are further environment variables."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, accept: tuple[int, ...] = (0,), watch: PeakMemory | None = None) -> list[Any]:
        """The objects of the JSON lines that it printed. Raises RunError."""
        process = subprocess.Popen(
            [*COMMAND, *arguments], env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if watch is not None:
            watch.start(process.pid)
        out, err = process.communicate()
        if watch is not None:
            watch.stop()
        if process.returncode not in accept:
            raise RunError(
                f"docproc {' '.join(arguments[:6])}: exit {process.returncode}\n{err[-2000:] or out[-2000:]}"
            )
        return [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    def environment(self) -> dict[str, str]:
        sets = self.home / "sets"
        sets.mkdir(parents=True, exist_ok=True)
        (sets / "paged.yaml").write_text(PAGE_SET)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCPROC_")}
        return {**kept, "DOCPROC_HOME": str(self.home), "DOCPROC_QUESTION_SETS": str(sets), **self.settings}


class PeakMemory:
    """The most memory that a process and all below it held at a time, in MB: shared pages divided among their users.

    Where the system does not tell shared from own memory (other than Linux), shared pages count for each process.
    """

    def __init__(self, every: float = 0.25) -> None:
        self.peak = 0.0
        self._every = every
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pid: int) -> None:
        self._thread = threading.Thread(target=self._watch, args=(psutil.Process(pid),), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self, root: psutil.Process) -> None:
        while not self._done.wait(self._every):
            total = 0
            try:
                family = [root, *root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            for process in family:
                try:
                    memory = process.memory_full_info()
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
                total += getattr(memory, "pss", memory.rss)
            self.peak = max(self.peak, total / 1e6)
