"""A fleet takes in what was submitted: nobody has looked at it before, and its workers of the small work do."""

from __future__ import annotations

from contextlib import closing

import pytest

from docproc import wiring
from docproc.service.submit import Order, keep, submit
from docproc.store import states
from tests.e2e.conftest import make_pdf
from tests.e2e.test_fleet import TEXT, Fleet, fleet, redis, wait_for

pytestmark = pytest.mark.postgres
__all__ = ["fleet", "redis"]


def test_what_was_submitted_to_a_fleet_is_taken_in_and_answered(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = fleet.shell
    for name, value in shell.environment.items():
        if name.startswith("DOCPROC_"):
            monkeypatch.setenv(name, value)
    fleet.start("gpu")
    fleet.start("raster,io")
    parts = wiring.assembled()
    with closing(parts.database), closing(parts.queue(None)) as queue:
        files = [keep(parts, make_pdf(shell.folder / f"{number}.pdf", [f"{TEXT} {number}"] * 2)) for number in range(5)]
        job = submit(parts, queue, Order("letters"), files).job_id

        def state() -> str | None:
            with parts.database.read() as conn:
                return states.state_of(conn, job)

        wait_for(lambda: state() == "succeeded")
    assert fleet.number("SELECT count(*) FROM answers_flat WHERE page > 0 AND key = 'total'") == 10
