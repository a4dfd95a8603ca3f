"""Signing in with a key, and what does not work without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.conftest import FORMS, Site, Watched, copied, run, serving, watched
from tests.web.test_looks import faults


@pytest.fixture
def key(answered: Path, tmp_path: Path) -> str:
    """A key with all scopes but admin, in a home folder that is ready to be served."""
    home = copied(answered, tmp_path)
    scopes = [word for scope in ("read", "submit", "review", "sql") for word in ("--scope", scope)]
    done = run(home, "keys", "create", "ada", *scopes)
    assert done.returncode == 0, done.stderr
    return next(word for word in done.stdout.split() if word.startswith("dp_"))


@pytest.fixture
def locked(key: str, tmp_path: Path) -> Iterator[Site]:
    """A server that asks for a key."""
    with serving(tmp_path) as running:
        running.headers["Authorization"] = f"Bearer {key}"
        yield running


@pytest.fixture
def own(browser: Browser, locked: Site) -> Iterator[Watched]:
    with watched(browser, locked.url, "light") as window:
        window.expected.append("401")
        yield window


def sign_in(page: Page, key: str) -> None:
    page.get_by_label("API key").fill(key)
    page.get_by_label("API key").press("Enter")


def test_who_is_not_signed_in_is_asked_to_and_comes_back_to_where_he_wanted(own: Watched, key: str) -> None:
    page = own.page()
    page.goto("/documents?status=failed")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, key)
    page.wait_for_url("**/documents?status=failed")
    expect(page.locator(".who")).to_have_text("ada")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto("/documents")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_key_is_refused_in_words(own: Watched) -> None:
    page = own.page()
    page.goto("/sign-in")
    sign_in(page, "dp_abcdefghij_" + "x" * 43)
    expect(page.get_by_role("alert")).to_contain_text("No key in use reads like this")
    expect(page.get_by_label("API key")).to_have_attribute("aria-invalid", "true")


def test_the_form_has_no_serious_fault_of_accessibility(browser: Browser, locked: Site) -> None:
    for form in FORMS:
        with watched(browser, locked.url, form) as window:
            page = window.page()
            page.goto("/sign-in")
            assert faults(page) == []


def test_after_signing_in_nobody_is_led_to_another_host(own: Watched, key: str) -> None:
    page = own.page()
    page.goto("/sign-in?next=https://elsewhere.example/")
    sign_in(page, key)
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    assert page.url.startswith(own.url)


def test_nothing_is_changed_without_the_token_of_the_session(own: Watched, locked: Site, key: str) -> None:
    own.expected.append("403")
    page = own.page()
    page.goto("/review?set=invoice&key=iban")
    sign_in(page, key)
    expect(page.locator("#place")).to_have_text("1 of 3")
    said = {"document": locked.document("invoice-en.pdf"), "set": "invoice", "key": "iban", "action": "absent"}
    send = """async ([said, headers]) => (await fetch("/v1/reviews", {method: "POST", body: JSON.stringify(said),
        headers: {"Content-Type": "application/json", ...headers}})).status"""
    assert page.evaluate(send, [said, {}]) == 403
    assert page.evaluate(send, [said, {"X-CSRF-Token": "made up"}]) == 403
    assert locked.rows("select count(*) as n from answers_flat where reviewed") == [{"n": 0}]
    with page.expect_response("**/v1/reviews"):
        page.keyboard.press("a")
    assert locked.rows("select count(*) as n from answers_flat where reviewed") == [{"n": 1}]


def test_a_form_that_is_not_of_this_session_signs_nobody_out(own: Watched, key: str) -> None:
    own.expected.append("403")
    page = own.page()
    page.goto("/")
    sign_in(page, key)
    expect(page.locator(".who")).to_have_text("ada")
    page.locator("form[action='/sign-out'] input").evaluate("field => field.value = 'made up'")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Forbidden")
    page.goto("/")
    expect(page.locator(".who")).to_have_text("ada")
