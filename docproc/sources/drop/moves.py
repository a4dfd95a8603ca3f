"""Rename files into folders of ours without replacing what is there, under names that every store takes."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath

from docproc.sources.files import ignored

REASON = ".reason.json"  # stands beside a file and says why it is where it is
_LONGEST = 255 - len(REASON) - len("_ (1000000)")  # bytes of a name: most file systems take 255
_AT_FDCWD, _NOREPLACE = -100, 1
# The file system or the kernel does not know a rename that replaces nothing.
_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)
# What turns the direction of the text that follows.
_TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def move(source: Path, target: Path) -> None:
    """Rename, atomically, within a file system; the folder of `target` is made. Raises FileExistsError, OSError.

    Where the kernel cannot rename without replacing, somebody else's file of the same name that comes in between the
    look and the rename would be replaced: the folders are ours, and one process at a time works in them.
    """
    try:
        _rename(source, target)
    except FileNotFoundError:
        if target.parent.is_dir():
            raise
        target.parent.mkdir(parents=True, exist_ok=True)
        _rename(source, target)


def readable(name: str) -> str:
    """A relative path as text that can be shown and stored: no control characters, valid Unicode, each part short."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    parts = [_part(part) for part in PurePosixPath(text).parts]
    return str(PurePosixPath(*parts))


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """`name` (a relative path), or `name (2)`, … with its suffix at the end: one that is not taken.

    The number of looks grows with the logarithm of how many there are: a scanner may call each page scan.pdf.
    """
    path = PurePosixPath(name)

    def numbered(number: int) -> str:
        return name if number == 1 else str(path.with_name(f"{path.stem} ({number}){path.suffix}"))

    low, high = 0, 1  # low is taken, high perhaps not
    while taken(numbered(high)):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if taken(numbered(middle)) else (low, middle)
    return numbered(high)


def taken_in(folder: Path) -> Callable[[str], bool]:
    """Whether a file, or the reason that belongs to one, has the name already."""
    return lambda name: os.path.lexists(folder / name) or os.path.lexists(folder / f"{name}{REASON}")


def write_reason(path: Path, text: str) -> None:
    """Write what stands beside `path`, whole or not at all. Raises OSError."""
    reason = path.with_name(path.name + REASON)
    reason.parent.mkdir(parents=True, exist_ok=True)
    partial = reason.with_name(f".{reason.name[-200:]}.part")
    try:
        partial.write_text(text, "utf-8")
        partial.replace(reason)
    finally:
        partial.unlink(missing_ok=True)


def _part(part: str) -> str:
    kept = (letter for letter in part if unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp"))
    text = "".join(letter for letter in kept if letter not in _TURNS).strip() or "unnamed"
    path = PurePosixPath(text)
    suffix = path.suffix if len(path.suffix) < 16 else ""
    stem = text[: len(text) - len(suffix)].encode()[: _LONGEST - len(suffix.encode())].decode("utf-8", "ignore")
    # Without what was taken away, it may be called as what is passed over.
    return f"_{stem}{suffix}" if ignored(text) else f"{stem}{suffix}"


def _rename(source: Path, target: Path) -> None:
    rename = _renameat2()
    if rename is not None:
        if rename(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), _NOREPLACE) == 0:
            return
        code = ctypes.get_errno()
        if code not in _UNKNOWN:
            raise OSError(code, os.strerror(code), str(source), None, str(target))
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)


@cache
def _renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """The system call, None where this system has none."""
    if not sys.platform.startswith("linux"):
        return None
    found = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if found is None:
        return None
    found.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    found.restype = ctypes.c_int
    call: Callable[[int, bytes, int, bytes, int], int] = found
    return call
