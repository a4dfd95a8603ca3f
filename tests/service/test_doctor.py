"""`docproc doctor` looks at what is there, and does not wait for what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def test_a_hub_that_is_away_is_not_tried_again_and_again(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DOCPROC_", "HF_"))}
    asked = {"DOCPROC_QWEN_MODEL": "Qwen/Qwen3-VL-4B-Instruct", "HF_ENDPOINT": "http://127.0.0.1:1"}
    run = subprocess.run(
        [sys.executable, "-c", "from docproc.cli import main; main()", "doctor", "--json"],
        env={**kept, **asked, "DOCPROC_HOME": str(tmp_path / "home"), "HF_HOME": str(tmp_path / "hub")},
        capture_output=True,
        text=True,
        check=False,
    )
    rows = {row["part"]: row for row in map(json.loads, run.stdout.splitlines())}
    assert "not in the local cache" in rows["engine qwen"]["advice"]
    assert "Retrying" not in run.stderr
    assert {"s3fs", "gcsfs", "celery"} <= set(rows)
