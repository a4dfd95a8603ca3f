"""What all pages share: the bar, the theme, the keys, errors that people can read."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.conftest import Watched


def test_the_theme_is_switched_and_kept_without_a_flash(page: Page) -> None:
    page.goto("/upload")
    expect(page.locator("html")).not_to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    reply = page.goto("/upload")
    assert reply is not None
    assert 'data-theme="dark"' in reply.text()  # the server says it, before any script


def test_the_keys_are_listed_and_can_be_switched_off(page: Page) -> None:
    page.goto("/upload")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_contain_text("search")
    page.get_by_label("Single-key shortcuts are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_the_first_tab_stop_skips_the_bar(page: Page) -> None:
    page.goto("/upload")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_an_address_that_leads_nowhere_is_told_as_a_page(page: Page, window: Watched) -> None:
    window.expected.append("404")
    reply = page.goto("/nowhere")
    assert reply is not None
    assert reply.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("Not Found")
    expect(page.get_by_role("link", name="To the jobs")).to_be_visible()
    page.goto("/jobs/4711")
    expect(page.get_by_role("main")).to_contain_text("there is no job 4711")
    expect(page.get_by_role("link", name="Documents")).to_be_visible()  # from where one goes on
