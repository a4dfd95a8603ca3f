"""A training run in a process that can be killed: `python -m tests.training.child RECIPE DATASET OUT`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from docproc.training.recipe import Recipe
from docproc.training.run import train


def main() -> None:
    """Say the loss of each step on a line of its own."""
    recipe, dataset, out = sys.argv[1:]
    made = json.loads(recipe)
    made["targets"] = tuple(made["targets"])
    train(Recipe(**made), Path(dataset), Path(out), lambda step: print(step.step, step.loss, flush=True))  # noqa: T201


if __name__ == "__main__":
    main()
