"""Precision, recall and F1 of typed fields: what was found, what was missed, and what was invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fields:
    """Counts of fields; they add up, so that a corpus is the sum of its documents.

    `right`: the true value was said; `wrong`: another; `missed`: there is a value, none was said; `invented`: there is
    none, one was said; `absent`: there is none, and none was said.
    """

    right: int = 0
    wrong: int = 0
    missed: int = 0
    invented: int = 0
    absent: int = 0

    def __add__(self, other: Fields) -> Fields:
        return Fields(
            self.right + other.right,
            self.wrong + other.wrong,
            self.missed + other.missed,
            self.invented + other.invented,
            self.absent + other.absent,
        )

    @property
    def total(self) -> int:
        """How many fields."""
        return self.right + self.wrong + self.missed + self.invented + self.absent

    @property
    def accuracy(self) -> float:
        """The share of fields of which the truth was told, be it that there is nothing; 0 for no fields."""
        return (self.right + self.absent) / self.total if self.total else 0.0

    @property
    def precision(self) -> float:
        """The share of values said that are right; 1 where none was said."""
        said = self.right + self.wrong + self.invented
        return self.right / said if said else 1.0

    @property
    def recall(self) -> float:
        """The share of values there that were said rightly; 1 where there are none."""
        there = self.right + self.wrong + self.missed
        return self.right / there if there else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def judged(said: bool, there: bool, right: bool) -> Fields:
    """One field: whether a value was said, whether there is one, and, where both, whether they are the same."""
    if there and said:
        return Fields(right=1) if right else Fields(wrong=1)
    if there:
        return Fields(missed=1)
    return Fields(invented=1) if said else Fields(absent=1)
