"""Every page in its three forms: no serious fault of accessibility, nothing cut off, no fault on the console."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.web.conftest import FORMS, Form, Site, watched

# {sha} is the English invoice
PAGES = (
    "/",
    "/?state=failed",
    "/jobs/1",
    "/upload",
    "/documents",
    "/documents?name=nothing-is-called-this",
    "/documents/{sha}",
    "/documents/{sha}/pages/1",
    "/documents/{sha}/pages/1?q=rope",
    "/review",
    "/review?set=invoice&status=invalid",
    "/search",
    "/search?q=invoice",
    "/search?q=nothingisreadlikethis",
    "/sets",
    "/sets/invoice",
    "/sql",
    "/charts",
)
SERIOUS = ("serious", "critical")


def faults(page: Page) -> list[str]:
    """What axe-core finds, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes'][:4]]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("form", FORMS)
def test_no_page_has_a_serious_fault_or_is_wider_than_its_window(browser: Browser, site: Site, form: Form) -> None:
    sha = site.document("invoice-en.pdf")
    found: dict[str, object] = {}
    with watched(browser, site.url, form) as window:
        for address in PAGES:
            page = window.page()
            page.goto(address.format(sha=sha))
            page.wait_for_load_state("networkidle")
            wrong: list[object] = [*faults(page)]
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                wrong.append(f"{wide} pixels wider than the window")
            if wrong:
                found[address] = wrong
            page.close()
    assert found == {}


def test_a_page_says_what_it_is(page: Page, site: Site) -> None:
    titles = []
    for address in PAGES:
        page.goto(address.format(sha=site.document("invoice-en.pdf")))
        titles.append(page.title())
        assert page.locator("h1").count() == 1, address
    assert all(title.endswith(" · docproc") for title in titles)
