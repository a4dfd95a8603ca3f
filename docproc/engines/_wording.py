"""How questions are put, as a mark in the fingerprints of engines with a model; no engine itself."""

from __future__ import annotations

import hashlib
import json

from docproc.core.kinds import kinds
from docproc.core.prompts import SYSTEM, page_text, question_text, reply_schema
from docproc.core.questions import Column, Question


def wording() -> str:
    """A hash, in 8 hexadecimal digits, of what is said of each kind of question, so that better words ask again."""
    column = Column("amount", "money", ("sum",))
    samples = [
        Question("key", "What is it?", kind, choices=("a", "b") if kind == "choice" else (), columns=(column,))
        for kind in sorted(kinds())
    ]
    told = [
        [page_text(samples, boxes), *([question_text(one, boxes), reply_schema(one, boxes)] for one in samples)]
        for boxes in (False, True)
    ]
    return hashlib.sha256(json.dumps([SYSTEM, told], sort_keys=True).encode()).hexdigest()[:8]
