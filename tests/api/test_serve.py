"""`docproc serve` and `docproc keys` as people run them."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from docproc.cli.serve import serve
from docproc.core.errors import MissingExtra
from tests.e2e.conftest import Shell, make_pdf, shell

__all__ = ["shell"]

ADDRESS = re.compile(r"listening at (http://\S+);")


@contextmanager
def serving(shell: Shell, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a server of its own; what it says before that is checked here."""
    server = shell.start("serve", "--port", "0", *options)
    try:
        assert server.stderr is not None
        said = [server.stderr.readline() for _ in range(3)]
        assert "there is no API key" in said[0] or "docproc keys lists them" in said[0]
        assert ("jobs wait for docproc work" in said[1]) == ("--no-work" in options)
        found = ADDRESS.search(said[2])
        assert found, said
        yield found[1], server
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_says_whom_it_lets_in_and_ends_well(shell: Shell, number: signal.Signals) -> None:
    with serving(shell, "--no-work") as (url, server):
        assert httpx2.get(f"{url}/livez").status_code == 200
        server.send_signal(number)
        _, said = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "stopped" in said


def test_what_is_submitted_is_done_by_the_servers_own_worker(shell: Shell, tmp_path: Path) -> None:
    pdf = make_pdf(tmp_path / "a.pdf", ["one", "two"])
    with serving(shell) as (url, _):
        files = [("files", ("a.pdf", pdf.read_bytes()))]
        job = httpx2.post(f"{url}/v1/jobs", files=files, data={"set": "letters"}).json()
        ended = httpx2.get(f"{url}/v1/jobs/{job['id']}", params={"wait": 60}, timeout=70).json()
    assert ended["state"] == "succeeded"
    assert ended["pages"]["answered"] == 2


def test_a_document_with_more_pages_than_the_api_takes_is_refused(shell: Shell, tmp_path: Path) -> None:
    shell.settings["DOCPROC_API_PAGES"] = "2"
    pdf = make_pdf(tmp_path / "a.pdf", ["one", "two", "three"])
    with serving(shell) as (url, _):
        job = httpx2.post(
            f"{url}/v1/jobs", files=[("files", ("a.pdf", pdf.read_bytes()))], data={"set": "letters"}
        ).json()
        httpx2.get(f"{url}/v1/jobs/{job['id']}", params={"wait": 60}, timeout=70)
        (file,) = httpx2.get(f"{url}/v1/jobs/{job['id']}/files").json()["files"]
    assert file["outcome"] == "rejected:too_many_pages"


def test_only_a_lack_of_libraries_is_told_as_a_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for gone, error in (("docproc.api.server", ModuleNotFoundError), ("uvicorn", MissingExtra)):
        with monkeypatch.context() as without:
            without.delattr("docproc.api.server", raising=False)
            without.delitem(sys.modules, "docproc.api.server", raising=False)
            without.setitem(sys.modules, gone, None)
            with pytest.raises(error):
                serve("127.0.0.1", 0, False)


def test_a_server_that_others_can_reach_needs_a_key(shell: Shell) -> None:
    refused = shell("serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.code == 1
    assert "docproc keys create" in refused.err


def test_a_key_is_made_listed_and_ended(shell: Shell) -> None:
    key = shell("keys", "create", "Jane", "--scope", "read,submit", "--expires", "90d").out.strip()
    assert re.fullmatch(r"dp_[a-z0-9]{10}_[\w-]{43}", key)
    (row,) = shell("keys", "list", "--json").lines
    assert (row["name"], row["scopes"], row["state"]) == ("Jane", "read submit", "live")
    assert key.rsplit("_", 1)[1][-20:] not in str(row)
    with serving(shell, "--no-work") as (url, _):
        header = {"Authorization": f"Bearer {key}"}
        assert httpx2.get(f"{url}/v1/me").status_code == 401
        assert httpx2.get(f"{url}/v1/me", headers=header).json()["scopes"] == ["read", "submit"]
        assert shell("keys", "revoke", row["key"]).code == 0
        assert httpx2.get(f"{url}/v1/me", headers=header).status_code == 401
    assert shell("keys", "list", "--json").lines[0]["state"] == "revoked"


@pytest.mark.parametrize("options", [["--scope", "all"], ["--scope", "read", "--expires", "soon"], []])
def test_a_key_that_cannot_be_made_is_refused(shell: Shell, options: list[str]) -> None:
    assert shell("keys", "create", "Jane", *options).code == 1


def test_the_secret_of_the_cookies_is_read_by_nobody_else(shell: Shell) -> None:
    with serving(shell, "--no-work"):
        mode = (shell.folder / "home" / "session.key").stat().st_mode
    assert mode & 0o077 == 0
