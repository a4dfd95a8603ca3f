"""No fleet, and nobody waits: jobs are left in the database, where a resident worker (`docproc work`) finds them."""

from __future__ import annotations

from docproc.queues import Stage


class LocalQueue:
    """Nobody is woken: a resident worker looks into the database by itself."""

    name = "local"
    inline = False

    def ring(self, stage: Stage, engine: str = "") -> None:
        """Nobody is there to hear it."""

    def close(self) -> None:
        """Nothing is held."""
