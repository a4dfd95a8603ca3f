"""python -m benchmarks.scale [FIGURE=NUMBER…]: the tables of docs/scale.md, with other figures if you like.

python -m benchmarks.scale gpu_hour=2.5 share=0.6
python -m benchmarks.scale --write                          put the tables into docs/scale.md
python -m benchmarks.scale rows postgresql://user@host/empty PAGES    weigh a page in a database of your own
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.scale.model import numbers
from benchmarks.scale.tables import tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scale.md"
TABLE = re.compile(r"\A(?:\|.*\n)*")
SIZES = re.compile(r"(\w+)=(\d+(?:\.\d+)?)")


def main(given: Sequence[str]) -> int:
    if given[:1] == ["rows"] and len(given) in (3, 4):
        return weigh(given[1], *map(int, given[2:]))
    changed = [SIZES.fullmatch(word) for word in given if word != "--write"]
    try:
        figures = numbers({match[1]: float(match[2]) for match in changed if match})
    except KeyError as error:
        changed.append(None)
        print(f"there is no figure {error}")
    if None in changed:
        print(__doc__)
        return 1
    made = tables(figures)
    if "--write" in given:
        PAGE.write_text(written(PAGE.read_text("utf-8"), made), "utf-8")
    else:
        print("\n\n".join(made.values()))
    return 0


def written(page: str, made: Mapping[str, str]) -> str:
    """The page with its tables made anew: what stands between <!-- NAME --> and the next empty line."""
    for name, table in made.items():
        before, mark, after = page.partition(f"<!-- {name} -->\n")
        page = f"{before}{mark}{table}\n{re.sub(TABLE, '', after, count=1)}" if mark else page
    return page


def weigh(url: str, count: int, first: int = 0) -> int:
    """Fills the database at `url`, which should be empty, and prints what a page takes."""
    from benchmarks.scale.rows import fill, parquet, weigh  # (the model itself needs no database)
    from docproc.store.database import open_database

    with closing(open_database(url)) as database:
        database.upgrade()
        print(f"{count} pages, {fill(database, count, first):.0f} pages/s through one connection")
        for weight in weigh(database, count):
            print(f"{weight.table:18} data {weight.data:7.0f} indexes {weight.indexes:7.0f} rows {weight.rows:.2f}")
        print(f"{'answers, Parquet':18} {parquet(database, count):12.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
