"""MME: two questions a picture, one whose answer is yes and one whose answer is no."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mme:
    """Percentages in [0, 100]: of questions, of pictures with both questions right; `score` is their sum, up to 200."""

    accuracy: float
    accuracy_plus: float

    @property
    def score(self) -> float:
        """What the benchmark's tables show for a subtask."""
        return self.accuracy + self.accuracy_plus


def mme(answers: Iterable[tuple[Hashable, bool]]) -> Mme:
    """Of one subtask: (picture, right) of each question. Fu et al., arXiv 2306.13394, section 2.2.

    Raises ValueError where a picture has not exactly two questions, or there is none.
    """
    told: defaultdict[Hashable, list[bool]] = defaultdict(list)
    for picture, right in answers:
        told[picture].append(right)
    odd = [picture for picture, both in told.items() if len(both) != 2]
    if odd or not told:
        raise ValueError(f"MME takes two questions a picture; {odd[0] if odd else 'there'} has another number")
    hits = sum(sum(both) for both in told.values())
    return Mme(100 * hits / (2 * len(told)), 100 * sum(all(both) for both in told.values()) / len(told))
