"""PDF files written by hand, so that each test says exactly what is in its own."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

A4 = (595, 842)


def pdf(
    path: Path,
    contents: Sequence[str],
    *,
    page: str = "",
    resources: str = "",
    extra: Mapping[int, bytes] | None = None,
    size: tuple[float, float] = A4,
    count: int | None = None,
) -> Path:
    """A PDF with one page per content stream; Helvetica is /F1, its bold is /F2.

    `page` and `resources` are added to each page's own dictionary; `extra` holds more objects, by number from 100;
    `count` is what the file says of its number of pages.
    """
    objects: dict[int, bytes] = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        4: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
        **(extra or {}),
    }
    kids = []
    for index, content in enumerate(contents):
        number = 10 + 2 * index
        kids.append(f"{number} 0 R")
        inherited = f"/MediaBox[0 0 {size[0]} {size[1]}]/Resources<</Font<</F1 3 0 R/F2 4 0 R>>{resources}>>"
        head = f"<</Type/Page/Parent 2 0 R{inherited}/Contents {number + 1} 0 R{page}>>"
        objects[number] = head.encode()
        objects[number + 1] = stream(content.encode("latin-1"))
    objects[2] = f"<</Type/Pages/Count {count or len(kids)}/Kids[{' '.join(kids)}]>>".encode()
    return written(path, objects)


def written(path: Path, objects: Mapping[int, bytes], trailer: str = "") -> Path:
    """A file of these objects with a cross-reference table; object 1 is the catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, body in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += f"trailer<</Size {max(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    path.write_bytes(bytes(out))
    return path


def stream(data: bytes, entries: str = "") -> bytes:
    """A compressed stream object with more entries in its dictionary."""
    packed = zlib.compress(data)
    return f"<</Length {len(packed)}/Filter/FlateDecode{entries}>>stream\n".encode() + packed + b"\nendstream"


def text(words: str, x: float = 72, y: float = 700, size: float = 12, before: str = "", font: str = "F1") -> str:
    """Operators that print words at a place, in points from the lower left; `before` goes in front of them."""
    return f"q {before} BT /{font} {size} Tf {x} {y} Td ({words}) Tj ET Q\n"


def image(width: int, height: int, gray: int) -> bytes:
    """An image object of one gray level."""
    entries = f"/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceGray/BitsPerComponent 8"
    return stream(bytes([gray]) * (width * height), entries)


def encrypted(path: Path, owner: str, user: str) -> Path:
    """A page that is encrypted with AES-256."""
    import pymupdf

    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "sealed letter")
        document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw=owner, user_pw=user)
    return path


def png(size: tuple[int, int]) -> bytes:
    """A PNG that says that it has this size; its pixels are missing."""
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    data = bytearray(file.getvalue())
    data[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def laughs(path: Path, depth: int = 12) -> Path:
    """Forms within forms, ten times each: a page that takes ten to the power of `depth` steps to draw."""
    extra = {}
    for level in range(depth):
        inner = f"/Resources<</XObject<</N {101 + level} 0 R>>>>" if level < depth - 1 else ""
        content = b"/N Do " * 10 if inner else b"0 0 10 10 re f "
        extra[100 + level] = stream(content, f"/Type/XObject/Subtype/Form/BBox[0 0 600 800]{inner}")
    return pdf(path, ["/N Do"], resources="/XObject<</N 100 0 R>>", extra=extra)
