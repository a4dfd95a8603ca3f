"""Results through the API, on both databases."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import update

from docproc.store import jobs
from docproc.store.tables import documents
from tests.api.conftest import Api
from tests.store.filled import fill, review

SHA = "f00d".ljust(64, "0")


@pytest.fixture
def filled(api: Api) -> Api:
    with api.parts.database.write() as conn:
        made = fill(conn)
        conn.execute(update(documents).where(documents.c.id == made.document_ids[0]).values(sha256=SHA))
        review(conn, made.document_ids[0], "seller", "ok", "Nuts GmbH")
        review(conn, made.document_ids[0], "paid", "absent", None)
        for name in ("third", "fourth"):
            refused = jobs.DocumentResult(f"/in/{name}.pdf", None, None, "rejected:corrupt", "failed", "torn")
            jobs.add_rejected(conn, 1, refused)
    return api


def by_path(results: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["path"]: one for one in results}


def test_a_jobs_results_come_with_typed_values_and_reviews_that_win(filled: Api) -> None:
    found = by_path(filled.client.get("/v1/jobs/1/results").json()["results"])
    answers = found["/in/first.pdf"]["answers"]
    assert (answers["total"]["value"], answers["total"]["currency"]) == (1021.91, "GBP")
    assert (answers["copies"]["value"], answers["copies"]["reviewed"]) == (12, False)
    assert (answers["seller"]["value"], answers["seller"]["reviewed"]) == ("Nuts GmbH", True)
    assert answers["seller"]["said"] == {"value": "Nuts & Bolts Ltd", "status": "ok", "confidence": 0.9}
    assert (answers["paid"]["value"], answers["paid"]["status"]) == (None, "absent")
    assert found["/in/third.pdf"]["outcome"] == "rejected:corrupt"
    assert found["/in/third.pdf"]["message"] == "torn"


def test_pages_of_results_follow_each_other_without_a_gap(filled: Api) -> None:
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        more = {"cursor": cursor} if cursor else {}
        reply = filled.client.get("/v1/jobs/1/results", params={"limit": 1, **more}).json()
        seen += [one["path"] for one in reply["results"]]
        cursor = reply["next"]
        if cursor is None:
            break
    assert seen == ["/in/first.pdf", "/in/second.pdf", "/in/third.pdf", "/in/fourth.pdf"]


def test_json_lines_and_csv_have_all_files_and_come_again(filled: Api) -> None:
    for _ in range(2):
        lines = filled.client.get("/v1/jobs/1/results", headers={"Accept": "application/jsonl"}).text.splitlines()
        assert [json.loads(line)["path"] for line in lines][:2] == ["/in/first.pdf", "/in/second.pdf"]
        rows = list(csv.DictReader(io.StringIO(filled.client.get("/v1/jobs/1/results?format=csv").text)))
        assert len(rows) == 14 * 2 + 2
        (seller,) = [row for row in rows if row["key"] == "seller" and row["path"] == "/in/first.pdf"]
        assert (seller["value"], seller["reviewed"], seller["reviewer"]) == ("Nuts GmbH", "True", "me")


def test_a_documents_and_a_pages_results(filled: Api) -> None:
    found = filled.client.get(f"/v1/documents/{SHA}/results").json()
    assert found["sets"]["invoice"]["seller"]["value"] == "Nuts GmbH"
    page = filled.client.get(f"/v1/documents/{SHA}/pages/2/results?set=invoice").json()
    assert page["sets"]["invoice"]["status"]["value"] == "RECEIVED"
    sheet = filled.client.get(f"/v1/documents/{SHA}/results?format=csv").text
    assert "seller,string,ok,Nuts GmbH" in sheet
    lines = filled.client.get(f"/v1/documents/{SHA}/results?format=jsonl").text.splitlines()
    assert {json.loads(line)["key"] for line in lines} >= {"seller", "total"}


@pytest.mark.parametrize(
    "path", ["/v1/jobs/99/results", "/v1/jobs/99/results?format=csv", f"/v1/documents/{'0' * 64}/results"]
)
def test_what_is_not_there_is_not_found(filled: Api, path: str) -> None:
    assert filled.client.get(path).status_code == 404


def test_a_cursor_of_somebody_elses_is_refused(filled: Api) -> None:
    assert filled.client.get("/v1/jobs/1/results?cursor=xyz").json()["code"] == "bad_cursor"
