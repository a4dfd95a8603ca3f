"""SQL and saved queries through the API, on both databases."""

from __future__ import annotations

import csv
import io
import json
import threading

import pytest

from tests.api.conftest import Api
from tests.store.filled import fill

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.fixture
def filled(api: Api) -> Api:
    with api.parts.database.write() as conn:
        fill(conn)
    return api


def test_rows_come_as_json_json_lines_and_csv(filled: Api) -> None:
    asked = {"sql": "select file, total, '=1+1' as formula, file from invoice order by 1", "limit": 1}
    table = filled.client.post("/v1/sql", json=asked).json()
    assert table["rows"] == [["first.pdf", 1021.91, "=1+1", "first.pdf"]]
    assert (table["columns"], table["truncated"]) == (["file", "total", "formula", "file"], True)
    lines = filled.client.post("/v1/sql?format=jsonl", json=asked)
    assert json.loads(lines.text) == {"file": "first.pdf", "total": 1021.91, "formula": "=1+1", "file_2": "first.pdf"}
    sheet = filled.client.post("/v1/sql", json=asked, headers={"Accept": "text/csv"})
    assert list(csv.reader(io.StringIO(sheet.text)))[1] == ["first.pdf", "1021.91", "'=1+1", "first.pdf"]
    assert sheet.headers["X-Truncated"] == "true"
    assert "attachment" in sheet.headers["Content-Disposition"]


def test_values_fill_names(filled: Api) -> None:
    asked = {"sql": "select file from invoice where total > :least and seller like :who"}
    found = filled.client.post("/v1/sql", json={**asked, "parameters": {"least": 1000, "who": "%Bolts%"}})
    assert found.json()["rows"] == [["first.pdf"]]
    lacking = filled.client.post("/v1/sql", json=asked)
    assert lacking.status_code == 400
    assert ":least" in lacking.json()["detail"]


@pytest.mark.parametrize(
    "sql",
    [
        "select * from api_keys",
        "delete from answers",
        "select pg_sleep(9)",
        "attach 'x' as y",
        "select 1; select 2",
        "\ud800",
        "select '\x00'",
        "select :a",
    ],
)
def test_what_may_not_be_asked_is_a_problem(filled: Api, sql: str) -> None:
    reply = filled.client.post(
        "/v1/sql", content=json.dumps({"sql": sql}), headers={"Content-Type": "application/json"}
    )
    assert (reply.status_code, reply.json()["code"]) == ((422, "invalid") if sql == "\ud800" else (400, "usage"))


def test_slow_queries_leave_threads_for_the_others(filled: Api) -> None:
    codes: list[int] = []

    def ask() -> None:
        codes.append(filled.client.post("/v1/sql", json={"sql": ENDLESS, "seconds": 2}).status_code)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    assert filled.client.get("/v1/sets/letters").status_code == 200
    for thread in threads:
        thread.join()
    assert sorted(codes) == [400] * 8 + [429] * 4
    assert filled.client.post("/v1/sql", json={"sql": "select 1"}).status_code == 200


def test_a_query_is_saved_asked_changed_and_removed(filled: Api) -> None:
    draft = {
        "sql": "select file from invoice where total > :least",
        "description": "dear",
        "parameters": [{"name": "least", "type": "number", "default": "5"}],
    }
    kept = filled.client.put("/v1/queries/dear", json=draft, headers={"If-None-Match": "*"})
    assert kept.status_code == 200, kept.text
    assert kept.json()["parameters"][0]["type"] == "number"
    assert filled.client.post("/v1/queries/dear/run", json={}).json()["rows"] == [["first.pdf"]]
    none = filled.client.post("/v1/queries/dear/run?format=csv", json={"parameters": {"least": "2000"}})
    assert none.text == "file\r\n"
    assert filled.client.post("/v1/queries/dear/run", json={"parameters": {"least": "x"}}).status_code == 400
    assert filled.client.put("/v1/queries/dear", json=draft, headers={"If-None-Match": "*"}).status_code == 409
    tag = {"If-Match": kept.headers["ETag"]}
    assert filled.client.put("/v1/queries/dear", json={"sql": "select 1"}, headers=tag).status_code == 200
    assert filled.client.put("/v1/queries/dear", json=draft, headers=tag).status_code == 409
    assert [one["name"] for one in filled.client.get("/v1/queries").json()["queries"]] == ["dear"]
    assert filled.client.delete("/v1/queries/dear").status_code == 204
    assert filled.client.get("/v1/queries/dear").status_code == 404


def test_the_views_are_listed(filled: Api) -> None:
    views = {view["name"]: view["columns"] for view in filled.client.get("/v1/sql/views").json()["views"]}
    assert {"name": "total", "type": "numeric"} in views["invoice"]
