"""The reader behind somebody else's server: the openai engine shows it the same pages and gets the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.truth.asking import ask, exact_match, in_process, scans, sheets
from tests.truth.lessons import SETTINGS
from tests.truth.served import behind, served

PAGES = 4
pytestmark = pytest.mark.xdist_group("reader server")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("reader-server")) as url:
        yield url


@pytest.mark.parametrize("policy", ["native", "tiles", "second_look"])
def test_pages_are_answered_as_in_process(url: str, tmp_path: Path, policy: str) -> None:
    pages = sheets(PAGES, f"served {policy}")
    files = scans(pages, tmp_path / "in")
    there = ask(tmp_path / "there", files, "openai", behind(url, SETTINGS[policy]))
    here = ask(tmp_path / "here", files, "qwen", in_process(SETTINGS[policy]))
    assert there == here
    assert exact_match(there, pages) >= 0.95
