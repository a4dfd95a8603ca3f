"""What the readers of public sets share: finding their files, and reading long JSON lists a piece at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from docproc.core.errors import MissingExtra, NotFound, UsageError
from docproc.sources.gold import GoldItem, GoldQuestion

MOST_ASKED = 64  # questions of a picture that are asked together
_LINE = 20_000_000  # bytes of a line of JSON Lines
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".JPG", ".JPEG", ".PNG")


def wanted(folder: Path, names: Sequence[str], wants: str) -> Path:
    """The first of the files or folders that there is. Raises NotFound that says what is wanted, and from where."""
    if not folder.is_dir():
        raise NotFound(f"{folder}: there is no such folder. Wanted there: {wants}")
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise NotFound(f"{folder} has none of {', '.join(names)}. Wanted there: {wants}")


def picture(folder: Path, places: Sequence[str], name: str, place: str) -> Path:
    """Where a picture that a set names lies: in one of the `places` below the folder, by its path or its bare name.

    The first place where there would be one, if there is none. Raises UsageError for a name that leads elsewhere.
    """
    path = PurePosixPath(name)
    if not name or "\\" in name or "\0" in name or ":" in name or path.is_absolute() or ".." in path.parts:
        raise UsageError(f"{place}: {name[:80]!r} is no picture within the set's folder")
    tried = [folder / at / tail for at in places for tail in dict.fromkeys((name, path.name))]
    return next((one for one in tried if one.is_file()), tried[0])


def beside(folder: Path, stem: str) -> Path:
    """The picture with that name and any of the usual endings; one that is not there ends in .jpg."""
    tried = [folder / f"{stem}{suffix}" for suffix in PICTURES]
    return next((one for one in tried if one.is_file()), tried[0])


def members(path: Path, key: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects of the list under a key of the outermost object ("": the outermost list itself), each with its place.

    Read as they come: the file may be larger than the memory. Raises UsageError with the place, MissingExtra.
    """
    number = 0
    for number, item in enumerate(_parsed(path, f"{key}.item" if key else "item", pairs=False), 1):
        place = f"{path}, {key or 'item'} {number}"
        if not isinstance(item, dict):
            raise UsageError(f"{place} is no object")
        yield item, place
    if not number:
        raise UsageError(f"{path} has no list {key!r} with anything in it" if key else f"{path} is an empty list")


def entries(path: Path) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The objects of the outermost object by their keys, each with its place, read as they come. Raises as `members`"""
    for key, item in entries_of_any(path):
        if not isinstance(item, dict):
            raise UsageError(f"{path}, {key!r} is no object")
        yield key, item, f"{path}, {key!r}"


def entries_of_any(path: Path) -> Iterator[tuple[str, Any]]:
    """The values of the outermost object by their keys, read as they come. Raises as `members`."""
    found = False
    for pair in _parsed(path, "", pairs=True):
        found = True
        yield pair
    if not found:
        raise UsageError(f"{path} has no entries")


def fields(path: Path, key: str) -> dict[str, Any]:
    """The object under a key of the outermost object; empty where there is none. Raises as `members`."""
    found: Any = next(_parsed(path, key, pairs=False), {})
    return found if isinstance(found, dict) else {}


def _parsed(path: Path, prefix: str, pairs: bool) -> Iterator[Any]:
    try:
        import ijson  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtra("eval", "reading public sets") from error
    with _opened(path) as file:
        read = ijson.kvitems if pairs else ijson.items
        try:
            yield from read(file, prefix, use_float=True)
        except (ijson.JSONError, UnicodeDecodeError) as error:
            told = " ".join(str(error).split())[:200]
            raise UsageError(f"{path} is damaged within its first {file.tell()} bytes: {told}") from error


def lines(path: Path) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects of a JSON Lines file, each with its place. Raises UsageError."""
    with _opened(path) as file:
        number = 0
        while line := file.readline(_LINE):
            number += 1
            place = f"{path}, line {number}"
            if line.strip():
                yield as_object(line, place), place


def as_object(data: bytes | str, place: str) -> dict[str, Any]:
    """The JSON object that a text is. Raises UsageError."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise UsageError(f"{place} is no JSON object")
    return found


def whole(path: Path) -> bytes:
    """A small file. Raises UsageError, NotFound."""
    with _opened(path) as file:
        data = file.read(_LINE + 1)
    if len(data) > _LINE:
        raise UsageError(f"{path} is larger than such files are")
    return data


def text(item: Mapping[str, Any], key: str, place: str) -> str:
    """What stands under a key, a text or a number. Raises UsageError."""
    found = item.get(key)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        raise UsageError(f"{place} has no {key!r}")
    return str(found)


def texts(item: Mapping[str, Any], key: str, place: str, least: int = 1) -> tuple[str, ...]:
    """The texts of a list under a key, at least so many. Raises UsageError."""
    found = item.get(key)
    if (
        not isinstance(found, list)
        or len(found) < least
        or not all(isinstance(one, str | int | float) for one in found)
    ):
        raise UsageError(f"{place} has no {key!r}; a test split, whose answers are kept secret, cannot be judged here")
    return tuple(str(one) for one in found)


def by_picture(asked: Iterable[tuple[Path, GoldQuestion]]) -> Iterator[GoldItem]:
    """Items out of questions: those that follow each other and are about the same picture are asked together."""
    for path, group in groupby(asked, key=lambda pair: pair[0]):
        while questions := tuple(question for _, question in islice(group, MOST_ASKED)):
            yield GoldItem(path.name, path, None, 1, questions)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}") from error
