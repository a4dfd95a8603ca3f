"""The web pages as people see them: a real `docproc serve` with real documents, looked at with a real Chromium.

Every page that a test opens is watched: an error on the console, a script that fails or a request to another host
fails the test in the end. All tests of this folder run in one worker of xdist, which has the one browser.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.servers_browser import arguments, chromium

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "examples" / "documents"
Form = Literal["light", "dark", "narrow"]
FORMS: dict[Form, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 380, "height": 780}, "color_scheme": "light"},
}
READY, LONGEST = 60.0, 90.0  # seconds until a server answers; until a command has ended


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser, one worker."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class Site:
    """A running `docproc serve` over a home folder of its own."""

    url: str
    home: Path
    headers: dict[str, str] = field(default_factory=dict)  # of its own questions: a key, where one is needed

    def docproc(self, *arguments: str) -> str:
        """Run a command on the same database; what it printed."""
        done = run(self.home, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query, as the API answers it."""
        headers = {"Content-Type": "application/json", **self.headers}
        asked = urllib.request.Request(f"{self.url}/v1/sql", json.dumps({"sql": query}).encode(), headers)
        with urllib.request.urlopen(asked, timeout=30) as reply:
            said = json.load(reply)
        return [dict(zip(said["columns"], row, strict=True)) for row in said["rows"]]

    @staticmethod
    def document(name: str) -> str:
        """The SHA-256 of an example document."""
        return hashlib.sha256((DOCUMENTS / name).read_bytes()).hexdigest()


@dataclass
class Watched:
    """A browser's window, and what went wrong in it. `expected`: parts of console messages that a test provokes."""

    context: BrowserContext
    url: str
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def page(self) -> Page:
        """A new page that is watched."""
        page = self.context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._request)
        page.set_default_timeout(15_000)
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.faults.append(f"console: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme in ("http", "https", "ws", "wss") and asked.netloc != urlsplit(self.url).netloc:
            self.faults.append(f"another host: {request.url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=arguments())
        yield started
        started.close()


@pytest.fixture(scope="session")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder whose database has the answers to the example documents; to be copied, not written to."""
    home = tmp_path_factory.mktemp("answered")
    invoices = sorted(str(path) for path in DOCUMENTS.glob("invoice*.pdf"))
    receipts = sorted(str(path) for path in DOCUMENTS.glob("receipt*.jpg"))
    for words in (["run", str(DOCUMENTS)], ["run", *invoices, "-q", "invoice"], ["run", *receipts, "-q", "receipt"]):
        done = run(home, *words, "--engine", "ocr")
        assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="session")
def site(answered: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that tests only look at: open to this machine, the examples answered."""
    with serving(copied(answered, tmp_path_factory.mktemp("site"))) as running:
        yield running


@pytest.fixture
def own_site(answered: Path, tmp_path: Path) -> Iterator[Site]:
    """A server of the test's own, to be changed; the examples answered."""
    with serving(copied(answered, tmp_path)) as running:
        yield running


@pytest.fixture
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A window on the server that the test takes (`own_site`, else `site`); 1280 x 800, light."""
    running = request.getfixturevalue("own_site" if "own_site" in request.fixturenames else "site")
    with watched(browser, running.url, "light") as opened:
        yield opened


@pytest.fixture
def page(window: Watched) -> Page:
    """A page in that window; addresses without a host are the server's."""
    return window.page()


@contextmanager
def watched(browser: Browser, url: str, form: Form) -> Iterator[Watched]:
    """A window in one of the three forms. In the end nothing may have gone wrong in it."""
    context = browser.new_context(base_url=url, locale="en-GB", timezone_id="UTC", **FORMS[form])
    opened = Watched(context, url)
    try:
        yield opened
    finally:
        context.close()
    assert not opened.faults


@contextmanager
def serving(home: Path, *words: str) -> Iterator[Site]:
    """`docproc serve` on a free port, with its worker; ended when the block is left."""
    port = _free_port()
    log = home / "serve.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "docproc", "serve", "--port", str(port), *words],
            cwd=home,
            env=_environment(home),
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process, log)
        yield Site(url, home)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/livez", timeout=5):
                return
        except URLError:
            time.sleep(0.05)
    process.kill()
    raise RuntimeError(f"docproc serve did not start: {log.read_text('utf-8', 'replace')}")


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a home folder."""
    return subprocess.run(
        [sys.executable, "-m", "docproc", *words],
        check=False,
        cwd=home,
        env=_environment(home),
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )


def _environment(home: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOCPROC_")}
    return {**inherited, "PYTHONPATH": str(ROOT), "DOCPROC_HOME": str(home / "data"), "DOCPROC_WORKERS": "2"}


def copied(answered: Path, folder: Path) -> Path:
    """A copy of the answered home folder, in `folder`."""
    shutil.copytree(answered / "data", folder / "data")
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
