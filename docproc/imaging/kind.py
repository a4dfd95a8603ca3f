"""What a file is, told from its bytes and never from its name."""

from __future__ import annotations

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
HEAD = 8192  # bytes that are looked at
SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
)
# What people rename to .pdf, for the text of the refusal.
OTHERS = (
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"%!PS", "PostScript"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file, such as a WebP image"),
    (b"BM", "a BMP image"),
    (b"{\\rtf", "RTF"),
    (b"\x1f\x8b", "a gzip archive"),
)


def media_type(head: bytes) -> str | None:
    """The media type of a file that begins with `head`, None where it is none that docproc reads.

    A PDF may begin with other bytes: readers look for its header in the first kilobyte, and mailers' leavings push it
    further down, so that the header at the start of any line within `HEAD` counts.
    """
    for signature, found in SIGNATURES:
        if head.startswith(signature):
            return found
    at = head.find(b"%PDF-")
    early = 0 <= at < 1024
    return PDF if early or b"\n%PDF-" in head or b"\r%PDF-" in head else None


def guess(head: bytes) -> str:
    """In words, what a refused file looks like."""
    for signature, told in OTHERS:
        if head.startswith(signature):
            return told
    start = head[:1024].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")) or b"<html" in start:
        return "HTML"
    if start.startswith((b"<?xml", b"<svg")):
        return "SVG" if b"<svg" in start else "XML"
    return "plain text" if start and all(byte >= 32 or byte in b"\t\r\n\f" for byte in start) else "unknown data"
