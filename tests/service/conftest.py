"""Parts over a real database, for the verbs of submitting and working."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from docproc import wiring
from docproc.service.parts import Parts

LETTERS = """
name: letters
description: Letters
questions:
  - {key: sender, ask: Who wrote it?, type: string}
  - {key: total, ask: What is the total?, type: money, merge: last}
"""


@pytest.fixture
def letters(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    """Parts with the question set `letters` and the scripted engine, over a fresh database of each kind."""
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "letters.yaml").write_text(LETTERS, "utf-8")
    for name, value in {
        "DOCPROC_HOME": str(tmp_path / "home"),
        "DOCPROC_DATABASE_URL": database_url,
        "DOCPROC_QUESTION_SETS": str(tmp_path / "sets"),
        "DOCPROC_ENGINE": "scripted",
        "DOCPROC_WORKERS": "2",
    }.items():
        monkeypatch.setenv(name, value)
    parts = wiring.assembled()
    with closing(parts.database):
        yield parts
