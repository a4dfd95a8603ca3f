"""What importing costs: told by which libraries it loads, which is the same on every machine."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "torch", "transformers", "peft", "pymupdf", "pypdfium2", "cv2", "onnxruntime", "rapidocr", "numpy", "PIL",
    "sqlalchemy", "alembic", "pydantic", "pydantic_settings", "yaml", "pyarrow", "rich", "psycopg",
    "requests",
}  # fmt: skip
LIST = "import json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"


def loaded_by(*statements: str) -> set[str]:
    """The top-level modules in a fresh Python after it ran the statements."""
    code = "\n".join([*statements, LIST])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "module",
    [
        "docproc.cli",
        "docproc.core.types",
        "docproc.core.kinds",
        "docproc.imaging.store",
        "docproc.engines",
    ],
)
def test_importing_loads_no_heavy_library(module: str) -> None:
    assert not loaded_by(f"import {module}") & HEAVY


def test_help_loads_no_heavy_library_but_what_draws_it() -> None:
    run = [
        "import sys",
        "from docproc.cli import main",
        "sys.argv = ['docproc', '--help']",
        "try:\n    main()\nexcept SystemExit:\n    pass",
    ]
    assert not loaded_by(*run) & (HEAVY - {"rich"})


def test_the_database_is_opened_without_loading_a_renderer_or_ocr() -> None:
    loaded = loaded_by("import docproc.store.tables")
    assert "sqlalchemy" in loaded
    assert not loaded & {"pymupdf", "pypdfium2", "cv2", "onnxruntime", "rapidocr", "numpy", "PIL"}
