"""ANLS*: the similarity of whole records: texts, lists in any order, dictionaries, and several accepted truths."""

from __future__ import annotations

from typing import Any

from docproc.core.errors import MissingExtra


def anls_star(said: Any, truth: Any) -> float:
    """In [0, 1]. A tuple in `truth` is a choice of accepted values; lists are matched at best; None means absent.

    Peer et al., arXiv 2402.03848, by their own implementation. A value said where the truth is absent costs as much as
    one that is missing. Raises MissingExtra.
    """
    try:
        from anls_star import anls_score  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("eval", "ANLS*") from error
    return float(anls_score(truth, said))
