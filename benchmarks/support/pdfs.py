"""Born-digital PDFs of any length, written page by page in constant memory."""

from __future__ import annotations

import random
import zlib
from pathlib import Path
from typing import BinaryIO

TEXT = (
    "river sample station measured nitrate autumn delivery invoice harbour amount winter estimate payment report "
    "customer quantity average between further twelve against figure annual record surface carried weekly number"
)


WORDS = TEXT.split()


def born_digital(path: Path, pages: int, lines: int = 46) -> Path:
    """A PDF of `pages` A4 pages, each with its own `lines` lines of text and a ruled table of four rows."""
    chance = random.Random(pages)
    with path.open("wb") as file:
        writer = _Writer(file)
        first = 4  # objects 1 to 3: catalogue, page tree, font
        writer.header()
        writer.object(1, b"<</Type/Catalog/Pages 2 0 R>>")
        kids = " ".join(f"{first + 2 * index} 0 R" for index in range(pages))
        writer.object(2, f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode())
        writer.object(3, b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
        for index in range(pages):
            number = first + 2 * index
            page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {number + 1} 0 R"
            writer.object(number, f"{page}/Resources<</Font<</F1 3 0 R>>>>>>".encode())
            data = zlib.compress(_content(chance, index + 1, lines), 1)
            head = f"<</Length {len(data)}/Filter/FlateDecode>>stream\n".encode()
            writer.object(number + 1, head + data + b"\nendstream")
        writer.trailer()
    return path


def _content(chance: random.Random, number: int, lines: int) -> bytes:
    parts = [f"BT /F1 16 Tf 56 784 Td (Section {number}: {chance.choice(WORDS)} and {chance.choice(WORDS)}) Tj ET"]
    y = 756
    for _ in range(lines):
        parts.append(f"BT /F1 9.5 Tf 56 {y} Td ({' '.join(chance.choices(WORDS, k=12))}) Tj ET")
        y -= 13
    for _row in range(4):
        parts.append(f"56 {y} m 539 {y} l S")
        for column in range(4):
            parts.append(f"BT /F1 9 Tf {60 + 120 * column} {y - 12} Td ({chance.randint(100, 99999) / 100:.2f}) Tj ET")
        y -= 17
    return "\n".join(["0.6 w", *parts]).encode("latin-1")


class _Writer:
    """Writes numbered objects and remembers where they are."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._offsets: dict[int, int] = {}

    def header(self) -> None:
        self._file.write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def object(self, number: int, body: bytes) -> None:
        self._offsets[number] = self._file.tell()
        self._file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    def trailer(self) -> None:
        start, count = self._file.tell(), len(self._offsets) + 1
        self._file.write(b"xref\n0 %d\n0000000000 65535 f \n" % count)
        for number in range(1, count):
            self._file.write(b"%010d 00000 n \n" % self._offsets[number])
        self._file.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, start))
