"""Markup in documents, names, answers, notes and question sets, in a real browser: shown as text, and nothing runs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pymupdf
import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.web.conftest import Site, serving, watched

MARKUP = "<img src=x onerror=alert(1)>"
BREAKING = "\"'></textarea></title></script><script>alert(2)</script><svg onload=alert(3)>"
SET = f"""
name: evil
description: {json.dumps(MARKUP + BREAKING)}
questions:
  - {{key: sender, ask: {json.dumps(MARKUP + BREAKING)}, type: string, labels: [Sender]}}
"""
NAME = f"{MARKUP} {BREAKING}.pdf".replace("/", "")


def paper() -> bytes:
    """A page whose words are markup."""
    with pymupdf.open() as document:
        sheet = document.new_page()
        for line, text in enumerate((f"Sender: {MARKUP}", BREAKING, "javascript:alert(4)", "{{ 7 * 7 }} ${alert(5)}")):
            sheet.insert_text((40, 100 + 20 * line), text, fontsize=9)
        document.set_metadata({"title": MARKUP, "author": BREAKING})
        data: bytes = document.tobytes()
    return data


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A server with one job of such a document, an answer corrected into markup; and the document's SHA-256."""
    home = tmp_path_factory.mktemp("poisoned")
    with serving(home) as site, httpx2.Client(base_url=site.url, timeout=90) as client:
        made = client.post("/v1/sets", json={"source": SET})
        assert made.status_code == 201, made.text
        fields = {"set": "evil", "reference": MARKUP, "tags": [MARKUP, BREAKING[:64]]}
        reply = client.post("/v1/jobs", files=[("files", (NAME, paper()))], data=fields)
        assert reply.status_code == 202, reply.text
        assert client.get(f"/v1/jobs/{reply.json()['id']}", params={"wait": 60}).json()["state"] == "succeeded"
        (document,) = client.get("/v1/documents").json()["items"]
        said = {"document": document["document"], "number": 0, "set": "evil", "key": "sender", "note": BREAKING}
        review = client.post("/v1/reviews", json={**said, "action": "correct", "value": MARKUP + BREAKING})
        assert review.status_code == 200, review.text
        query = {"sql": f"select '{MARKUP}' as a", "description": MARKUP + BREAKING}
        assert client.put("/v1/queries/evil", json=query).status_code == 200
        yield site, document["document"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/jobs/1",
        "/documents",
        "/documents/{sha}",
        "/documents/{sha}/pages/1",
        "/review",
        "/search?q=alert",
        "/search?q=%3Cimg%20src=x%20onerror=alert(1)%3E",
        "/sets",
        "/sets/evil",
        "/sql",
        "/charts",
        "/%3Cimg%20src=x%20onerror=alert(1)%3E",
    ],
)
def test_nothing_of_it_runs_on_any_page(poisoned: tuple[Site, str], browser: Browser, path: str) -> None:
    site, sha = poisoned
    with watched(browser, site.url, "light") as window:
        window.expected += ["404 (Not Found)"] if "%3C" in path and "search" not in path else []
        page = window.page()
        shown: list[str] = []
        page.on("dialog", lambda dialog: _note(shown, dialog))
        page.goto(path.format(sha=sha))
        page.wait_for_load_state("networkidle") if path not in ("/", "/jobs/1") else page.wait_for_timeout(1000)
        _look(page)
        assert shown == []


def test_a_query_whose_rows_are_markup_shows_them_as_text(poisoned: tuple[Site, str], browser: Browser) -> None:
    site, _ = poisoned
    with watched(browser, site.url, "light") as window:
        page = window.page()
        shown: list[str] = []
        page.on("dialog", lambda dialog: _note(shown, dialog))
        page.goto("/sql")
        page.locator("textarea").first.fill(f"select value, '{MARKUP}' as \"{MARKUP}\" from answers_flat")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text(MARKUP, exact=True).first).to_be_visible()
        _look(page)
        assert shown == []


def _note(shown: list[str], dialog: Dialog) -> None:
    shown.append(dialog.message)
    dialog.dismiss()


def _look(page: Page) -> None:
    """No element of the page is one of the text's."""
    found = page.evaluate(
        """() => ({
            pictures: document.querySelectorAll('img[src="x"], img[onerror], svg[onload]').length,
            scripts: [...document.scripts].filter(script => !script.src).length,
            handlers: [...document.querySelectorAll('*')].filter(
                element => [...element.attributes].some(attribute => attribute.name.startsWith('on'))).length,
            links: [...document.querySelectorAll('a')].filter(link => link.protocol === 'javascript:').length,
        })"""
    )
    assert found == {"pictures": 0, "scripts": 0, "handlers": 0, "links": 0}


def test_the_text_is_there_to_be_read(poisoned: tuple[Site, str], browser: Browser) -> None:
    site, sha = poisoned
    with watched(browser, site.url, "light") as window:
        page = window.page()
        page.goto(f"/documents/{sha}")
        expect(page.get_by_text(MARKUP).first).to_be_visible()
        page.goto(f"/documents/{sha}/pages/1")
        expect(page.get_by_role("article", name="sender")).to_contain_text("</textarea></title></script>")
