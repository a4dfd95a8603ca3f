"""Question sets in the browser: the list, and the editor with its check, its versions, its conflicts and its try."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import FORMS, Form, Site, Watched, watched
from tests.web.test_sql_page import serious

LEASE = "name: lease\nquestions:\n  - {key: total, ask: What is the total?, type: money, labels: [total due]}\n"
OTHER = LEASE.replace("What is the total?", "How much is due?")


def test_a_set_is_checked_while_it_is_written(page: Page) -> None:
    page.goto("/sets")
    page.get_by_role("link", name="New set").click()
    source = page.get_by_label("YAML")
    expect(page.get_by_text("No faults: 2 questions.")).to_be_visible()
    source.fill("name: lease\nquestions:\n  - {key: Total, ask: What?, type: monney}\n")
    expect(page.get_by_text("2 faults.")).to_be_visible()
    faults = page.get_by_role("list", name="Faults").get_by_role("button")
    expect(faults.nth(1)).to_contain_text('did you mean "money"?')
    expect(faults.nth(1)).to_contain_text("line 3, questions[0].type")
    faults.nth(1).click()
    expect(source).to_be_focused()
    chosen = source.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)")
    assert chosen.strip().startswith("- {key: Total")


def test_a_set_is_saved_changed_compared_and_retired(own_site: Site, page: Page) -> None:
    page.goto("/sets?new=1")
    source = page.get_by_label("YAML")
    source.fill(LEASE)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/sets/lease")
    assert "lease" in own_site.docproc("questions", "list")
    source.fill(OTHER)
    source.press("Control+s")
    expect(page.get_by_role("button", name="Compare with revision")).to_have_count(2)
    page.get_by_role("button", name="Compare with revision").last.click()
    differing = page.get_by_role("region", name="Lines that differ")
    expect(differing.locator(".less")).to_contain_text("What is the total?")
    expect(differing.locator(".more")).to_contain_text("How much is due?")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Take out of use").click()
    page.wait_for_url("**/sets")
    expect(page.get_by_role("link", name="lease")).to_have_count(0)


def test_who_saves_what_somebody_else_saved_meanwhile_is_asked(own_site: Site, page: Page, window: Watched) -> None:
    window.expected.append("409")
    page.goto("/sets?new=1")
    page.get_by_label("YAML").fill(LEASE)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/sets/lease")
    other = window.page()
    other.goto("/sets/lease")
    other.get_by_label("YAML").fill(OTHER)
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_role("button", name="Compare with revision")).to_have_count(2)
    page.get_by_label("YAML").fill(LEASE + "description: Mine\n")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="saved another version")).to_be_visible()
    page.get_by_role("button", name="Compare with it").click()
    expect(page.locator(".diff .less").first).to_contain_text("How much is due?")
    page.get_by_role("button", name="Save mine on top of it").click()
    expect(page.get_by_role("button", name="Compare with revision")).to_have_count(3)


def test_a_set_is_tried_on_a_page_and_its_answers_are_shown_on_it(page: Page) -> None:
    page.goto("/sets/invoice")
    page.get_by_label("Document").select_option(label="invoice-en.pdf")
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_role("status").filter(has_text="questions have a value on page 1")).to_be_visible(timeout=60_000)
    number = page.get_by_role("list", name="Answers").get_by_role("button", name="invoice_number")
    expect(number).to_contain_text("TT-20418")
    number.focus()
    expect(page.locator("rect.box.on")).to_have_attribute("data-id", "invoice_number")
    expect(page.get_by_role("img", name="Page 1 of invoice-en.pdf")).to_be_visible()


def test_what_cannot_be_tried_is_told(page: Page, window: Watched) -> None:
    window.expected += ["422", "404", "400"]
    page.goto("/sets/invoice")
    page.get_by_label("YAML").fill("name: x")
    page.get_by_label("YAML").press("Control+Enter")
    expect(page.get_by_role("alert").filter(has_text="questions")).to_be_visible()
    page.get_by_label("YAML").fill(LEASE)
    page.get_by_label("Page", exact=True).fill("99")
    page.get_by_role("button", name="Try").click()
    expect(page.get_by_role("alert").filter(has_text="99")).to_be_visible()


@pytest.mark.parametrize("form", FORMS)
def test_the_pages_have_no_fault_of_accessibility(browser: Browser, site: Site, form: Form) -> None:
    with watched(browser, site.url, form) as window:
        page = window.page()
        page.goto("/sets")
        assert serious(page) == []
        page.goto("/sets/receipt")
        page.get_by_label("YAML").fill("name: Lease")
        expect(page.get_by_text("faults.").or_(page.get_by_text("1 fault."))).to_be_visible()
        assert serious(page) == []
