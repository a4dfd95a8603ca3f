"""What all field finders of an invoice share, worked out once a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from docproc.core.text.locale import Locale, locale_of
from docproc.engines.ocr.fields import Rows, by_row
from docproc.engines.ocr.find_invoice.columns import Header
from docproc.engines.ocr.find_invoice.lexicon import lexicon
from docproc.engines.ocr.find_invoice.lines import Item, header_rows, items_of
from docproc.engines.ocr.labels import Hit, hits_in
from docproc.engines.ocr.rows import Row, Sheet, sheets
from docproc.engines.ocr.view import View

# An invoice's fields stand on its first pages; what follows in a longer document are annexes.
MOST_PAGES = 60


@dataclass(frozen=True)
class Invoice:
    """A document read as an invoice. `item_rows` holds, by page index, the numbers of the rows of line items."""

    pages: tuple[Sheet, ...]
    hits: tuple[Hit, ...]
    locale: Locale
    headers: Mapping[int, Sequence[Header]]
    items: tuple[Item, ...]
    item_rows: Mapping[int, set[int]]

    @cached_property
    def rows(self) -> Rows:
        """All labels by row."""
        return by_row(self.hits)

    def beside(self, row: Row) -> Sequence[Hit]:
        """The labels in a row."""
        return self.rows.get((row.sheet, row.number), ())

    def named(self, *names: str) -> list[Hit]:
        """The labels of some fields, outside line-item headers and line items."""
        return [hit for hit in self.hits if hit.name in names and hit.row.number not in self.item_rows[hit.row.sheet]]


def invoice_of(view: View) -> Invoice:
    """A view's pages as rows, with their labels, conventions and line items."""
    pages = sheets(replace(view, readings=view.readings[:MOST_PAGES]))
    hits = hits_in(pages, lexicon())
    locale = locale_of("\n".join(page.text for page in pages))
    headers = header_rows(pages)
    items = items_of(pages, headers, hits, locale)
    rows: dict[int, set[int]] = {page.index: set() for page in pages}
    for page in pages:
        for header in headers[page.index]:
            rows[page.index].update(range(header.first, header.last + 1))
        heights = [(box.y0, box.y1) for item in items for sheet, box in item.at if sheet == page.index]
        for row in page.rows:
            if any(y0 <= row.box.cy <= y1 for y0, y1 in heights):
                rows[page.index].add(row.number)
    return Invoice(pages, tuple(hits), locale, headers, tuple(items), rows)
