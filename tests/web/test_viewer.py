"""The page viewer: boxes and answers tied together, zoom, and reviews by keyboard."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.web.conftest import DOCUMENTS, Site, Watched


def answer(page: Page, key: str, set_name: str = "invoice") -> Locator:
    return page.locator(f"#a-{set_name}-{key}-0")


def opened(page: Page, site: Site) -> None:
    page.goto(f"/documents/{site.document('invoice-en.pdf')}/pages/1")
    expect(page.locator(".stage img")).to_be_visible()
    expect(page.locator(".stage")).not_to_have_class("loading")


def box_on(page: Page, key: str) -> Locator:
    return page.locator(f"rect[data-id='a-invoice-{key}-0'].on")


def test_the_answer_that_is_pointed_at_and_its_box_stand_out_together(page: Page, site: Site) -> None:
    opened(page, site)
    answer(page, "iban").hover()
    expect(box_on(page, "iban")).to_have_count(1)
    page.locator("rect[data-id='a-invoice-invoice_number-0']").hover()
    expect(answer(page, "invoice_number")).to_have_class("answer on")
    expect(box_on(page, "iban")).to_have_count(0)
    page.locator("rect[data-id='a-invoice-buyer_name-0']").click()
    expect(answer(page, "buyer_name")).to_be_focused()


def test_answers_are_gone_through_by_keyboard_and_tell_how_they_came_about(page: Page, site: Site) -> None:
    opened(page, site)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#a-document-summary-0")).to_be_focused()
    answer(page, "issue_date").focus()
    details = answer(page, "issue_date").locator("details")
    expect(details).to_contain_text("7 March 2025")
    details.locator("summary").press("Enter")
    expect(details).to_contain_text("On which date was the invoice issued?")
    expect(details).to_contain_text("ocr")


def test_the_zoom_obeys_keys_buttons_and_the_wheel(page: Page, site: Site) -> None:
    opened(page, site)
    label = page.locator("[data-scale]")

    def scale() -> int:
        return int((label.text_content() or "").split()[0])

    whole = scale()
    page.keyboard.press("+")
    assert scale() > whole
    page.keyboard.press("-")
    assert scale() == whole
    page.keyboard.press("1")
    assert scale() == 100
    page.get_by_role("button", name="Full width").click()
    assert whole < scale() < 100
    page.keyboard.press("0")
    assert scale() == whole
    page.locator(".stage").hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_function(f"parseInt(document.querySelector('[data-scale]').textContent) > {whole}")


def test_pages_are_turned_by_keyboard(page: Page, site: Site) -> None:
    report = site.document("report.pdf")
    page.goto(f"/documents/{report}/pages/1")
    page.keyboard.press("n")
    page.wait_for_url("**/pages/2")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**/pages/3")
    page.keyboard.press("n")
    page.keyboard.press("p")
    page.wait_for_url("**/pages/2")
    page.keyboard.press("#")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.wait_for_url("**/pages/3")


def test_an_answer_is_corrected_by_keyboard_and_asking_again_keeps_it(page: Page, own_site: Site) -> None:
    opened(page, own_site)
    card = answer(page, "seller_city")
    card.focus()
    page.keyboard.press("c")
    field = card.locator("input")
    expect(field).to_be_focused()
    expect(field).to_have_value("Falmouth")
    page.keyboard.type("Penryn")
    page.keyboard.press("Enter")
    expect(answer(page, "seller_city")).to_contain_text("Penryn")
    expect(answer(page, "seller_city")).to_contain_text("reviewed")
    expect(answer(page, "seller_city")).to_be_focused()
    told = "select seller_city, iban from invoice where invoice_number = 'TT-20418'"
    assert own_site.rows(told)[0]["seller_city"] == "Penryn"
    # Asked again, of an engine that makes answers up: they are shown, and the review stays.
    own_site.docproc("run", str(DOCUMENTS / "invoice-en.pdf"), "-q", "invoice", "--engine", "scripted")
    told = told.replace("where invoice_number = 'TT-20418'", "where file = 'invoice-en.pdf'")
    assert own_site.rows(told) == [{"seller_city": "Penryn", "iban": "iban 1"}]


def test_what_is_no_value_of_its_kind_is_said_where_it_was_typed(page: Page, window: Watched, own_site: Site) -> None:
    window.expected.append("400")
    opened(page, own_site)
    card = answer(page, "issue_date")
    card.focus()
    page.keyboard.press("c")
    page.keyboard.type("someday")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_contain_text("date")
    expect(card.locator("input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(card).to_be_focused()
    expect(card).to_contain_text("2025-03-07")


def test_a_review_is_taken_back(page: Page, own_site: Site) -> None:
    opened(page, own_site)
    answer(page, "iban").focus()
    page.keyboard.press("a")
    expect(answer(page, "iban")).to_contain_text("the page does not tell")
    page.keyboard.press("u")
    expect(answer(page, "iban")).to_contain_text("GB29")
    expect(answer(page, "iban")).not_to_contain_text("reviewed")


def test_a_box_is_drawn_by_keyboard_and_by_mouse(page: Page, own_site: Site) -> None:
    opened(page, own_site)
    answer(page, "buyer_city").focus()
    page.keyboard.press("b")
    expect(page.locator(".stage")).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(answer(page, "buyer_city")).to_be_focused()
    page.keyboard.press("Enter")
    expect(answer(page, "buyer_city")).to_contain_text("reviewed")
    drawn = own_site.rows("select boxes from answers_flat where key = 'buyer_city' and reviewed")
    assert len(drawn) == 1
    answer(page, "seller_city").focus()
    page.keyboard.press("b")
    image = page.locator(".sheet").bounding_box()
    assert image is not None
    page.mouse.move(image["x"] + image["width"] * 0.1, image["y"] + image["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(image["x"] + image["width"] * 0.3, image["y"] + image["height"] * 0.55)
    page.mouse.up()
    expect(answer(page, "seller_city")).to_be_focused()
    with page.expect_response("**/v1/reviews") as sent:
        page.keyboard.press("Enter")
    (box,) = sent.value.json()["answer"]["boxes"]
    assert box[0] == 1
    assert [round(edge, 2) for edge in box[1:]] == [0.1, 0.5, 0.3, 0.55]
