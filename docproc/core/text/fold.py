"""Text made comparable, and text made safe."""

from __future__ import annotations

import re
import unicodedata

_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\uff07"
# Latin letters that have no canonical decomposition into a base letter and marks.
_STROKES = {
    "ł": "l",
    "Ł": "L",
    "ø": "o",
    "Ø": "O",
    "đ": "d",
    "Đ": "D",
    "ı": "i",
    "ß": "s",
    "æ": "a",
    "Æ": "A",
    "œ": "o",
    "ð": "d",
}


def _latin() -> dict[int, str]:
    table = {ord(char): base for char, base in _STROKES.items()}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii():
            table.setdefault(code, base)
    return table


def _marks() -> dict[int, str]:
    table = {ord(char): " " for char in _SPACES}
    table |= {ord(char): "-" for char in _DASHES}
    table |= {ord(char): "'" for char in _QUOTES}
    # Full-width forms (U+FF01 to U+FF5E) stand 0xFEE0 above ASCII; digits of other scripts have a decimal value.
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code not in (0xFF0D, 0xFF07)}
    table |= {start + digit: str(digit) for start in (0x0660, 0x06F0, 0x0966) for digit in range(10)}
    table |= {0x066B: ".", 0x066C: ",", 0x3002: "."}
    return table


MARKS = _marks()
_LETTERS = _latin() | MARKS


def plain_marks(text: str) -> str:
    """Every space, dash, apostrophe and digit in its ASCII form; the length does not change."""
    return text if text.isascii() and "\t" not in text and "`" not in text else text.translate(MARKS)


def fold(text: str) -> str:
    """Lower case, ASCII letters for accented ones, ASCII spaces, dashes and quotes; the length does not change.

    "ß" becomes "s" and "æ" becomes "a": good for comparing two texts that went through it, not for showing.
    """
    folded = text.translate(_LETTERS) if not text.isascii() else text
    lowered = folded.lower()
    # A few letters (İ) grow when lowered; positions must hold, so those texts keep their case there.
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


# C0 and C1 controls but tab and line ends, surrogates, non-characters, zero-width and direction marks, soft hyphens.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x85\u2028\u2029]")


def clean(text: str, most: int | None = None) -> str:
    """NFC text that every database and JSON writer takes: no NUL, lone surrogate, control or invisible character.

    Line ends become "\\n". At most `most` characters are kept.
    """
    if most is not None:
        text = text[: most * 2 + 64]
    if not text.isascii() or not text.isprintable():
        text = unicodedata.normalize("NFC", _UNSAFE.sub("", _LINE_ENDS.sub("\n", text)))
    return text if most is None else text[:most]


def one_line(text: str, most: int | None = None) -> str:
    """`clean` text on one line, every run of white space one space, none at the ends."""
    line = " ".join(clean(text, None if most is None else most * 2).split())
    return line if most is None else line[:most].rstrip()
