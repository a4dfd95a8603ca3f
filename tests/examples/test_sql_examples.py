"""The views in other people's tools, as examples/sql shows them."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette

from benchmarks.support.product import Docproc
from examples.make_examples import DOCUMENTS
from examples.sql.with_duckdb import totals
from examples.sql.with_pandas import confidence_by_question, least_sure

ROOT = Path(__file__).parents[2]
METADATA = json.loads((ROOT / "examples" / "sql" / "datasette.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the answers to the invoices of the demonstration."""
    home = tmp_path_factory.mktemp("home")
    docproc = Docproc(home, {"DOCPROC_WORKERS": "2"})
    docproc("run", *map(str, sorted(DOCUMENTS.glob("invoice*.pdf"))), "-q", "invoice", "--engine", "ocr", "--json")
    return home


@pytest.fixture
def database(home: Path, tmp_path: Path) -> Path:
    found = next(home.rglob("docproc.db"))
    with closing(sqlite3.connect(found)) as source, closing(sqlite3.connect(tmp_path / "docproc.db")) as copy:
        source.backup(copy)
    return tmp_path / "docproc.db"


def asked(database: Path, path: str) -> tuple[int, str]:
    """(status, text) of what Datasette answers."""

    async def ask() -> tuple[int, str]:
        site = Datasette([str(database)], metadata=METADATA)
        reply = await site.client.get(path)
        return reply.status_code, reply.text

    # In a thread of its own: the tests of the pages may have left a loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(ask())).result()


@pytest.mark.filterwarnings("ignore")  # Datasette's own
def test_datasette_shows_the_views_and_the_queries(database: Path) -> None:
    status, text = asked(database, "/docproc/invoice.json?_shape=array&_sort=invoice_number")
    assert status == 200
    assert {row["invoice_number"] for row in json.loads(text)} == {"F2025-118", "2025-00731", "TT-20418"}
    status, text = asked(database, "/docproc/invoice.csv")
    assert len(list(csv.DictReader(text.splitlines()))) == 3
    for query in ("least_sure.json?most=5", "failures.json", "pages_with.json?words=Domaine"):
        status, text = asked(database, f"/docproc/{query}&_shape=array" if "?" in query else f"/docproc/{query}")
        assert status == 200, text
    assert "F2025-118" in asked(database, "/docproc/invoice")[1]


@pytest.mark.filterwarnings("ignore")
def test_datasette_shows_no_table_and_takes_no_sql(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
    assert "api_keys" in tables
    for table in tables:
        assert asked(database, f"/docproc/{table}.json")[0] == 403, table
    assert asked(database, "/docproc.json?sql=select+*+from+api_keys")[0] == 403
    assert asked(database, "/docproc?sql=select+*+from+api_keys")[0] == 403


def test_pandas_reads_the_views_and_makes_no_database_by_mistake(database: Path, tmp_path: Path) -> None:
    found = least_sure(database, 5)
    assert list(found.columns) == ["file", "page", "key", "value", "confidence"]
    assert found["confidence"].is_monotonic_increasing
    assert confidence_by_question(database).loc["invoice_number", "count"] == 3
    with pytest.raises(Exception, match="unable to open"):
        least_sure(tmp_path / "no.db")
    assert not (tmp_path / "no.db").exists()


def test_duckdb_reads_what_is_exported(home: Path, tmp_path: Path) -> None:
    Docproc(home, {})("export", "invoice", "-o", str(tmp_path / "invoice.parquet"))
    found = {
        currency: (count, round(float(total), 2)) for currency, count, total in totals(tmp_path / "invoice.parquet")
    }
    assert found == {"EUR": (2, 2469.71), "GBP": (1, 1158.12)}


def test_every_file_that_the_page_names_is_there() -> None:
    text = (ROOT / "examples" / "sql" / "README.md").read_text("utf-8")
    named = set(re.findall(r"(?:examples/sql/)?([\w.]+\.(?:py|json))\b", text))
    assert named == {path.name for path in (ROOT / "examples" / "sql").iterdir() if path.suffix in (".py", ".json")} - {
        "__init__.py"
    }
