"""The SQL page: a statement, its rows and their plot, parameters, saved queries, downloads, faults."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import FORMS, Form, Site, Watched, watched

DEAR = "select seller_name, grand_total, issue_date from invoice where grand_total > :least order by 2"


def serious(page: Page) -> list[str]:
    """What axe-core finds, and whether the page is wider than its window."""
    found = [f"{one['id']}: {one['help']}" for one in Axe().run(page).response["violations"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("wider than its window")
    return found


def write(page: Page, statement: str) -> None:
    page.get_by_label("Statement").fill(statement)


def test_a_statement_is_run_by_keyboard_and_its_rows_are_a_table_and_a_plot(page: Page) -> None:
    page.goto("/sql")
    write(page, "select seller_name, grand_total, issue_date from invoice order by grand_total")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="3 rows")).to_be_visible()
    expect(page.get_by_role("columnheader")).to_have_text(["seller_name", "grand_total", "issue_date"])
    expect(page.get_by_role("cell", name="1743.11")).to_be_visible()
    picture = page.get_by_role("img", name="line plot of grand_total by issue_date")
    expect(picture).to_be_visible()
    page.get_by_label("Across").select_option("seller_name")
    expect(page.get_by_role("img", name="bar plot of grand_total by seller_name")).to_be_visible()
    assert page.evaluate("document.getElementById('picture').naturalWidth") > 0


def test_a_fault_is_told_beside_the_statement_and_the_rows_stay(page: Page, window: Watched) -> None:
    window.expected.append("400")
    page.goto("/sql?q=select 1 as one")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("cell", name="1", exact=True)).to_be_visible()
    write(page, "select * from api_keys")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("alert").filter(has_text="only SELECT over the views")).to_be_visible()
    expect(page.get_by_label("Statement")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("cell", name="1", exact=True)).to_be_visible()


def test_a_parameter_is_asked_for_and_taken_for_what_it_looks_like(page: Page) -> None:
    page.goto("/sql")
    page.locator("#sql").fill(DEAR)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#sql-fault")).to_contain_text("least needs a value")
    expect(page.get_by_label("least", exact=True)).to_be_focused()
    page.keyboard.type("1000")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Type of least")).to_have_value("number")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#rows")).to_contain_text("Holzwerk")


def test_a_query_is_saved_with_its_parameters_and_asked_again(own_site: Site, page: Page) -> None:
    page.goto("/sql")
    write(page, DEAR)
    page.get_by_label("least", exact=True).fill("1000")
    page.get_by_label("Type of least").select_option("number")
    page.get_by_role("button", name="Save…").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("dear-ones")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="dear-ones", exact=True)).to_be_visible()
    page.goto("/sql")
    page.get_by_role("button", name="dear-ones", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="2 rows")).to_be_visible()
    page.get_by_label("least", exact=True).fill("1500")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("status").filter(has_text="1 row,")).to_be_visible()
    assert "Holzwerk" in own_site.docproc("sql", "--saved", "dear-ones", "--param", "least=1500")


def test_rows_are_downloaded_and_cells_that_a_spreadsheet_would_run_are_guarded(page: Page) -> None:
    page.goto("/sql?q=select '=1%2B1' as formula")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("cell", name="=1+1")).to_be_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="CSV").click()
    assert waited.value.path().read_bytes() == b"formula\r\n'=1+1\r\n"


def test_text_of_documents_is_shown_as_text(page: Page) -> None:
    evil = "<img src=x onerror=document.title=1>"
    page.goto("/sql")
    write(page, f"select '{evil}' as \"<b>\", 2 as two union all select 'b', 3")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("cell", name=evil)).to_be_visible()
    expect(page.get_by_role("columnheader").first).to_have_text("<b>")
    assert page.title() == "SQL · docproc"


def test_a_view_is_asked_for_and_a_column_put_into_the_statement(page: Page) -> None:
    page.goto("/sql")
    page.get_by_text("invoice_lines", exact=True).click()
    page.get_by_label("Statement").fill("select ")
    page.get_by_role("button", name="Insert row_number").click()
    expect(page.get_by_label("Statement")).to_have_value("select row_number")
    page.locator("details[open]").get_by_role("button", name="Ask for all of it").click()
    expect(page.get_by_role("status").filter(has_text="rows")).to_be_visible()


@pytest.mark.parametrize("form", FORMS)
def test_the_page_has_no_fault_of_accessibility(browser: Browser, site: Site, form: Form) -> None:
    with watched(browser, site.url, form) as window:
        page = window.page()
        page.goto(f"/sql?q={DEAR}")
        page.get_by_label("least", exact=True).fill("1")
        page.get_by_label("Type of least").select_option("number")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#picture")).to_be_visible()
        page.get_by_role("button", name="Save…").click()
        assert serious(page) == []
