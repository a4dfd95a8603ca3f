"""Say what is installed and what can run here."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
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
}
_OPTIONAL = frozenset({"psycopg", "pyarrow", "transformers", "llguidance", "peft", "openai", "prometheus_client"})


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
            yield name, "optional" if name in _OPTIONAL else "lacking", "not installed", purpose


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
    for name in engine_names():
        try:
            engine = parts.engine(name)
        except DocprocError as error:
            yield f"engine {name}", "lacking" if name == default else "optional", "cannot run here", str(error)
            continue
        found = f"{engine.fingerprint}; {reason}" if name == default else engine.fingerprint
        engine.close()
        yield f"engine {name}", "ok", found, ""


def _models(parts: Parts) -> Iterator[Row]:
    return model_rows(os.environ, parts.default_engine[0])


def _settings(parts: Parts) -> Iterator[Row]:
    writable = os.access(parts.home if parts.home.exists() else parts.home.parent, os.W_OK)
    advice = "" if writable else f"make {parts.home} writable, or set DOCPROC_HOME"
    yield "home", "ok" if writable else "lacking", str(parts.home), advice
    for name, value in parts.settings.items():
        if name in os.environ:
            yield name, "ok", "(set)" if "PASSWORD" in name or "URL" in name else value, ""
