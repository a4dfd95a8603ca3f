"""A real Chromium for the tests, without hands: found or brought.

In this order: what TEST_CHROMIUM names; the browser here; Debian's package, where we are root. Never skipped:
where none of them works, the tests that need it fail and say why. Playwright's own download is not used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A page of text without a font is empty boxes.
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)
_TRIES, _WAIT = 30, 5.0  # apt's lock may be held by another test that installs its server


def chromium() -> str:
    """The program's path. Raises RuntimeError that says what to install."""
    given = os.environ.get("TEST_CHROMIUM")
    if given:
        return given
    found = _installed()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _apt("update", "-q")
        _apt("install", "-qy", "--no-install-recommends", *PACKAGES)
        found = _installed()
    if found is None:
        raise RuntimeError(
            "no Chromium for the browser tests: install it (Debian: sudo apt-get install chromium), "
            "or say where it is with TEST_CHROMIUM"
        )
    return found


def arguments() -> list[str]:
    """How it is started: quiet on the network, and as root without the sandbox that it refuses to have then."""
    return [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]


def _installed() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def _apt(*words: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for tried in range(1, _TRIES + 1):
        done = subprocess.run(["apt-get", *words], check=False, capture_output=True, text=True, env=environment)
        if done.returncode == 0:
            return
        if tried == _TRIES or "lock" not in done.stderr.lower():
            raise RuntimeError(f"apt-get {' '.join(words)} failed, install chromium by hand: {done.stderr[-2000:]}")
        time.sleep(_WAIT)
