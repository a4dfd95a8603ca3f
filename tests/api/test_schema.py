"""The whole OpenAPI document, fuzzed by Schemathesis: all checks, all phases, the stateful one too.

`FUZZ_EXAMPLES=60 pytest tests/api/test_schema.py` is the long form: some 5,700 requests on each database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from docproc.api.limits import Buckets
from tests.api.conftest import Api

HERE = Path(__file__).parent
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "")


def test_no_request_that_anybody_can_think_of_breaks_the_server_or_its_word(api: Api, tmp_path: Path) -> None:
    object.__setattr__(api.context.serving, "stream_seconds", 0.5)
    object.__setattr__(api.context, "wrong", Buckets(0.0, 1))  # its guesses at keys are to be refused as wrong, each
    key = api.sign()
    files = [("files", ("letter.pdf", api.pdf("Letter of Jane Doe", "Page two"), "application/pdf"))]
    assert api.client.post("/v1/jobs", files=files, data={"set": "letters"}).status_code == 202
    api.work()
    report = tmp_path / "report.json"
    how = ["--phases", "examples,coverage,fuzzing,stateful", "--report-json-path", str(report), "--continue-on-failure"]
    form = (
        ["-n", EXAMPLES] if EXAMPLES else ["-n", "3", "--generation-deterministic", "--max-time", "20", "--no-shrink"]
    )
    command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "--config-file", str(HERE / "schemathesis.toml")]
    asked = ["run", f"{api.url}/v1/openapi.json", "-H", f"Authorization: Bearer {key}", *how, *form]
    done = subprocess.run([*command, *asked], check=False, cwd=tmp_path, capture_output=True, text=True)
    said = done.stdout.partition("= FAILURES =")[2] or done.stdout
    assert done.returncode == 0, "\n".join(line[:300] for line in said.splitlines()) + done.stderr
    assert json.loads(report.read_text())
