"""Files from URLs: off by default, and as careful as webhooks are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from docproc import wiring
from docproc.core.errors import Forbidden, TooLarge, Unavailable, UsageError
from docproc.service.addresses import Allowed
from docproc.service.fetch import fetch
from docproc.service.outgoing import Network, Outgoing
from docproc.service.parts import Parts
from tests.service.receiver import PUBLIC, Names, Receiver, receiving

BODY = b"%PDF-1.7 some bytes"


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.setenv("DOCPROC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCPROC_API_FETCH", "1")
    monkeypatch.setenv("DOCPROC_API_FETCH_ALLOW", "127.0.0.1")
    monkeypatch.setenv("DOCPROC_MAX_FILE_MB", "1")
    parts = wiring.assembled()
    with closing(parts.database):
        yield parts


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        receiver.body = BODY
        yield receiver


def left_behind(parts: Parts) -> list[str]:
    return [path.name for path in parts.home.rglob("*") if path.is_file() and path.read_bytes()[:8] == BODY[:8]]


def test_a_file_is_fetched_into_the_store_under_its_content(parts: Parts, receiver: Receiver) -> None:
    found = fetch(parts, receiver.url(path="/archive/letter%20of%20May.pdf?version=3"))
    assert (found.name, found.sha256) == ("letter of May.pdf", hashlib.sha256(BODY).hexdigest())
    assert (found.bytes, found.path) == (len(BODY), None)
    assert parts.images.has_source(found.sha256)


def test_nothing_is_fetched_unless_it_is_switched_on(
    parts: Parts, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Forbidden, match="DOCPROC_API_FETCH=1"):
        fetch(replace(parts, outgoing=Outgoing()), receiver.url())
    monkeypatch.delenv("DOCPROC_API_FETCH")
    with closing((bare := wiring.assembled()).database), pytest.raises(Forbidden):
        fetch(bare, receiver.url())
    assert not receiver.seen


def test_hosts_that_webhooks_may_name_are_not_fetched_from(parts: Parts, receiver: Receiver) -> None:
    hooks = Outgoing(hooks=parts.outgoing.sources or Allowed(), sources=Allowed())
    with pytest.raises(UsageError, match="public internet"):
        fetch(replace(parts, outgoing=hooks), receiver.url())
    assert not receiver.seen


def test_a_name_that_changes_where_it_leads_is_refused(parts: Parts, receiver: Receiver) -> None:
    names = Names({"files.example": [[PUBLIC], ["127.0.0.1"]]})
    names("files.example", 80)
    outgoing = Outgoing(sources=Allowed(), network=Network(names))
    with pytest.raises(UsageError, match="public internet"):
        fetch(replace(parts, outgoing=outgoing), "http://files.example/a.pdf")
    assert not receiver.seen


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 500, 206])
def test_what_is_no_file_is_refused(parts: Parts, receiver: Receiver, status: int) -> None:
    receiver.status, receiver.headers = status, {"Location": "http://127.0.0.1:1/"}
    with pytest.raises(UsageError) as caught:
        fetch(parts, receiver.url())
    assert caught.value.code == "not_fetched"
    assert len(receiver.seen) == 1
    assert not left_behind(parts)


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_is_left(
    parts: Parts, receiver: Receiver, announced: bool
) -> None:
    receiver.body = BODY + b"x" * 1_000_001
    if not announced:
        receiver.headers = {"Content-Length": ""}
    with pytest.raises((TooLarge, Unavailable)):
        fetch(parts, receiver.url())
    assert not left_behind(parts)


def test_a_path_in_the_name_is_no_path_here(parts: Parts, receiver: Receiver) -> None:
    for path, name in [
        ("/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "passwd"),
        ("/..%5c..%5cboot.ini", "boot.ini"),
        ("/", "unnamed"),
        ("/%00%0d%0aa.pdf", "a.pdf"),
    ]:
        assert fetch(parts, receiver.url(path=path)).name == name
