"""Workers, GPUs, databases, storage, days and money for a number of pages. Pure arithmetic on `figures`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from benchmarks.scale.figures import FIGURES, LIMITS, REFERENCE

DAY = 86_400  # seconds
MILLION = 1_000_000
GPU_PROCESSES = 1  # worker processes per GPU
RASTER_CORES = 4  # cores of a raster worker process

Numbers = Mapping[str, float]


def numbers(changed: Numbers | None = None) -> dict[str, float]:
    """The figures by name, some of them changed. Raises KeyError for a name that is none."""
    known = {figure.name: figure.value for figure in FIGURES}
    for name, value in (changed or {}).items():
        if name not in known:
            raise KeyError(name)
        known[name] = value
    return known


def reference() -> float:
    """The reference model's limit in pages a second, shown as the engine does by default."""
    return next(limit.tiles[0] for limit in LIMITS if limit.model == REFERENCE)


def gpu_rate(given: Numbers, limit: float) -> float:
    """Pages a second that one GPU answers, where it could do `limit` at most."""
    return limit * given["share"] * given["fed"]


def gpu_dollars(given: Numbers, limit: float) -> float:
    """Of GPU for a million pages."""
    return MILLION / gpu_rate(given, limit) / 3600 * given["gpu_hour"]


@dataclass(frozen=True, slots=True)
class Fleet:
    """What answers `pages` pages in `days` days. `bells` are messages a second through Redis, at most; `databases` are
    servers, enough for the commits and for the rows of the last `hot_days` days.
    """

    pages: int
    days: float
    rate: float
    gpus: int
    cores: int
    bells: float
    bell_cores: float
    databases: int
    rows_gb: float
    parquet_gb: float
    images_tb: float


def fleet(given: Numbers, pages: int, days: float, limit: float) -> Fleet:
    """The smallest fleet that is done in time."""
    rate = pages / (days * DAY)
    gpus = ceil(rate / gpu_rate(given, limit))
    cores = ceil(rate * given["page_core_ms"] / 1000)
    processes = gpus * GPU_PROCESSES + ceil(cores / RASTER_CORES)
    bells = processes * given["worker_bells"]
    rows = pages * min(1.0, given["hot_days"] / days) * given["database_bytes"] * given["bloat"]
    by_commits = rate / (given["database_pages"] * given["database_share"])
    return Fleet(
        pages=pages,
        days=days,
        rate=rate,
        gpus=gpus,
        cores=cores,
        bells=bells,
        bell_cores=bells * given["bell_cpu_ms"] / 1000,
        databases=ceil(max(by_commits, rows / (given["database_tb"] * 1e12))),
        rows_gb=rows / 1e9,
        parquet_gb=pages * given["parquet_bytes"] / 1e9,
        images_tb=pages * given["image_bytes"] / 1e12,
    )


def days(given: Numbers, pages: int, gpus: int, limit: float) -> float:
    """Days that so many GPUs take."""
    return pages / (gpus * gpu_rate(given, limit)) / DAY


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars for a million pages. What is stored is paid for every month that it stays."""

    gpu: float
    cores: float
    ocr: float  # where every page is a scan that is read by OCR
    writes: float
    rows_month: float
    images_month: float
    sources_month: float
    parquet_month: float


def cost(given: Numbers, limit: float) -> Cost:
    """Of a million pages, each part by itself."""

    def cores(milliseconds: float) -> float:
        return MILLION * milliseconds / 1000 / 3600 * given["core_hour"]

    def month(size: float, price: str) -> float:
        return MILLION * size / 1e9 * given[price]

    return Cost(
        gpu=gpu_dollars(given, limit),
        cores=cores(given["page_core_ms"]),
        ocr=cores(given["ocr_core_s"] * 1000),
        writes=given["put_million"],
        rows_month=month(given["database_bytes"] * given["bloat"], "ssd_month"),
        images_month=month(given["image_bytes"], "object_month"),
        sources_month=month(given["source_bytes"], "object_month"),
        parquet_month=month(given["parquet_bytes"], "object_month"),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies around when so many pages come every month and are kept for a time; dollars are a month's."""

    rows_gb: float
    images_tb: float
    rows_dollars: float
    images_dollars: float


def kept(given: Numbers, pages_a_month: int, kept_days: float) -> Kept:
    """Rows and images of the last `kept_days` days."""
    pages = pages_a_month * kept_days / 30
    rows, images = (pages * size / 1e9 for size in (given["database_bytes"] * given["bloat"], given["image_bytes"]))
    return Kept(rows, images / 1000, rows * given["ssd_month"], images * given["object_month"])
