"""The charts: pictures with their numbers beside them, in both themes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import FORMS, Form, Site, watched
from tests.web.test_sql_page import serious


def test_each_chart_is_a_picture_with_a_sentence_and_its_numbers(page: Page) -> None:
    page.goto("/charts")
    chart = page.get_by_role("region", name="Confidence of the answers", exact=True)
    expect(chart.get_by_role("img", name="values stand for whole documents")).to_be_visible()
    assert chart.locator("img").evaluate("it => it.decode().then(() => it.naturalWidth)") > 0
    chart.get_by_text("The numbers").click()
    expect(chart.get_by_role("columnheader", name="invoice")).to_be_visible()
    expect(page.get_by_text("answers were reviewed; 10 are needed").first).to_be_visible()


def test_the_time_and_the_set_are_chosen(page: Page) -> None:
    page.goto("/charts")
    page.get_by_label("The last").select_option("hour")
    page.wait_for_url("**/charts?over=hour*")
    page.get_by_label("Question set").select_option("receipt")
    page.wait_for_url("**set=receipt*")
    chart = page.get_by_role("region", name="Confidence of the answers", exact=True)
    chart.get_by_text("The numbers").click()
    expect(chart.get_by_role("columnheader")).to_have_text(["confidence", "receipt"])


def test_the_pictures_follow_the_theme(page: Page) -> None:
    page.goto("/charts")
    picture = page.get_by_role("region", name="Confidence of the answers", exact=True).locator("img")
    expect(picture).to_have_attribute("src", "/v1/charts/confidence.svg?over=day&theme=light")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(picture).to_have_attribute("src", "/v1/charts/confidence.svg?over=day&theme=dark")
    page.reload()
    expect(picture).to_have_attribute("src", "/v1/charts/confidence.svg?over=day&theme=dark")


@pytest.mark.parametrize("form", FORMS)
def test_the_page_has_no_fault_of_accessibility(browser: Browser, site: Site, form: Form) -> None:
    with watched(browser, site.url, form) as window:
        page = window.page()
        page.goto("/charts?over=week")
        page.get_by_text("The numbers").first.click()
        assert serious(page) == []
