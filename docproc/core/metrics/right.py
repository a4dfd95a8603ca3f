"""Whether an answer counts as right."""

from __future__ import annotations

from docproc.core.kinds import kind_of
from docproc.core.text.fold import fold

# The score of its kind that an answer must reach; 1 for kinds that are not named. A name with an accent lost is right,
# and so is a table with one cell in ten amiss.
ENOUGH = {"string": 0.9, "text": 0.8, "list": 0.9, "dates": 0.9, "table": 0.9, "tables": 0.8}


def is_right(kind: str, predicted: str, gold: str) -> bool:
    """Whether canonical text `predicted` says what `gold` says. Of codes and amounts in a text every digit counts."""
    if kind == "string" and _digits(predicted) != _digits(gold):
        return False
    return kind_of(kind).score(predicted, gold) >= ENOUGH.get(kind, 1.0)


def _digits(text: str) -> str:
    return "".join(char for char in fold(text) if char.isdigit())
