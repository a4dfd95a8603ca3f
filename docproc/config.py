"""The settings, read from the environment: DOCPROC_HOME, DOCPROC_DATABASE_URL, …"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from docproc.core.errors import UsageError


class Settings(BaseSettings):
    """What can be set; each field is the environment variable DOCPROC_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="DOCPROC_", extra="ignore", frozen=True)

    home: Path = Field(Path("docproc-data"), description="folder of the database and the page images")
    database_url: str = Field("", description="sqlite:///… or postgresql://…; empty: a SQLite file in the home folder")
    images: str = Field(
        "", description="folder or URL (s3://…, gs://…) of the page images; empty: a folder in the home folder"
    )
    images_cache_mb: int = Field(2000, gt=0, description="copies of images from a URL that the home folder may hold")
    question_sets: str = Field("", description="folders with your own question sets, separated as in PATH")
    engine: str = Field("", description="the engine where --engine does not say; empty: ocr")
    workers: int = Field(0, ge=0, description="processes that render, and that read; 0: one per core")
    verify: Literal["layer", "ocr"] = Field(
        "layer", description="where a model's answers are looked up: in text layers, or on scans by OCR as well"
    )
    queue: Literal["inline", "celery"] = Field(
        "inline", description="who works on a job: the process that submits it, or a fleet of Celery workers"
    )
    redis_url: str = Field("redis://localhost:6379/0", description="the Redis that wakes the fleet", repr=False)
    renderer: Literal["pymupdf", "pdfium"] = Field("pymupdf", description="what draws PDF pages first")
    dpi: int = Field(150, ge=36, le=1200, description="resolution of page images, dots per inch")
    jpeg_quality: int = Field(85, ge=30, le=100, description="JPEG quality of page images")
    max_megapixels: float = Field(40, gt=0, description="largest page image; larger pages are drawn at fewer dpi")
    max_file_mb: int = Field(500, gt=0, description="largest file that is accepted, in MB")
    max_pages: int = Field(0, ge=0, description="most pages of a document that is accepted; 0: any number")
    max_inches: float = Field(
        200, gt=0, description="longest side of a page that is drawn at full resolution, in inches"
    )
    probe_seconds: float = Field(60, gt=0, description="time in which a file must have been opened")
    page_seconds: float = Field(30, gt=0, description="time in which a page must have been drawn, per renderer")
    memory_mb: int = Field(2048, ge=256, description="memory that a rendering process may take, in MB")
    metrics: str = Field("", description="HOST:PORT where a process that works tells its metrics; empty: nowhere")
    log: Literal["off", "text", "json"] = Field("off", description="what is logged to standard error: lines or JSON")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="what is logged at least")
    api_url: str = Field(
        "", description="where people reach the server, as https://docproc.example; empty: where it listens"
    )
    api_hosts: str = Field("", description="host names that the server answers to, separated by commas; empty: any")
    api_proxies: str = Field("", description="addresses of proxies whose X-Forwarded-For is believed; empty: none")
    api_secret: str = Field(
        "", description="what signs the session cookies; empty: made once in the home folder", repr=False
    )
    api_session_hours: int = Field(12, gt=0, description="hours after which people sign in again")
    api_upload_mb: int = Field(
        2000, gt=0, description="largest request with files, in MB; each file: DOCPROC_MAX_FILE_MB"
    )
    api_files: int = Field(100, gt=0, description="most files of one request")
    api_pages: int = Field(3000, ge=0, description="most pages of a document from docproc serve; 0: any number")
    api_rate: float = Field(
        100, ge=0, description="requests a second that a key may send, per server process; 0: any number"
    )
    api_burst: int = Field(500, gt=0, description="requests that a key may send at once")
    api_fetch: bool = Field(False, description="whether the server fetches files from URLs that a job names")
    api_fetch_allow: str = Field(
        "", description="hosts that files are fetched from beside public ones: names, .ends, addresses, networks"
    )
    webhook_allow: str = Field(
        "", description="hosts that webhooks may name beside public ones: names, .ends, addresses, networks"
    )
    password: str = Field("", description="password tried on encrypted PDFs", repr=False)


def load() -> Settings:
    """The settings. Raises UsageError that names the variable and what is wrong with it."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"DOCPROC_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()]
        raise UsageError("; ".join(faults)) from error


def engine_settings(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """An engine's own settings: DOCPROC_<ENGINE>_<NAME>, as {name: text}."""
    prefix = f"DOCPROC_{name.upper()}_"
    return {key[len(prefix) :].lower(): value for key, value in environment.items() if key.startswith(prefix)}


def described() -> list[tuple[str, str, str]]:
    """(variable, default, what it is) of every setting, in order."""
    return [
        (f"DOCPROC_{name.upper()}", "" if field.default is None else str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
