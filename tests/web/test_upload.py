"""From a file to its answers: upload, progress, viewer."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.web.conftest import DOCUMENTS, Site


def test_files_are_chosen_sent_and_answered_while_one_looks_on(page: Page, own_site: Site, tmp_path: Path) -> None:
    letter = tmp_path / "invoice copy.pdf"
    letter.write_bytes((DOCUMENTS / "invoice-en.pdf").read_bytes() + b"\n% another document\n")
    page.goto("/upload")
    page.locator("#files").set_input_files([letter, DOCUMENTS / "receipt-scan.jpg"])
    expect(page.locator("#list li")).to_have_count(2)
    page.get_by_label("Question set").select_option("invoice")
    page.get_by_label("Tags").fill("march, supplier")
    page.get_by_role("button", name="Upload 2 files").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator(".badge").first).to_have_text("succeeded", timeout=60_000)
    expect(page.get_by_role("link", name="march")).to_be_visible()
    page.get_by_role("link", name="invoice copy.pdf").click()
    page.locator("a.thumb").click()
    expect(page.locator("#a-invoice-invoice_number-0")).to_contain_text("TT-20418")
    assert own_site.rows("select count(*) as n from invoice") == [{"n": 5}]


def test_files_are_dropped_and_the_ones_that_cannot_be_taken_say_why(page: Page, site: Site) -> None:
    page.goto("/upload")
    dropped = page.evaluate_handle(
        """() => { const all = new DataTransfer();
        all.items.add(new File(["%PDF-1.4 a"], "letter.pdf", {type: "application/pdf"}));
        all.items.add(new File([], "empty.pdf"));
        all.items.add(new File(["x"], ".DS_Store"));
        return all; }"""
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": dropped})
    expect(page.locator("#list li")).to_have_count(2)
    expect(page.locator("#list")).to_contain_text("The file is empty.")
    expect(page.get_by_role("button", name="Upload 1 file")).to_be_enabled()
    page.get_by_role("button", name="Remove letter.pdf").press("Enter")
    expect(page.locator("#send")).to_be_disabled()


def test_a_file_that_is_no_document_is_refused_with_its_reason(page: Page, own_site: Site, tmp_path: Path) -> None:
    page.goto("/upload")
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4\nthis breaks off")
    page.locator("#files").set_input_files(broken)
    page.get_by_role("button", name="Upload 1 file").click()
    page.wait_for_url("**/jobs/*")
    expect(page.locator(".badge").first).to_have_text("failed", timeout=60_000)
    expect(page.locator("td.what")).to_contain_text("broken.pdf")
