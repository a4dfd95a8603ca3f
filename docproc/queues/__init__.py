"""How work that stands in the database gets hands: here, or in a fleet that is woken.

The database says what there is to do; a queue carries nothing but doorbells, any of which may be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, get_args

from docproc.core.errors import UsageError

Stage = Literal["raster", "gpu", "io"]  # the three kinds of workers: who renders, who asks, who does the small rest
STAGES: tuple[Stage, ...] = get_args(Stage)
WAKE: Mapping[Stage, str] = {stage: f"docproc.wake.{stage}" for stage in STAGES}  # names of the workers' tasks


def bell(stage: Stage, engine: str = "") -> str:
    """What the broker calls the doorbells of a stage; with `engine`, of those workers alone that ask it."""
    return f"{stage}.{engine}" if engine else stage


class Queue(Protocol):
    """Wakes workers. Any thread may call; nothing here waits for a broker or fails where it is away."""

    @property
    def name(self) -> str:
        """The word after `--queue`; stands with each job."""

    @property
    def inline(self) -> bool:
        """Whether who submits a job does its work as well."""

    def ring(self, stage: Stage, engine: str = "") -> None:
        """Let the workers of a stage know that there may be something to do; of `gpu`, those that ask this engine."""

    def close(self) -> None:
        """Ring what is still to be rung, for a moment, and end."""


def queue_names() -> list[str]:
    """The names that `create_queue` knows."""
    return ["celery", "inline", "local"]


def create_queue(name: str, url: str) -> Queue:
    """The queue of that name; `url` is the broker's. Raises UsageError for an unknown name, MissingExtra."""
    if name == "inline":
        from docproc.queues.inline import InlineQueue  # noqa: PLC0415 - the one that is asked for

        return InlineQueue()
    if name == "local":
        from docproc.queues.local import LocalQueue  # noqa: PLC0415 - the one that is asked for

        return LocalQueue()
    if name == "celery":
        from docproc.queues.celery import CeleryQueue  # noqa: PLC0415 - an extra

        return CeleryQueue(url)
    raise UsageError(f"no queue is called {name!r}; there are: {', '.join(queue_names())}")
