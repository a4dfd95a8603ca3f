"""The reader behind `transformers serve`, a server that is not ours and holds no reply to a schema."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.servers_model import model_server
from tests.truth.asking import READER

NAME = "tests/reader-Qwen3-VL"


@contextmanager
def served(folder: Path, reader: Path = READER) -> Iterator[str]:
    """The base URL of a server with the reader; `folder` keeps its log."""

    def published(place: Path, *_: Any) -> Path:
        return Path(shutil.copytree(reader, place))

    with patch("tests.servers_model.build", published), model_server(folder, NAME) as url:
        yield url


def behind(url: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of the openai engine for that server, beside those of a tile policy."""
    fixed = {"base_url": url, "model": NAME, "concurrency": "1", "timeout": "120", "boxes": "never"}
    lacking = {"logprobs": "off", "response_format": "off"}  # said beforehand, so that the engine need not say it
    return {**fixed, **lacking, **settings}
