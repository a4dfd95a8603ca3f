"""Search: hits with their words marked, and on the page's image."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.conftest import Site


def test_a_hit_leads_to_the_page_where_its_words_are_marked(page: Page, site: Site) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    expect(page.get_by_label("Words")).to_be_focused()
    page.keyboard.type("mooring")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=mooring**")
    expect(page.locator("mark").first).to_have_text("Mooring")
    page.locator("body").press("j")
    expect(page.locator(".hit-link").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/pages/1?q=mooring**")
    expect(page.locator("rect.hit").first).to_be_visible()
    expect(page.locator("#hits")).to_have_text("1 found on this page")


def test_answers_are_found_by_their_value(page: Page, site: Site) -> None:
    page.goto("/search?q=TT-20418&kind=answer")
    expect(page.locator(".hit").first).to_contain_text("invoice · invoice number")
    page.locator(".hit-link").first.click()
    expect(page.locator("#a-invoice-invoice_number-0")).to_be_focused()


def test_words_that_are_nowhere_and_words_that_are_none(page: Page, site: Site) -> None:
    page.goto("/search?q=zzzzqqqq")
    expect(page.get_by_role("heading", name="Nothing has these words")).to_be_visible()
    page.goto("/search?q=%22%22")
    expect(page.get_by_role("alert")).to_be_visible()


def test_what_stands_in_a_search_is_never_run(page: Page, site: Site) -> None:
    page.goto("/search?q=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E+%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert page.locator("main img[onerror]").count() == 0
    assert page.locator("main script").count() == 0
