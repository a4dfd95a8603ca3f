"""Which method to take, and what it is worth: judged on answers that it was not learnt from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from docproc.core.calibration import Calibration, Features, methods

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """An answer's features, whether it was right, and the document that it is of: answers of one document are alike."""

    features: Features
    right: bool
    group: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """A calibration learnt from all labels, and `held_out`: each label's probability by one learnt without its fold."""

    calibration: Calibration
    held_out: tuple[float, ...]


def choose(labelled: Sequence[Labelled], method: str | None = None) -> Chosen:
    """The calibration by that method, or by the one of least log loss on held-out answers. Raises KeyError."""
    names = sorted(methods()) if method is None else [method]
    held_out = {name: cross_validated(labelled, name) for name in names}
    best = min(names, key=lambda name: log_loss(held_out[name], labelled))
    rows, right = [one.features for one in labelled], [one.right for one in labelled]
    return Chosen(methods()[best].fit(rows, right), tuple(held_out[best]))


def cross_validated(labelled: Sequence[Labelled], method: str) -> list[float]:
    """Each answer's probability by a calibration that was learnt without its fold."""
    folds = _folds(labelled)
    held_out = [0.0] * len(labelled)
    for fold in set(folds):
        known = [one for one, at in zip(labelled, folds, strict=True) if at != fold]
        calibration = methods()[method].fit([one.features for one in known], [one.right for one in known])
        for index, at in enumerate(folds):
            if at == fold:
                held_out[index] = calibration.probability(labelled[index].features)
    return held_out


def log_loss(probabilities: Sequence[float], labelled: Sequence[Labelled]) -> float:
    """Mean negative log-likelihood of the labels, in nats; lower is better."""
    told = zip(probabilities, labelled, strict=True)
    return -sum(log(p if one.right else 1 - p) for p, one in told) / len(labelled)


def _folds(labelled: Sequence[Labelled]) -> list[int]:
    """The fold of each answer: whole documents, the largest first, each to the fold that has the least so far; answer
    by answer where there are fewer documents than folds."""
    sizes: dict[int, int] = {}
    for one in labelled:
        sizes[one.group] = sizes.get(one.group, 0) + 1
    if len(sizes) < FOLDS:
        return [index % FOLDS for index in range(len(labelled))]
    loads, fold_of = [0] * FOLDS, dict[int, int]()
    for group in sorted(sizes, key=lambda group: (-sizes[group], group)):
        fold = loads.index(min(loads))
        fold_of[group] = fold
        loads[fold] += sizes[group]
    return [fold_of[one.group] for one in labelled]
