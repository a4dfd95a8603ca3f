"""The browser that the tests drive: found or brought, else said."""

from __future__ import annotations

import pytest

from tests import servers_browser


def test_without_a_browser_the_tests_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEST_CHROMIUM", raising=False)
    monkeypatch.setattr(servers_browser, "NAMES", ("no-such-browser",))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        servers_browser.chromium()


def test_as_root_the_package_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, ...]] = []
    monkeypatch.delenv("TEST_CHROMIUM", raising=False)
    monkeypatch.setattr(servers_browser, "NAMES", ("no-such-browser",))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(servers_browser, "_apt", lambda *words: ran.append(words))
    with pytest.raises(RuntimeError, match="apt-get install chromium"):
        servers_browser.chromium()
    assert [words[0] for words in ran] == ["update", "install"]
    assert "chromium" in ran[1]
