"""Review: the least sure answers first, wholly by keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.conftest import Site, Watched


def test_the_queue_is_worked_through_by_keyboard(page: Page, own_site: Site) -> None:
    page.goto("/review?set=invoice&key=seller_city")
    place = page.locator("#place")
    expect(place).to_have_text("1 of 3")
    first = page.locator("#value").inner_text()
    page.keyboard.press("Enter")  # accept
    expect(place).to_have_text("2 of 3")
    page.keyboard.press("a")  # absent
    expect(place).to_have_text("3 of 3")
    page.keyboard.press("c")
    field = page.locator(".editor input")
    expect(field).to_be_focused()
    field.fill("Penryn")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All of it is reviewed")).to_be_visible()
    said = own_site.rows("select seller_city from invoice")
    assert sorted(str(row["seller_city"]) for row in said) == sorted([first, "None", "Penryn"])
    page.reload()
    expect(page.get_by_role("heading", name="Nothing waits for a review")).to_be_visible()


def test_the_last_review_is_taken_back_and_shown_again(page: Page, own_site: Site) -> None:
    page.goto("/review?set=invoice&key=buyer_city")
    value = page.locator("#value").inner_text()
    page.keyboard.press("a")
    expect(page.locator("#place")).to_have_text("2 of 3")
    page.keyboard.press("u")
    expect(page.locator("#place")).to_have_text("1 of 3")
    expect(page.locator("#value")).to_have_text(value)
    assert own_site.rows("select count(*) as n from answers_flat where reviewed") == [{"n": 0}]


def test_the_image_shows_the_place_of_the_answer(page: Page, site: Site) -> None:
    page.goto("/review?set=invoice&key=iban")
    box = page.locator("rect.box.on").first
    expect(box).to_be_visible()
    stage, drawn = page.locator("#stage").bounding_box(), box.bounding_box()
    assert stage is not None
    assert drawn is not None
    assert stage["x"] <= drawn["x"] <= drawn["x"] + drawn["width"] <= stage["x"] + stage["width"]
    assert stage["y"] <= drawn["y"] <= drawn["y"] + drawn["height"] <= stage["y"] + stage["height"]
    assert drawn["height"] > 12  # large enough to be read


def test_answers_are_skipped_and_gone_back_to(page: Page, site: Site) -> None:
    page.goto("/review?set=invoice")
    place = page.locator("#place")
    expect(place).to_contain_text("1 of ")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(place).to_contain_text("3 of ")
    page.keyboard.press("p")
    expect(place).to_contain_text("2 of ")


def test_a_filter_is_chosen_and_stands_in_the_address(page: Page, site: Site) -> None:
    page.goto("/review")
    page.get_by_label("Question set").select_option("receipt")
    page.wait_for_url("**set=receipt**")
    expect(page.locator(".place")).to_contain_text("receipt")


def test_what_the_server_refuses_comes_back(page: Page, window: Watched, own_site: Site) -> None:
    window.expected.append("409")
    page.goto("/review?set=invoice&key=currency")
    expect(page.locator("#place")).to_contain_text("1 of ")
    other = page.context.new_page()
    other.goto("/review?set=invoice&key=currency")
    expect(other.locator("#place")).to_contain_text("1 of ")
    with other.expect_response("**/v1/reviews"):
        other.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("was not stored")
    page.get_by_role("button", name="Go back to it").click()
    expect(page.locator("#place")).to_contain_text("1 of ")


def test_tables_and_lists_are_corrected_row_by_row(page: Page, own_site: Site) -> None:
    page.goto("/review?set=invoice&key=lines")
    expect(page.locator("#place")).to_have_text("1 of 3")
    name = page.locator(".place a").inner_text()
    page.keyboard.press("c")
    cell = page.locator("[data-column=name]").first
    cell.fill("Anchor")
    page.get_by_role("button", name="Add a row").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#place")).to_have_text("2 of 3")
    query = f"select name from invoice_lines where path like '%{name}'"
    assert "Anchor" in {row["name"] for row in own_site.rows(query)}


def test_a_box_is_drawn_on_another_page_of_the_document(page: Page, own_site: Site) -> None:
    page.goto(f"/review?document={own_site.document('report.pdf')}&key=title")
    expect(page.locator("#page-of")).to_have_text("Page 1 of 3")
    page.keyboard.press("]")
    expect(page.locator("#page-of")).to_have_text("Page 2 of 3")
    page.keyboard.press("b")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("rect.person")).to_have_count(1)
    with page.expect_response("**/v1/reviews") as sent:
        page.keyboard.press("Enter")
    (box,) = sent.value.json()["answer"]["boxes"]
    assert box[0] == 2
