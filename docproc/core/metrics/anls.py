"""Average normalised Levenshtein similarity, the metric of DocVQA and InfographicVQA."""

from __future__ import annotations

from collections.abc import Sequence

from docproc.core.metrics.distance import edit_distance

THRESHOLD = 0.5


def anls(said: str, accepted: Sequence[str], threshold: float = THRESHOLD) -> float:
    """The similarity to the nearest accepted answer in [0, 1]; 0 where more than `threshold` of it is amiss.

    Biten et al., ICCV 2019, eq. 1: 1 - NL where NL is not above the threshold (at the threshold the paper gives 0, the
    challenge's evaluation and ANLS* do not), NL being the edit distance over the longer length.
    Letter case and runs of white space do not count, as there. Raises ValueError for no
    answers.
    """
    if not accepted:
        raise ValueError("a question without an accepted answer cannot be scored")
    folded = _fold(said)
    return max(_similarity(folded, _fold(answer), threshold) for answer in accepted)


def _similarity(said: str, answer: str, threshold: float) -> float:
    longer = max(len(said), len(answer))
    distance = edit_distance(said, answer) / longer if longer else 0.0
    return 1.0 - distance if distance <= threshold else 0.0


def _fold(text: str) -> str:
    return " ".join(text.lower().split())
