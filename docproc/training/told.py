"""What a training run tells, while it is under way and at its end; nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """How far a run is. `seconds` since its start here; `left`: estimated, None at first. Losses are means a token."""

    step: int
    steps: int
    epoch: float
    loss: float | None
    validation: float | None
    rate: float | None
    seconds: float
    left: float | None


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it. `history`: step, loss, validation and rate of each report, those before a resume included.

    `whole`: it came to its end; else there is a checkpoint to go on from and no adapter yet.
    """

    folder: Path
    steps: int
    seconds: float
    samples: int
    loss: float | None
    validation: float | None
    history: tuple[dict[str, float], ...]
    whole: bool = True
