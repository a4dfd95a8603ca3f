"""A document that was read, for tests of what is shown of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pymupdf

ROOT = Path(__file__).parents[2]
PAGES = ("Letter of Jane Doe\nTotal 12.50 EUR", "Second page of the letter\nTotal 13.50 EUR", "")
RULES: list[dict[str, Any]] = [
    {"key": "sender", "page": 1, "value": "Jane Doe", "quote": "Jane Doe", "confidence": 0.9},
    {"key": "total", "page": 1, "value": "12.50 EUR", "quote": "12.50 EUR", "confidence": 0.6},
    {"key": "sender", "page": 2, "value": None, "confidence": 0.4},
    {"key": "total", "page": 2, "value": "13.50 EUR", "quote": "13.50 EUR", "confidence": 0.5},
]


def read(
    home: Path, texts: Sequence[str] = PAGES, name: str = "letter.pdf", rules: Sequence[Mapping[str, Any]] = RULES
) -> str:
    """Have docproc read a PDF with a page per text, the engine saying what `rules` say; return its SHA-256."""
    path = home / "in" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pdf(texts))
    (home / "script.json").write_text(json.dumps({"rules": list(rules)}))
    docproc(home, "run", str(path), "-q", "letters", DOCPROC_SCRIPTED_SCRIPT=str(home / "script.json"))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def pdf(texts: Sequence[str]) -> bytes:
    """A PDF with a page per text, line by line; the same texts are the same bytes."""
    with pymupdf.open() as document:
        for text in texts:
            page = document.new_page()
            if text:
                page.insert_text((72, 100), text.split("\n"), fontsize=12)
        data: bytes = document.tobytes(no_new_id=True)
    return data


def docproc(home: Path, *arguments: str, **settings: str) -> str:
    """Run a command in the server's environment; return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    command = [sys.executable, "-m", "docproc", *arguments]
    done = subprocess.run(command, check=False, cwd=home, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode in (0, 2, 3), done.stderr
    return done.stdout
