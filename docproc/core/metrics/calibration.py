"""Expected calibration error."""

from __future__ import annotations

from collections.abc import Sequence

BINS = 10


def expected_calibration_error(probabilities: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float:
    """The mean distance between confidence and accuracy over `bins` bins of equal width, weighted by their answers.

    Naeini et al., AAAI 2015. `probabilities` in [0, 1]; a probability on the border of two bins is in the upper one, 1
    in the last. 0 is perfect; 0 for no answers.
    """
    sums = [0.0] * bins  # of probability less right, per bin
    for probability, is_right in zip(probabilities, right, strict=True):
        sums[min(bins - 1, int(probability * bins))] += probability - is_right
    return sum(map(abs, sums)) / len(right) if right else 0.0
