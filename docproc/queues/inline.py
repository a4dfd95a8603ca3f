"""No fleet: the process that submits a job works on it until its end."""

from __future__ import annotations

from docproc.queues import Stage


class InlineQueue:
    """Nobody is woken: who submits is awake."""

    name = "inline"
    inline = True

    def ring(self, stage: Stage, engine: str = "") -> None:
        """Nobody is there to hear it."""

    def close(self) -> None:
        """Nothing is held."""
