"""No room for page images; and two who submit the same at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import faults
from tests.chaos.audit import assert_whole
from tests.e2e.conftest import Shell
from tests.e2e.test_fleet import Fleet, done, letters


def database_of(shell: Shell) -> str:
    return shell.settings.get("DOCPROC_DATABASE_URL", f"sqlite:///{shell.folder}/home/docproc.db")


@pytest.mark.postgres
def test_a_full_disk_costs_a_fleet_no_page(fleet: Fleet, postgres_url: str, tmp_path: Path) -> None:
    shell = fleet.shell
    letters(shell, files=3, pages=10)
    images = tmp_path / "disk" / "images"
    shell.settings["DOCPROC_IMAGES"] = str(images)
    with faults.small_disk(images, megabytes=16) as own:
        assert shell("run", "in", "-q", "letters", "--no-wait").code == 0
        with faults.full(images, own):
            fleet.start("gpu")
            fleet.start("raster,io")
            faults.until(lambda: "cannot be written to" in fleet.said(), 30)
            assert fleet.number("SELECT count(*) FROM tasks WHERE state NOT IN ('waiting', 'ready', 'leased')") == 0
        with faults.rung(fleet, "raster") as ring:
            faults.until(lambda: done(fleet), meanwhile=ring)
        assert_whole(postgres_url, pages=30)
        fleet.close()


def test_a_full_disk_costs_a_single_process_no_page(shell: Shell, tmp_path: Path) -> None:
    letters(shell, files=2, pages=5)
    images = tmp_path / "disk" / "images"
    shell.settings["DOCPROC_IMAGES"] = str(images)
    with faults.small_disk(images, megabytes=16) as own:
        with faults.full(images, own):
            run = shell("run", "in", "-q", "letters")
            assert run.code == 4, run.err
            assert "cannot be written to" in run.err
        assert shell("run", "in", "-q", "letters").code == 0
        # What the first run left is worked on by the second, which asks the same.
        assert_whole(database_of(shell), pages=10, abandoned=True)


def test_two_who_submit_the_same_at_once_get_the_same_answers_once(shell: Shell) -> None:
    letters(shell, files=3, pages=10)
    assert shell("db", "upgrade").code == 0
    both(shell)


@pytest.mark.postgres
def test_two_who_submit_the_same_to_a_fleet_at_once_get_the_same_answers_once(fleet: Fleet) -> None:
    letters(fleet.shell, files=3, pages=10)
    fleet.start("gpu")
    fleet.start("raster,io")
    both(fleet.shell)


def both(shell: Shell) -> None:
    running = [shell.start("run", "in", "-q", "letters", "--json") for _ in range(2)]
    said = [process.communicate(timeout=90) for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert all(out.count('"answered": 10') == 3 or out.count('"answered":10') == 3 for out, _ in said), said
    assert_whole(database_of(shell), pages=30)
