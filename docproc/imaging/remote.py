"""Files in an object store, through fsspec, read by way of a local cache."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from docproc.core.errors import DocprocError, MissingExtra, Unavailable, UsageError
from docproc.imaging.cache import Cache
from docproc.imaging.folder import IMAGE, SHARD, Stored, no_room, sha256_of, verify

T = TypeVar("T")
PATIENCE = 10.0  # seconds after which no other try begins: a page that is being rendered has 30 in all
REFRESH = 12 * 3600.0  # seconds after which what is there is put again, so that `docproc gc` sees that it is wanted
# Stores whose uploads are seen whole or not at all, each with the extra that brings it. A listing kept in memory would
# hide what others put; the timeouts are for one answer of the server, not for the whole of a transfer.
_CALM = {"connect_timeout": 5, "read_timeout": 10, "retries": {"max_attempts": 0}}
_STORES: dict[str, tuple[str, dict[str, Any]]] = {
    "s3": ("s3", {"use_listings_cache": False, "config_kwargs": _CALM}),
    "gs": ("gcs", {"use_listings_cache": False}),
    "gcs": ("gcs", {"use_listings_cache": False}),
    "memory": ("", {}),
}


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a remote store is: s3://bucket/folder, gs://bucket/folder; memory://folder, which is this process's alone.

    `cache` is a folder for copies of what was read, of `cache_bytes` at most.
    """

    url: str
    cache: Path
    cache_bytes: int = 2_000_000_000


class Bucket:
    """The files below a URL, by name (`ab/abcdef….jpg`). Network trouble is waited out for some seconds."""

    def __init__(self, remote: Remote) -> None:
        self._url = remote.url.rstrip("/")
        self._protocol, _, self._root = self._url.partition("://")
        if self._protocol not in _STORES or not self._root:
            known = ", ".join(f"{name}://" for name in ("file", *_STORES))
            raise UsageError(f"{remote.url} is no store of images: a folder, or a URL that begins with one of {known}")
        self._cache = Cache(remote.cache, remote.cache_bytes)

    def __str__(self) -> str:
        return self._url

    def put(self, name: str, data: bytes) -> None:
        """Store a file unless it is there already. Raises Unavailable, UsageError."""
        if not self._fresh(name):
            self._sent(partial(self._files.pipe_file, self._key(name), data))
        try:
            self._cache.put(name, data)  # whoever asks about it next is probably here
        except Unavailable:
            return  # it is stored, and a copy is only a comfort

    def put_file(self, name: str, path: Path, sha256: str) -> None:
        """Store a file in a stream, unless it is there already. Raises Rejected where its bytes are not of that
        SHA-256, OSError where it cannot be read, Unavailable, UsageError.
        """
        if self._fresh(name):
            return
        before = path.stat()
        verify(path, sha256_of(path), sha256)
        self._sent(partial(self._files.put_file, str(path), self._key(name)))
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            self.remove([name])
            verify(path, "", sha256)

    def path(self, name: str) -> Path:
        """Where a local copy is, for a minute at least. Raises FileNotFoundError, Unavailable, UsageError."""
        return self._cache.get(name) or self._cache.fetch(name, partial(self._download, name))

    def listing(self) -> Iterator[list[Stored]]:
        """The images, those with the same two first letters together."""
        for folder in self._below(self._root):
            shard = folder["name"].rstrip("/").rpartition("/")[2]
            found = self._below(self._key(shard)) if SHARD.fullmatch(shard) else []
            names = [(f"{shard}/{file['name'].rpartition('/')[2]}", file) for file in found]
            yield [Stored(name, int(file["size"]), _modified(file)) for name, file in names if IMAGE.fullmatch(name)]

    def remove(self, names: list[str]) -> None:
        """Remove files; one that is gone already is no error."""
        keys = [self._key(name) for name in names]
        if not keys:
            return
        try:
            self._reach(partial(self._files.rm, keys))
        except FileNotFoundError:  # not every store lets that pass, and then it may have left others
            for key in keys:
                with suppress(FileNotFoundError):
                    self._reach(partial(self._files.rm_file, key))

    def _key(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _below(self, folder: str) -> list[dict[str, Any]]:
        try:
            return list(self._reach(partial(self._files.ls, folder, detail=True)))
        except FileNotFoundError:
            return []

    def _fresh(self, name: str) -> bool:
        """Whether the file is there, and was put not long ago."""
        try:
            about = self._reach(partial(self._files.info, self._key(name)))
        except FileNotFoundError:
            return False
        return _modified(about) > time.time() - REFRESH

    def _sent(self, send: Callable[[], Any]) -> None:
        try:
            self._reach(send)
        except FileNotFoundError as error:
            raise UsageError(f"{self._url}: {error}; create the bucket first") from error

    def _download(self, name: str, path: Path) -> None:
        def load() -> None:
            self._files.get_file(self._key(name), str(path))
            if sha256_of(path) != re.sub(r".*/|\..*", "", name):
                raise OSError(f"what came for {name} are not the bytes that were stored")

        self._reach(load)

    def _reach(self, what: Callable[[], T]) -> T:
        """What comes of a call to the store, tried again where that may help. Raises FileNotFoundError, Unavailable."""
        began, tries = time.monotonic(), 0
        while True:
            try:
                return what()
            except (FileNotFoundError, DocprocError):
                raise
            except PermissionError as error:
                raise UsageError(
                    f"{self._url}: access denied ({error}); check the credentials and their rights"
                ) from error
            except self._troubles as error:
                if no_room(error):
                    raise
                tries += 1
                if time.monotonic() - began > PATIENCE:
                    text = f"{type(error).__name__}: {error}"
                    raise Unavailable(f"the store {self._url} does not answer, {tries} tries: {text}") from error
            # Growing to 3 s, jittered so that workers do not march in step.
            time.sleep(random.uniform(0.5, 1.0) * min(3.0, 0.2 * 2**tries))  # noqa: S311  (no secret)

    @cached_property
    def _files(self) -> Any:
        """fsspec's file system; its libraries load here."""
        import fsspec  # noqa: PLC0415 - 0.1 s, and over a second with the libraries of a store; folders need none of it

        extra, options = _STORES[self._protocol]
        try:
            files = fsspec.filesystem(self._protocol, **options)
        except ImportError as error:
            raise MissingExtra(extra, f"the store {self._url}") from error
        if self._protocol == "s3":
            files.retries = 1  # s3fs tries five times by itself; `_reach` counts. (gcsfs cannot be told.)
        return files

    @cached_property
    def _troubles(self) -> tuple[type[Exception], ...]:
        """What the libraries of this store raise where it is away; not all of it is an OSError."""
        found: list[type[Exception]] = [OSError, TimeoutError]
        if self._protocol == "s3":
            from aiohttp import ClientError  # noqa: PLC0415 - it comes with the store's extra, as all below
            from botocore.exceptions import BotoCoreError  # noqa: PLC0415

            found += [ClientError, BotoCoreError]
        elif self._protocol in ("gs", "gcs"):
            from aiohttp import ClientError  # noqa: PLC0415
            from gcsfs.retry import HttpError  # noqa: PLC0415
            from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415

            found += [ClientError, HttpError, GoogleAuthError]
        return tuple(found)


def _modified(about: dict[str, Any]) -> float:
    """When a file was put, in seconds since 1970; each store has a word of its own for it."""
    said = about.get("LastModified") or about.get("mtime") or about.get("updated") or about["created"]
    if isinstance(said, str):
        said = datetime.fromisoformat(said)
    return said.timestamp() if isinstance(said, datetime) else float(said)
