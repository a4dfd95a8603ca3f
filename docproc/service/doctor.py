"""Say what is installed and what can run here."""

from __future__ import annotations

import os
import platform
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from docproc.core.errors import DocprocError
from docproc.engines import engine_names
from docproc.service.models import Row, model_rows
from docproc.service.parts import Parts

_PACKAGES = {
    "pymupdf": "draws PDF pages; without it set DOCPROC_RENDERER=pdfium",
    "pypdfium2": "the second renderer",
    "rapidocr": "reads scans",
    "onnxruntime": "runs the OCR models",
    "psycopg": "PostgreSQL; pip install 'docproc[postgres]'",
    "pyarrow": "Parquet export; pip install 'docproc[parquet]'",
    "transformers": "models in this process; ./do setup qwen, or qwen-cpu on a machine without GPU",
    "llguidance": "holds their replies to a schema; comes with transformers",
    "peft": "LoRA adapters; ./do setup lora",
    "prometheus_client": "metrics; ./do setup metrics",
    "openai": "asks model servers; ./do setup openai",
    "celery": "a fleet of workers; ./do setup fleet",
    "redis": "wakes the fleet; comes with celery",
    "s3fs": "page images in an S3-compatible store; ./do setup s3",
    "gcsfs": "page images in Google Cloud Storage; ./do setup gcs",
}
_HUB_SECONDS = 3.0  # after which a hub that has not answered is taken to be away
_NEEDED = frozenset({"pymupdf", "pypdfium2", "rapidocr", "onnxruntime"})


def examine(parts: Parts) -> tuple[list[str], list[tuple[Any, ...]], bool]:
    """Column names, one row per finding (part, ok or lacking, what was found, what to do), and whether all is well."""
    try:
        rows = [*_machine(), *_packages(), *_database(parts), *_engines(parts), *_models(parts), *_settings(parts)]
    finally:
        parts.database.close()
    healthy = all(state != "lacking" for _, state, _, _ in rows)
    return ["part", "state", "found", "advice"], list(rows), healthy


def _machine() -> Iterator[Row]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield "python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}, {cores} cores", ""


def _packages() -> Iterator[Row]:
    for name, purpose in _PACKAGES.items():
        try:
            yield name, "ok", version(name), ""
        except PackageNotFoundError:
            yield name, "lacking" if name in _NEEDED else "optional", "not installed", purpose


def _database(parts: Parts) -> Iterator[Row]:
    where = parts.database.where
    try:
        current = parts.database.current()
    except DocprocError as error:
        yield "database", "lacking", where, str(error)
        return
    yield "database", "ok", where, "" if current else "docproc db upgrade (every command does it by itself)"


def _engines(parts: Parts) -> Iterator[Row]:
    default, reason = parts.default_engine
    if _asks_the_hub() and not _hub_answers():
        # Its client would try for half a minute; what is in its cache is found without it.
        os.environ["HF_HUB_OFFLINE"] = "1"
    for name in engine_names():
        try:
            engine = parts.engine(name)
        except DocprocError as error:
            yield f"engine {name}", "lacking" if name == default else "optional", "cannot run here", str(error)
            continue
        found = f"{engine.fingerprint}; {reason}" if name == default else engine.fingerprint
        engine.close()
        yield f"engine {name}", "ok", found, ""


def _asks_the_hub() -> bool:
    model = os.environ.get("DOCPROC_QWEN_MODEL", "").strip()
    return bool(model) and not Path(model).expanduser().is_dir() and "HF_HUB_OFFLINE" not in os.environ


def _hub_answers() -> bool:
    answered = threading.Event()

    def look() -> None:
        try:
            with urllib.request.urlopen(  # noqa: S310 - the hub's own address, or the one that was set
                os.environ.get("HF_ENDPOINT", "https://huggingface.co"), timeout=_HUB_SECONDS
            ):
                answered.set()
        except urllib.error.HTTPError as error:
            error.close()
            answered.set()
        except (OSError, ValueError):
            return

    # A thread of its own: looking up a name takes as long as it likes.
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(_HUB_SECONDS)
    return answered.is_set()


def _models(parts: Parts) -> Iterator[Row]:
    return model_rows(os.environ, parts.default_engine[0])


def _settings(parts: Parts) -> Iterator[Row]:
    writable = os.access(parts.home if parts.home.exists() else parts.home.parent, os.W_OK)
    advice = "" if writable else f"make {parts.home} writable, or set DOCPROC_HOME"
    yield "home", "ok" if writable else "lacking", str(parts.home), advice
    for name, value in parts.settings.items():
        if name in os.environ:
            yield name, "ok", "(set)" if "PASSWORD" in name or "URL" in name else value, ""
