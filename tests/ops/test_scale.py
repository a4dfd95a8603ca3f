"""docs/scale.md: its tables are what the model computes, its figures what a database weighs, its SQL runs."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from pyarrow import parquet as files
from typer.testing import CliRunner

from benchmarks.scale import model, rows
from benchmarks.scale.__main__ import main, written
from benchmarks.scale.figures import FIGURES, LIMITS, POSTGRESQL, SQLITE
from benchmarks.scale.tables import tables
from docproc.cli import app
from docproc.store.database import Database, open_database
from tests.ops.compose import ROOT

PAGE = (ROOT / "docs" / "scale.md").read_text("utf-8")
MADE = tables(model.numbers())
GIVEN = model.numbers()


@pytest.mark.parametrize("name", MADE)
def test_a_table_of_the_page_is_what_is_computed(name: str) -> None:
    assert f"<!-- {name} -->\n{MADE[name]}\n\n" in PAGE


def test_the_page_has_no_other_computed_table() -> None:
    assert re.findall(r"<!-- (\w+) -->", PAGE) == ["scales", "days", "bytes", "gpu", "cost", "kept", "figures"]
    assert written(PAGE, MADE) == PAGE


def test_a_table_that_is_made_anew_replaces_the_old_one() -> None:
    page = "before\n\n<!-- days -->\n| old |\n| --- |\n\nafter\n"
    assert written(page, {"days": "| new |\n| --- |"}) == page.replace("old", "new")


def test_every_figure_says_what_it_rests_on() -> None:
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)
    assert all(figure.source and figure.what for figure in FIGURES)
    prices = [figure for figure in FIGURES if figure.unit.startswith("$")]
    assert prices
    assert {figure.basis for figure in prices} == {"assumed"}


def test_a_million_pages_cost_what_their_gpu_hours_cost() -> None:
    rate = 5.0 * 0.5 * 0.9
    assert model.gpu_rate(GIVEN, model.reference()) == pytest.approx(rate)
    assert model.gpu_dollars(GIVEN, model.reference()) == pytest.approx(1e6 / rate / 3600 * 3.5)
    assert model.days(GIVEN, 10**6, 1, model.reference()) == pytest.approx(1e6 / rate / 86_400)


def test_a_fleet_is_done_in_time_and_one_gpu_fewer_would_not_be() -> None:
    for pages in (10**6, 10**8, 10**10):
        fleet = model.fleet(GIVEN, pages, 30, model.reference())
        assert model.days(GIVEN, pages, fleet.gpus, model.reference()) <= 30
        assert fleet.gpus == 1 or model.days(GIVEN, pages, fleet.gpus - 1, model.reference()) > 30


def test_databases_are_enough_for_the_commits_and_for_the_rows() -> None:
    fleet = model.fleet(GIVEN, 10**10, 30, model.reference())
    assert fleet.databases * GIVEN["database_pages"] * GIVEN["database_share"] >= fleet.rate
    assert fleet.databases * GIVEN["database_tb"] * 1000 >= fleet.rows_gb
    longer = model.fleet(model.numbers({"hot_days": 30}), 10**10, 30, model.reference())
    assert longer.databases > fleet.databases


def test_the_prose_says_what_the_model_says() -> None:
    large = model.fleet(GIVEN, 10**10, 30, model.reference())
    assert f"{large.databases} of them share the work" in PAGE
    assert f"some {round(large.gpus / large.databases, -1):.0f} GPUs" in PAGE
    a_page = GIVEN["database_bytes"] * GIVEN["bloat"]
    assert f"{a_page / 1e3:.0f} KB a page, {a_page / 1e4:.1f} TB a month" in PAGE
    assert f"take {GIVEN['parquet_bytes']:.0f} bytes" in PAGE
    assert f"**Pages stored**: {GIVEN['database_pages']:.0f} a second" in PAGE


def test_rows_do_not_outnumber_the_pages() -> None:
    short = model.fleet(GIVEN, 10**6, 1, model.reference())
    assert short.rows_gb == pytest.approx(1e6 * GIVEN["database_bytes"] * GIVEN["bloat"] / 1e9)


def test_a_page_that_is_shared_by_its_questions_costs_less() -> None:
    for limit in LIMITS:
        for shared, alone in (limit.dpi_100, limit.dpi_150, limit.tiles):
            assert model.gpu_dollars(GIVEN, shared) < model.gpu_dollars(GIVEN, alone)


def test_other_figures_can_be_put_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gpu_hour=7"]) == 0
    dearer = capsys.readouterr().out
    assert "| `gpu_hour` | 7 $/h |" in dearer
    assert f"| GPU | {2 * model.gpu_dollars(GIVEN, model.reference()):,.0f} | once |" in dearer
    assert main(["gpu_price=7"]) == 1
    assert "there is no figure 'gpu_price'" in capsys.readouterr().out
    assert main(["gpu_hour=many"]) == 1


def test_a_page_weighs_what_is_written_down(empty_database: Database) -> None:
    database, count = empty_database, 640
    database.upgrade()
    assert rows.fill(database, count) > 0
    found = {weight.table: weight for weight in rows.weigh(database, count)}
    told = {weight.table: weight for weight in (POSTGRESQL if database.dialect == "postgresql" else SQLITE)}
    assert {name: round(weight.rows, 1) for name, weight in found.items()} == {n: w.rows for n, w in told.items()}
    for name in ("page_texts", "pages", "answers", "current_answers"):
        assert found[name].data == pytest.approx(told[name].data, rel=0.2)
    # The index of the words holds each word once: with so few pages that is most of it.
    for name in ("answers", "current_answers"):
        assert found[name].indexes == pytest.approx(told[name].indexes, rel=0.3, abs=20)
    assert rows.parquet(database, count) == pytest.approx(GIVEN["parquet_bytes"], rel=0.2)


def test_the_bytes_of_the_model_are_those_of_the_table() -> None:
    assert GIVEN["database_bytes"] == pytest.approx(sum(w.data + w.indexes for w in POSTGRESQL), rel=0.001)


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_partitions_and_the_archive_are_made_as_the_page_says(
    empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parting, archiving = (block.replace("1000000", "6") for block in re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL))
    with closing(open_database(empty_url)) as database:
        database.upgrade()
        with psycopg.connect(empty_url, autocommit=True) as conn:
            conn.execute(parting.replace("2000000", "12"))
            assert not database.current()
            database.upgrade()
            assert database.current()
            rows.fill(database, 100)
            held = conn.execute("SELECT tableoid::regclass::text, count(*) FROM tasks GROUP BY 1 ORDER BY 1").fetchall()
            assert held == [("tasks_0", 55), ("tasks_1", 55)]
            assert exported(empty_url, tmp_path, monkeypatch) == [880, 100]
            conn.execute(archiving)
            assert conn.execute("SELECT count(*) FROM tasks").fetchone() == (55,)
            assert conn.execute("SELECT count(*) FROM page_text").fetchone() == (50,)
            assert conn.execute("SELECT count(*) FROM answers_flat").fetchone() == (880,)


def exported(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Runs the page's commands that write the archive; the rows of each file."""
    (block,) = re.findall(r"```console\n((?:docproc export .*\n)+)```", PAGE)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DOCPROC_DATABASE_URL", url)
    (folder / "archive").mkdir()
    counts = []
    for line in block.splitlines():
        words = line.split()
        done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == 0, done.output
        counts.append(files.read_metadata(words[-1]).num_rows)
    return counts
