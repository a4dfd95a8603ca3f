"""The jobs: paused, resumed, cancelled by keyboard; what names of files cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import DOCUMENTS, Site, Watched, serving, watched

NAME = "<img src=x onerror=alert(1)>.png"


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Site]:
    """A server without a worker, and without anything in it."""
    with serving(tmp_path, "--no-work") as running:
        yield running


@pytest.fixture
def looker(browser: Browser, idle: Site) -> Iterator[Watched]:
    with watched(browser, idle.url, "light") as window:
        yield window


def submitted(page: Page, path: Path) -> None:
    page.goto("/upload")
    page.locator("#files").set_input_files(path)
    page.get_by_role("button", name="Upload 1 file").press("Enter")
    page.wait_for_url("**/jobs/1")


def test_where_there_is_nothing_yet_every_page_says_what_to_do(looker: Watched) -> None:
    page = looker.page()
    page.goto("/")
    expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    page.get_by_role("link", name="Upload documents").press("Enter")
    page.wait_for_url("**/upload")
    page.goto("/documents")
    expect(page.get_by_role("heading", name="No documents yet")).to_be_visible()
    page.goto("/review")
    expect(page.get_by_role("heading", name="Nothing waits for a review")).to_be_visible()


def test_a_job_is_paused_resumed_and_cancelled_by_keyboard(looker: Watched) -> None:
    page = looker.page()
    submitted(page, DOCUMENTS / "chart.png")
    state = page.locator(".badge").first
    expect(state).to_have_text("queued")
    expect(page.locator("#job")).to_contain_text("waits for a worker")
    page.get_by_role("button", name="Pause").press("Enter")
    expect(state).to_have_text("paused")
    expect(page.locator(".toast")).to_contain_text("Job 1 rests")
    page.get_by_role("button", name="Resume").press("Enter")
    expect(state).to_have_text("queued")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/")
    page.get_by_role("button", name="Cancel job 1").press("Enter")
    expect(page.locator(".badge").first).to_have_text("cancelled")


def test_what_a_file_is_called_is_shown_and_never_run(looker: Watched, tmp_path: Path) -> None:
    page = looker.page()
    path = tmp_path / NAME
    path.write_bytes((DOCUMENTS / "chart.png").read_bytes())
    submitted(page, path)
    expect(page.locator(".files-table")).to_contain_text("<img src=x onerror=alert(1)>.png")
    assert page.locator("img[onerror]").count() == 0
