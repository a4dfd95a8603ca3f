"""Whatever is done to jobs in whatever order: counts sum to the total, and in the end every job is over."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docproc.store import states
from docproc.store.database import open_database
from tests.store.fleet import Fleet

FILES = ((("a", 3),), (("a", 3), ("b", 2)), (("b", 2), ("c", 1)))
PAGES = (3, 5, 3)
STATES = {"queued", "running", "paused", "cancelling", "cancelled", "succeeded", "partial", "failed"}
ACTS = ("render", "draw", "ask", "fail", "answer", "expire", "reap", "submit")
CHANGES = ("cancel", "pause", "resume", "retry", "set_priority")
STEPS = st.one_of(
    st.sampled_from(ACTS).map(lambda act: (act, 0)), st.tuples(st.sampled_from(CHANGES), st.integers(0, 2))
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=25))
def test_nothing_is_lost_whatever_is_done_to_jobs(sqlite_template: Path, steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "docproc.db")
        with closing(open_database(f"sqlite:///{Path(folder) / 'docproc.db'}")) as database:
            fleet = Fleet(database)
            made = [fleet.job(files) for files in FILES]
            for act, which in steps:
                _act(fleet, act, made[which])
                for job, pages in zip(made, PAGES, strict=True):
                    assert sum(fleet.pages(job).values()) == pages
                    assert fleet.state(job) in STATES
            for job in made:
                fleet.change("resume", job)
            _finish(fleet)
            for job, pages in zip(made, PAGES, strict=True):
                counts, state = fleet.pages(job), fleet.state(job)
                assert state in {"cancelled", "succeeded", "partial", "failed"}, (state, counts)
                assert set(counts) <= {"answered", "failed", "cancelled"}
                if state == "succeeded":
                    assert counts == {"answered": pages}
                elif state != "cancelled":
                    assert "cancelled" not in counts


def _act(fleet: Fleet, act: str, job: int) -> None:
    if act == "render":
        fleet.render(2)
    elif act == "draw":
        fleet.raster(2)
    elif act == "ask":
        fleet.ask(2)
    elif act in ("answer", "fail"):
        fleet.answer(fleet.ask(2), "answered" if act == "answer" else "failed")
    elif act == "expire":
        fleet.expire()
    elif act == "reap":
        fleet.reap()
    elif act == "submit":
        fleet.job((("a", 3), ("c", 1)))
    elif act == "retry":
        with fleet.database.write() as conn:
            states.retry(conn, job)
    else:
        fleet.change(act, job, *([3] if act == "set_priority" else []))


def _finish(fleet: Fleet) -> None:
    """Work until nothing is left, with leases that run out and what is left alone."""
    for _ in range(12):
        fleet.expire()
        fleet.reap()
        while alone := fleet.raster(1, alone=True):
            fleet.rastered(alone)
        while alone := fleet.ask(1, alone=True):
            fleet.answer(alone)
        fleet.finish_all()
