"""CORD: receipts as nested fields: the menu, the subtotal, the total (Park et al., Document Intelligence 2019).

Read are Parquet files (`image`, `ground_truth`), a folder with `metadata.jsonl` (`file_name`, `ground_truth`), and
`json/` beside `image/` with a `gt_parse` in each file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docproc.core.errors import MissingExtra, UsageError
from docproc.core.kinds import kind_of
from docproc.core.questions import Column, Question
from docproc.core.text.fold import one_line
from docproc.sources.gold import GoldItem, GoldQuestion
from docproc.sources.gold.published import as_object, beside, lines, picture, text, wanted, whole

JOINT = " | "  # between several values of one field
SUB = "sub_"  # columns of what belongs to a line of the menu
MENU, VOID = "menu", "void_menu"
_CELLS = ("nm", "num", "unitprice", "cnt", "discountprice", "price", "itemsubtotal", "vatyn", "etc")
COLUMNS = tuple(Column(name, "string") for name in (*_CELLS, *(f"{SUB}{cell}" for cell in _CELLS)))
_MENUS = {
    MENU: "List every line of the menu items: name, number, unit price, count, discount, price; "
    "what is chosen within an item in the columns that begin with sub_.",
    VOID: "List every line that was cancelled (void).",
}
FIELDS = {
    "sub_total.subtotal_price": "What is the subtotal?",
    "sub_total.discount_price": "What is the discount on the whole?",
    "sub_total.service_price": "What is the service charge?",
    "sub_total.othersvc_price": "What are other charges added to the subtotal?",
    "sub_total.tax_price": "What is the tax?",
    "sub_total.etc": "What other amount stands between the subtotal and the total?",
    "total.total_price": "What is the total?",
    "total.total_etc": "What other amount stands beside the total?",
    "total.cashprice": "What was paid in cash?",
    "total.changeprice": "What is the change?",
    "total.creditcardprice": "What was paid by credit card?",
    "total.emoneyprice": "What was paid by electronic money?",
    "total.menutype_cnt": "How many different items does the receipt say that there are?",
    "total.menuqty_cnt": "How many items does the receipt say that there are in all?",
}


class Cord:
    name = "cord"
    metrics = ("exact",)
    wants = (
        "test-*.parquet (or test/metadata.jsonl with its pictures, or test/json/ and test/image/ with gt_parse); "
        "the dataset naver-clova-ix/cord-v2, by way of https://github.com/clovaai/cord"
    )

    def read(self, folder: Path) -> Iterator[GoldItem]:
        """The receipts of the test split, each asked all fields."""
        tables = sorted([*folder.glob("test-*.parquet"), *folder.glob("data/test-*.parquet")])
        if tables:
            for table in tables:
                yield from _of_parquet(table)
            return
        file = wanted(folder, ("test/metadata.jsonl", "metadata.jsonl", "test/json", "json"), self.wants)
        if file.is_dir():
            files = sorted(file.glob("*.json"))
            if not files:
                raise UsageError(f"{file} has no *.json. Wanted there: {self.wants}")
            for one in files:
                told = as_object(whole(one), str(one))
                yield _item(one.stem, beside(file.parent / "image", one.stem), None, told, str(one))
            return
        for row, place in lines(file):
            image = picture(file.parent, (".",), text(row, "file_name", place), place)
            yield _item(image.stem, image, None, as_object(text(row, "ground_truth", place), place), place)


def _of_parquet(file: Path) -> Iterator[GoldItem]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtra("parquet", f"reading {file}") from error
    number = 0
    try:
        with parquet.ParquetFile(file) as table:
            for batch in table.iter_batches(batch_size=4, columns=["image", "ground_truth"]):
                for row in batch.to_pylist():
                    place = f"{file}, row {number}"
                    image = row["image"]
                    data = image.get("bytes") if isinstance(image, dict) else image
                    if not isinstance(data, bytes):
                        raise UsageError(f"{place} has no picture")
                    told = as_object(row["ground_truth"] or "", place)
                    yield _item(f"{file.stem}-{number}", None, data, told, place)
                    number += 1
    except (pa.ArrowException, OSError) as error:
        raise UsageError(f"{file} is damaged after row {number}: {error}") from error


def _item(name: str, path: Path | None, data: bytes | None, told: dict[str, Any], place: str) -> GoldItem:
    parse = told.get("gt_parse")
    if not isinstance(parse, dict):
        raise UsageError(f"{place} has no 'gt_parse'")
    questions = [
        GoldQuestion(f"{name}/{menu}", ask, "table", _rows(parse.get(menu), place), part=menu, columns=COLUMNS)
        for menu, ask in _MENUS.items()
        if menu == MENU or parse.get(menu)
    ]
    for field, ask in FIELDS.items():
        above, _, below = field.partition(".")
        found = parse.get(above) or {}
        if not isinstance(found, dict):
            raise UsageError(f"{place}: {above!r} is no object")
        value = _joined(found.get(below))
        gold = (value,) if value else ()
        questions.append(GoldQuestion(f"{name}/{field}", ask, "string", gold, part=above, match="is"))
    return GoldItem(name, path, data, 1, tuple(questions))


def _rows(told: Any, place: str) -> tuple[str, ...]:
    """A menu as the canonical text of a table; none where there are no lines."""
    try:
        rows = canonical(told)
    except ValueError as error:
        raise UsageError(f"{place}: {error}") from error
    if not any(any(row.values()) for row in rows):
        return ()
    return (kind_of("table").parse(rows, Question("menu", "", "table", columns=COLUMNS)),)


def canonical(told: Any) -> list[dict[str, str | None]]:
    """The lines of a menu, as the set has them, with what is below each in columns of its own. Raises ValueError."""
    rows = []
    for item in filter(None, told if isinstance(told, list) else [told]):
        if not isinstance(item, dict):
            raise ValueError(f"{str(item)[:80]!r} is no line of a menu")
        below = item.get("sub") or []
        subs = [sub for sub in (below if isinstance(below, list) else [below]) if isinstance(sub, dict)]
        row = {cell: _joined(item.get(cell)) for cell in _CELLS}
        row |= {f"{SUB}{cell}": _joined(item.get(f"{SUB}{cell}") or [sub.get(cell) for sub in subs]) for cell in _CELLS}
        rows.append({name: value or None for name, value in row.items()})
    return rows


def _joined(told: Any) -> str:
    """One or more values of a field as one text."""
    if isinstance(told, list):
        return JOINT.join(filter(None, map(_joined, told)))
    return one_line(str(told)) if isinstance(told, str | int | float) else ""


def parse_of(said: dict[str, Any]) -> dict[str, Any]:
    """The nested record out of the single fields' values: rows of the menus, texts of the others."""
    parse: dict[str, Any] = {}
    for field, value in said.items():
        if field in _MENUS:
            parse[field] = [_line(row) for row in value]
        else:
            above, _, below = field.partition(".")
            parse.setdefault(above, {})[below] = _apart(value)
    return parse


def _line(row: dict[str, str | None]) -> dict[str, Any]:
    cells = {cell: _apart(row[cell] or "") for cell in _CELLS if row.get(cell)}
    columns = {cell: (row[f"{SUB}{cell}"] or "").split(JOINT) for cell in _CELLS if row.get(f"{SUB}{cell}")}
    if not columns:
        return cells
    most = max(map(len, columns.values()))
    subs = [{cell: values[at] for cell, values in columns.items() if at < len(values)} for at in range(most)]
    return {**cells, "sub": subs}


def _apart(value: str) -> str | list[str]:
    return value.split(JOINT) if JOINT in value else value


GOLD = Cord()
