"""The command line as people run it: a process of its own, a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymupdf
import pytest

ROOT = Path(__file__).parents[2]
LETTERS = """
name: letters
description: Letters
questions:
  - {key: sender, ask: Who wrote it?, type: string}
  - {key: total, ask: What is the total?, type: money, merge: last}
"""


@dataclass(frozen=True)
class Finished:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Shell:
    """Runs docproc in a folder with its own settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCPROC_")}
        here = {"PYTHONPATH": str(ROOT), "DOCPROC_HOME": str(self.folder / "home"), "DOCPROC_WORKERS": "2"}
        return {**inherited, **here, **self.settings}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "docproc", *arguments]

    def __call__(self, *arguments: str) -> Finished:
        done = subprocess.run(
            self.command(*arguments),
            check=False,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command and come back at once."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        done = self("sql", query, "--format", "json", "--limit", "100000")
        assert done.code == 0, done.err
        found: list[dict[str, Any]] = json.loads(done.out)
        return found


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A docproc with the question set `letters` and the scripted engine."""
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "letters.yaml").write_text(LETTERS)
    return Shell(tmp_path, {"DOCPROC_QUESTION_SETS": str(tmp_path / "sets"), "DOCPROC_ENGINE": "scripted"})


def make_pdf(path: Path, texts: Sequence[str]) -> Path:
    """A PDF with one page per text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with pymupdf.open() as document:
        for text in texts:
            page = document.new_page()
            if text:
                page.insert_text((72, 100), text, fontsize=12)
        document.save(path)
    return path


def script(shell: Shell, rules: Sequence[Mapping[str, Any]]) -> None:
    """Tell the scripted engine what to say."""
    path = shell.folder / "script.json"
    path.write_text(json.dumps({"rules": list(rules)}))
    shell.settings["DOCPROC_SCRIPTED_SCRIPT"] = str(path)
