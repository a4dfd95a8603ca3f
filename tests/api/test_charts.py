"""Charts through the API, on both databases."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from tests.api.conftest import Api
from tests.store.filled import SET, fill, review

NAMES = ["throughput", "confidence", "coverage", "reliability", "failures"]


@pytest.fixture
def filled(api: Api) -> Api:
    from docproc.store import jobs
    from docproc.store.clock import now
    from docproc.store.tables import tasks

    with api.parts.database.write() as conn:
        made = fill(conn)
        for question in SET.questions[:11]:
            review(conn, made.document_ids[0], question.key, "absent", None)
        conn.execute(tasks.update().where(tasks.c.number == 1).values(state="answered", finished_at=now() - 100))
        conn.execute(
            tasks.update()
            .where(tasks.c.number == 2)
            .values(state="failed", error_code="render_timeout", finished_at=now())
        )
        refused = jobs.DocumentResult("/in/third.pdf", None, None, "rejected:corrupt", "failed", "torn")
        jobs.add_rejected(conn, 1, refused)
        conn.execute(text("UPDATE job_documents SET finished_at = 1 WHERE finished_at IS NULL"))
    return api


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_there_as_data_and_as_a_picture_with_and_without_anything_to_show(api: Api, name: str) -> None:
    data = api.client.get(f"/v1/charts/{name}").json()
    assert data["rows"] == []
    assert data["empty"]
    for theme in ("light", "dark"):
        reply = api.client.get(f"/v1/charts/{name}.svg?theme={theme}&over=week&set=invoice")
        assert reply.headers["Content-Type"] == "image/svg+xml"
        assert ElementTree.fromstring(reply.content).get("role") == "img"


def test_charts_show_what_happened(filled: Api) -> None:
    def chart(name: str, **more: str) -> dict[str, Any]:
        found: dict[str, Any] = filled.client.get(f"/v1/charts/{name}", params=more).json()
        return found

    throughput = chart("throughput", over="hour")
    assert len(throughput["rows"]) == 60
    assert [sum(row[at] for row in throughput["rows"]) for at in (1, 3)] == [2, 2]
    confidence = chart("confidence")
    assert confidence["columns"] == ["confidence", "invoice"]
    assert confidence["rows"][18][1] == 14
    assert chart("coverage")["rows"][-1] == [1.0, 0.0]
    assert chart("reliability")["rows"] == [["0.90–1.00", 0.9, 0.0, 11]]
    assert ["page", "render_timeout", 2] in chart("failures")["rows"]
    assert ["file", "corrupt", 1] in chart("failures")["rows"]
    for name in NAMES:
        assert b"<svg" in filled.client.get(f"/v1/charts/{name}.svg").content


def test_a_plot_of_rows_is_drawn(api: Api) -> None:
    rows = {"x": {"name": "day", "values": ["2026-01-01", "2026-01-02"]}, "y": {"name": "sum", "values": [1, 2.5]}}
    reply = api.client.post("/v1/charts/plot", json={**rows, "title": "<b>$x$", "theme": "dark"})
    assert (reply.status_code, reply.headers["X-Plot"]) == (200, "line")
    assert b"&lt;b&gt;$x$" in reply.content
    assert api.client.post("/v1/charts/plot", json={**rows, "kind": "scatter"}).status_code == 400


def test_an_unknown_chart_is_refused(api: Api) -> None:
    assert api.client.get("/v1/charts/nothing").status_code == 422
