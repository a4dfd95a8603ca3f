"""A model of the hub, as it lies in the local cache after a download, is loaded by the same path as a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from docproc.core.errors import UsageError
from docproc.engines.qwen import create
from docproc.imaging.store import ImageStore
from tests.engines.qwen.shown import SMALL, mixed, said, texts

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def kept(model_of: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a model that was downloaded at `COMMIT`, the newest of its branch main."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    place = tmp_path / "models--Somebody--Small-VL"
    shutil.copytree(model_of("qwen2_5_vl"), place / "snapshots" / COMMIT)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(COMMIT, "utf-8")
    return "Somebody/Small-VL"


@pytest.mark.parametrize("revision", ["", "main", COMMIT])
def test_it_answers_as_the_folder_does_and_is_known_by_its_commit(
    revision: str, kept: str, model_of: Callable[[str], Path], images: ImageStore
) -> None:
    made = create({"model": kept, "revision": revision, **SMALL}, images)
    assert made.fingerprint.startswith(f"qwen:{kept}@{COMMIT[:12]};")
    prompts = mixed(images)[:1]
    assert texts(made.complete(prompts)) == texts(said(model_of("qwen2_5_vl"), images, prompts))
    made.close()


def test_a_file_that_was_not_kept_is_missed_with_a_reason(kept: str, images: ImageStore, tmp_path: Path) -> None:
    (tmp_path / "models--Somebody--Small-VL" / "snapshots" / COMMIT / "model.safetensors").unlink()
    made = create({"model": kept, **SMALL}, images)
    with pytest.raises(UsageError, match=r"Somebody/Small-VL cannot be loaded"):
        made.complete(mixed(images)[:1])
    made.close()
