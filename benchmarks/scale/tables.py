"""The tables of docs/scale.md."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.scale import model
from benchmarks.scale.figures import FIGURES, LIMITS, POSTGRESQL, SQLITE
from benchmarks.scale.model import Numbers

SCALES = {"1 million": 10**6, "100 million": 10**8, "10 billion": 10**10}
MONTH = 30  # days
FLEETS = (1, 8, 64, 512, 2048)  # GPUs
KEPT = (1, 7, 30, 90, 365)  # days
MONTHLY = 10**8  # pages


def tables(given: Numbers) -> dict[str, str]:
    """Every table in Markdown, by name."""
    return {
        "figures": _figures(given),
        "bytes": _bytes(),
        "scales": _scales(given),
        "days": _days(given),
        "gpu": _gpu(given),
        "cost": _cost(given),
        "kept": _kept(given),
    }


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def number(value: float) -> str:
    """Three digits that count, without an exponent: 0.0123, 4.57, 1,240."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _figures(given: Numbers) -> str:
    rows = [(f"`{f.name}`", f"{number(given[f.name])} {f.unit}".strip(), f.what, f.basis, f.source) for f in FIGURES]
    return _table(("figure", "value", "what it is", "basis", "from"), rows)


def _bytes() -> str:
    rows = [
        (f"`{pg.table}`", number(pg.rows), *map(number, (pg.data, pg.indexes, lite.data, lite.indexes)))
        for pg, lite in zip(POSTGRESQL, SQLITE, strict=True)
    ]
    sums = (sum(getattr(w, part) for w in side) for side in (POSTGRESQL, SQLITE) for part in ("data", "indexes"))
    rows.append(("all", "", *map(number, sums)))
    return _table(("table", "rows a page", "PostgreSQL: data", "indexes", "SQLite: data", "indexes"), rows)


def _scales(given: Numbers) -> str:
    fleets = [model.fleet(given, pages, MONTH, model.reference()) for pages in SCALES.values()]
    lines = {
        "pages a second": [number(fleet.rate) for fleet in fleets],
        "GPUs": [number(fleet.gpus) for fleet in fleets],
        "cores that raster": [number(fleet.cores) for fleet in fleets],
        "messages a second through Redis, at most": [number(fleet.bells) for fleet in fleets],
        "cores that these cost the workers": [number(fleet.bell_cores) for fleet in fleets],
        "PostgreSQL servers": [number(fleet.databases) for fleet in fleets],
        "rows in them": [f"{number(fleet.rows_gb)} GB" for fleet in fleets],
        "their answers in Parquet": [f"{number(fleet.parquet_gb)} GB" for fleet in fleets],
        "page images": [f"{number(fleet.images_tb)} TB" for fleet in fleets],
    }
    return _table((f"in {MONTH} days", *SCALES), [(name, *cells) for name, cells in lines.items()])


def _days(given: Numbers) -> str:
    rows = [
        (name, *(number(model.days(given, pages, gpus, model.reference())) for gpus in FLEETS))
        for name, pages in SCALES.items()
    ]
    return _table(("days for", *(f"{gpus:,} GPU{'s' * (gpus > 1)}" for gpus in FLEETS)), rows)


def _gpu(given: Numbers) -> str:
    def cell(pair: tuple[float, float]) -> str:
        return " / ".join(f"{number(model.gpu_dollars(given, limit))}" for limit in pair)

    rows = [
        (
            limit.model,
            cell(limit.dpi_100),
            cell(limit.dpi_150),
            cell(limit.tiles),
            number(model.gpu_rate(given, limit.tiles[0])),
        )
        for limit in LIMITS
    ]
    head = ("$ of GPU per million pages, page shared / not", "100 dpi", "150 dpi", "close-ups", "pages/s, close-ups")
    return _table(head, rows)


def _cost(given: Numbers) -> str:
    cost = model.cost(given, model.reference())
    rows = [
        ("GPU", number(cost.gpu), "once"),
        ("cores that draw, read, store and commit", number(cost.cores), "once"),
        ("cores that read by OCR, if every page is a scan and has to be read", number(cost.ocr), "once"),
        ("writes of page images to object storage", number(cost.writes), "once"),
        ("rows in PostgreSQL", number(cost.rows_month), "a month"),
        ("page images", number(cost.images_month), "a month"),
        ("source files", number(cost.sources_month), "a month"),
        ("answers in Parquet", number(cost.parquet_month), "a month"),
    ]
    return _table(("part", "$ per million pages", "when"), rows)


def _kept(given: Numbers) -> str:
    rows = []
    for span in KEPT:
        kept = model.kept(given, MONTHLY, span)
        cells = (
            f"{number(kept.rows_gb)} GB",
            number(kept.rows_dollars),
            f"{number(kept.images_tb)} TB",
            number(kept.images_dollars),
        )
        rows.append((f"{span} day{'s' * (span > 1)}", *cells))
    return _table(("kept for", "rows", "$ a month", "page images", "$ a month"), rows)
