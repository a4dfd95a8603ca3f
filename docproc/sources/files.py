"""Files, folders and globs as a stream of documents to come."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from docproc.core.errors import NotFound

SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff"})
# What other programs leave lying about, and files that are still being written.
IGNORED = (".*", "desktop.ini", "Thumbs.db", "~$*", "*.part", "*.crdownload", "*.tmp", "@eaDir", "__MACOSX")


@dataclass
class Skipped:
    """How many files of a folder were passed over, by suffix."""

    by_suffix: dict[str, int] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        suffix = path.suffix.lower() or "(none)"
        self.by_suffix[suffix] = self.by_suffix.get(suffix, 0) + 1


def files(paths: Sequence[str], skipped: Skipped) -> Iterator[Path]:
    """The documents that `paths` name, each once, in order.

    A file that is named is taken whatever it is called. A folder gives its files of the known suffixes at any depth,
    without links; the others are counted in `skipped`. Raises NotFound for a path or pattern that names nothing.
    """
    seen: set[Path] = set()
    for name in paths:
        for path in _expand(name):
            for file in _walk(path, skipped) if path.is_dir() else (path,):
                resolved = file.resolve()
                if resolved not in seen:
                    seen.add(resolved)
                    yield file


def _expand(name: str) -> list[Path]:
    if os.path.lexists(name):
        return [Path(name)]
    found = sorted(glob.glob(name, recursive=True)) if glob.has_magic(name) else []  # noqa: PTH207 (absolute patterns)
    if not found:
        raise NotFound(f"{name}: there is no such file or folder, and no file matches it as a pattern")
    return [Path(match) for match in found]


def _walk(folder: Path, skipped: Skipped) -> Iterator[Path]:
    for root, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not ignored(name))
        for name in sorted(names):
            path = Path(root, name)
            if ignored(name) or path.is_symlink() or not path.is_file():
                continue
            if path.suffix.lower() in SUFFIXES:
                yield path
            else:
                skipped.add(path)


def ignored(name: str) -> bool:
    """Whether a file or folder of this name is nobody's document."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in IGNORED)
