"""Tables from words and ruling lines alone, so that scans and every PDF reader are served.

`tables(reading)` gives the tables of a page; `join` puts together those that go on over pages.
"""

from __future__ import annotations

from docproc.engines.ocr.tables.find import tables
from docproc.engines.ocr.tables.grid import Cell, Grid
from docproc.engines.ocr.tables.spread import Spread, join

__all__ = ["Cell", "Grid", "Spread", "join", "tables"]
