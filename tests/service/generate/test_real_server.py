"""A teacher behind `transformers serve`, somebody else's server: a small random model, which teaches nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from docproc import wiring
from docproc.core.errors import UsageError
from docproc.service.generate.generate import Order, generate, journal_of
from tests.e2e.conftest import make_pdf
from tests.servers_model import NAME, model_server

pytestmark = pytest.mark.xdist_group("model server")


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with model_server(tmp_path_factory.mktemp("teacher")) as url:
        yield url


def test_it_takes_the_requests_and_what_it_says_is_told_to_be_of_no_use(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCPROC_HOME", str(tmp_path / "home"))
    letter = make_pdf(tmp_path / "letter.pdf", ["Dear Sir, the total of 812.50 EUR is due. Yours, Anna Example"])
    teacher = {"base_url": url, "max_tokens": "12", "page_tokens": "300", "overview_tokens": "100", "timeout": "120"}
    parts = wiring.assembled()
    with closing(parts.database):
        parts.database.upgrade()
        with pytest.raises(UsageError, match=f"{NAME} has said nothing that can be used: 2 to which no reply"):
            generate(parts, teacher, Order([str(letter)], ["detail", "qa"]), tmp_path / "out")
    lines = [json.loads(line) for line in journal_of(tmp_path / "out").read_text("utf-8").splitlines()]
    assert [line["requests"] for line in lines] == [2, 2]
    assert all(line["why"].startswith("the reply") for line in lines), lines
    assert all(line["tokens"] > 200 for line in lines)
