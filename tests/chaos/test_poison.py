"""Pages that kill or hang whoever takes them in hand: they alone fail."""

from __future__ import annotations

import hashlib
import os
import signal
from contextlib import suppress

import psycopg
import pytest

from tests.chaos import faults
from tests.chaos.audit import assert_whole
from tests.chaos.hostile import with_bomb
from tests.e2e.conftest import Shell, make_pdf, script
from tests.e2e.test_fleet import Fleet

# Whoever asks the poisonous page: host:pid:random.
ASKING = """
SELECT worker, state FROM tasks WHERE number = 2 AND document_id = (SELECT id FROM documents WHERE sha256 = %s)
"""
OPEN = "SELECT count(*) FROM jobs WHERE finished_at IS NULL"


def test_a_page_that_no_renderer_finishes_fails_alone(shell: Shell) -> None:
    with_bomb(shell.folder / "in" / "bomb.pdf", pages=6, bomb=3)
    shell.settings["DOCPROC_PAGE_SECONDS"] = "1"
    run = shell("run", "in", "-q", "letters", "--json")
    assert run.code == 2, run.err
    assert (run.lines[0]["pages"]["answered"], run.lines[0]["pages"]["failed"]) == (5, 1)
    assert_whole(f"sqlite:///{shell.folder}/home/docproc.db", pages=6, failed=["render_timeout"])


@pytest.mark.postgres
def test_pages_that_kill_their_worker_or_never_end_fail_alone_in_a_fleet(fleet: Fleet, postgres_url: str) -> None:
    shell = fleet.shell
    with_bomb(shell.folder / "in" / "bomb.pdf", pages=6, bomb=3)
    poison = make_pdf(shell.folder / "in" / "poison.pdf", [f"A letter with poison in it, {page}" for page in range(4)])
    digest = hashlib.sha256(poison.read_bytes()).hexdigest()
    script(shell, [{"document": digest, "page": 2, "key": "sender", "value": "nobody", "delay": 600}])
    shell.settings |= {"DOCPROC_PAGE_SECONDS": "1", "DOCPROC_SCRIPTED_BATCH": "2", "DOCPROC_WORKERS": "1"}
    fleet.start("gpu")
    fleet.start("raster,io")
    submitted = shell("run", "in", "-q", "letters", "--no-wait", "--json")
    assert submitted.code == 0, submitted.err
    with faults.rung(fleet, "io", "gpu") as ring:

        def failed() -> bool:
            """As a page does that makes its C library crash: the worker's process is gone while it has it in hand."""
            with psycopg.connect(postgres_url) as conn:
                worker, state = conn.execute(ASKING, [digest]).fetchone() or (None, "")
            if state == "leased" and faults.in_hand(fleet) > 0:
                with suppress(ProcessLookupError):
                    os.kill(int(worker.split(":")[-2]), signal.SIGKILL)
            return bool(state == "failed")

        faults.until(failed, meanwhile=ring)
        faults.until(
            lambda: ring() is None and fleet.number("SELECT count(*) FROM jobs WHERE finished_at IS NULL") == 0
        )
    assert_whole(postgres_url, pages=10, failed=["render_timeout", "worker_lost"])
