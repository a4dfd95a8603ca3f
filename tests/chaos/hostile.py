"""A page that no renderer is done with in time, among good ones."""

from __future__ import annotations

import zlib
from pathlib import Path

import pymupdf

STROKES = b"0 0 m 500 700 l 20 650 l S\n" * 20_000  # half a megabyte that packs to next to nothing


def with_bomb(path: Path, pages: int, bomb: int) -> Path:
    """A PDF of `pages` pages with a line of text each; page `bomb` has 100 MB of strokes, in some 100 KB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(STROKES) for _ in range(200)) + packer.flush()
    with pymupdf.open() as document:
        for number in range(1, pages + 1):
            page = document.new_page()
            page.insert_text((72, 100), f"A letter of many pages, this is number {number}. Total 12.50")
        xref = document[bomb - 1].get_contents()[0]
        document.update_stream(xref, b" ")
        document.xref_set_key(xref, "Filter", "/FlateDecode")
        document.update_stream(xref, packed, new=True, compress=False)
        document.xref_set_key(xref, "Filter", "/FlateDecode")
        document.save(path)
    return path
