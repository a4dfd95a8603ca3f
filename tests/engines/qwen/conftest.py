"""What the engine's tests share: small real models, built once, and pages to show them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from docproc.imaging.store import ImageStore
from tests.models.small import build


@pytest.fixture(scope="session")
def model_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a small model of a family."""
    root = tmp_path_factory.mktemp("models")

    def folder(family: str) -> Path:
        place = root / family
        return place if place.exists() else build(place, family)

    return folder


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    torch.set_num_threads(1)


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")
