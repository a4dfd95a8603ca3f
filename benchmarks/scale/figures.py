"""What goes into the model: each figure with what it rests on. Money is in US dollars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from benchmarks.scale.rows import Weight

Basis = Literal["measured", "counted", "assumed"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, what it rests on and where it is from; `name` is what the command line calls it."""

    name: str
    value: float
    unit: str
    what: str
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True)
class Limit:
    """Pages a second that one H200 can do at most with a model: the page shared by all its questions, and not."""

    model: str
    dpi_100: tuple[float, float]
    dpi_150: tuple[float, float]
    tiles: tuple[float, float]


FIGURES = (
    Figure("share", 0.5, "", "of the GPU's limit that the engine reaches", "assumed", "the aim of `benchmarks.gpu`"),
    Figure("fed", 0.9, "", "of the engine's speed that a fed worker keeps", "assumed", "the aim of the fleet"),
    Figure("gpu_hour", 3.5, "$/h", "one H200, rented", "assumed", "a usual price in 2026; 2 to 5"),
    Figure("core_hour", 0.04, "$/h", "one CPU core with 4 GB", "assumed", "a usual price; spot costs a third"),
    Figure("ssd_month", 0.1, "$/GB/month", "block storage of the database", "assumed", "a usual price"),
    Figure("object_month", 0.023, "$/GB/month", "object storage", "assumed", "a usual price of the standard class"),
    Figure("put_million", 5.0, "$/million", "writes to object storage", "assumed", "a usual price"),
    Figure(
        "page_core_ms",
        27.0,
        "core ms",
        "to draw, read, store and commit a page",
        "measured",
        "`pipeline`: 148 pages/s on 4 cores",
    ),
    Figure("ocr_core_s", 8.0, "core s", "to read a scan by OCR", "measured", "RapidOCR: 6.5 to 10.6 s, one thread"),
    Figure(
        "database_pages",
        407.0,
        "pages/s",
        "with 8.8 answers each that one PostgreSQL stores",
        "measured",
        "`rows`: 4 clients and the server on 4 cores, load 8",
    ),
    Figure(
        "database_share", 0.5, "", "of that to be counted on, beside claims, queries and vacuum", "assumed", "judgement"
    ),
    Figure("database_bytes", 16_657.0, "bytes", "a page takes in PostgreSQL", "measured", "`rows`, the table below"),
    Figure("bloat", 1.3, "", "room for dead rows and half-full pages", "assumed", "judgement"),
    Figure("hot_days", 7.0, "days", "that rows stay in PostgreSQL before they are archived", "assumed", "a choice"),
    Figure(
        "database_tb", 2.0, "TB", "that one PostgreSQL should hold", "assumed", "restored in hours, vacuumed in a night"
    ),
    Figure(
        "parquet_bytes", 561.0, "bytes", "a page's answers take in Parquet", "measured", "`rows`: zstd, every column"
    ),
    Figure(
        "image_bytes",
        219_624.0,
        "bytes",
        "a page image, JPEG q85, 150 dpi",
        "measured",
        "261 pages of 64 labelled documents",
    ),
    Figure("source_bytes", 59_174.0, "bytes", "of source file a page", "measured", "the same documents"),
    Figure(
        "worker_bells",
        4.0,
        "messages/s",
        "that a busy process sends at most",
        "counted",
        "two stages, each every 0.5 s",
    ),
    Figure(
        "publisher_bells",
        1200.0,
        "messages/s",
        "through Redis by one publisher",
        "measured",
        "Celery 5.7, Redis 7, 2 cores",
    ),
    Figure(
        "redis_pushes",
        26_000.0,
        "pushes/s",
        "into Redis by one client",
        "measured",
        "redis-benchmark, Redis 7.0, load 6",
    ),
    Figure("bell_cpu_ms", 1.6, "core ms", "for a message that a worker takes", "measured", "Celery 5.7: 0.9 to 1.6"),
)

# Counted from the published configurations and measured limits of an H200 (790 TFLOP/s bfloat16, 4.3 TB/s): 4 short
# questions and a transcript of 800 tokens, 64 pages in flight.
LIMITS = (
    Limit("Qwen3-VL-2B", (16.4, 10.1), (9.0, 4.6), (7.2, 4.0)),
    Limit("Qwen3-VL-4B", (10.8, 6.4), (6.3, 3.1), (5.0, 2.5)),
    Limit("Qwen3-VL-8B", (7.7, 4.3), (4.8, 2.1), (3.8, 1.7)),
    Limit("Qwen2.5-VL-7B", (9.4, 4.3), (6.0, 2.2), (4.7, 1.6)),
)
REFERENCE = "Qwen3-VL-4B"  # the model of the compose file, shown an overview and close-ups

# Measured by `python -m benchmarks.scale rows`: 8,000 pages in documents of 10.
POSTGRESQL = (
    Weight("page_texts", 6266, 1190, 1.0),
    Weight("pages", 4356, 25, 1.0),
    Weight("answers", 2464, 562, 8.8),
    Weight("current_answers", 823, 436, 8.8),
    Weight("tasks", 210, 230, 1.1),
    Weight("documents", 36, 17, 0.1),
    Weight("job_documents", 18, 24, 0.1),
)
SQLITE = (
    Weight("page_texts", 4103, 1177, 1.0),
    Weight("pages", 4106, 14, 1.0),
    Weight("answers", 2043, 153, 8.8),
    Weight("current_answers", 618, 31, 8.8),
    Weight("tasks", 75, 36, 1.1),
    Weight("documents", 26, 9, 0.1),
    Weight("job_documents", 9, 12, 0.1),
)
