"""The collected hostile files: none hurts its neighbours, each ends in an outcome that its label accepts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from docproc.core.errors import PageFailed, Rejected
from docproc.imaging import Limits, Rendered, Renderer, RenderSettings
from tests.imaging.conftest import WAIT

DATA = Path(os.environ.get("DOCPROC_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
PAGES = 20  # of a document that are looked at

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(
        not (DATA / "manifest.json").is_file(), reason=f"DOCPROC_TEST_DATA: no labelled files in {DATA}"
    ),
]


def outcome(renderer: Renderer, path: Path) -> str:
    """The document's outcome in the manifest's words, as far as rendering decides it."""
    try:
        probe = renderer.probe(path).result(WAIT)
    except Rejected as error:
        return f"rejected:{error.code}"
    pages: list[Rendered] = []
    waiting = [renderer.render(path, number) for number in range(1, min(probe.page_count, PAGES) + 1)]
    for future in waiting:
        try:
            pages.append(future.result(WAIT))
        except PageFailed:
            continue
    if not pages:
        return "page_failed"
    signs = {
        "ok:partial": len(pages) < len(waiting),
        "ok:degraded": any(page.degraded for page in pages),
        "ok:downscaled": any(page.downscaled for page in pages),
        "ok:repaired": probe.repaired,
    }
    return next((name for name, shown in signs.items() if shown), "ok")


def test_every_hostile_file_ends_in_an_outcome_that_is_accepted(images: Path) -> None:
    items: list[dict[str, Any]] = json.loads((DATA / "manifest.json").read_text())["items"]
    hostile = [item for item in items if "expected_outcome" in item]
    assert hostile
    with Renderer(RenderSettings(), Limits(page_seconds=10, probe_seconds=20), images, 2) as renderer:
        got = {item["file"]: outcome(renderer, DATA / item["file"]) for item in hostile}
    accepted = {item["file"]: item["expected_outcome"]["accept"] for item in hostile}
    assert {file: told for file, told in got.items() if told not in accepted[file]} == {}
