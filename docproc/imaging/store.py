"""Page images and source files, stored by content: in a folder, or in an object store that many machines share."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from docproc.core.errors import NotFound
from docproc.imaging.arriving import Arriving
from docproc.imaging.folder import Folder, Stored
from docproc.imaging.remote import Bucket, Remote

Root = str | Path | Remote
CACHE = "~/.cache/docproc/images"


class ImageStore:
    """Page images, each named by the SHA-256 of its bytes: `ab/abcdef….jpg`; source files: `sources/ab/abcdef…`.

    `root` is a folder or a URL: file://, s3://, gs://, memory://. The same bytes are stored once. Instances are cheap
    and picklable, and may be used by many threads; children make their own from `root`.
    """

    def __init__(self, root: Root) -> None:
        self.root = _placed(root)
        self._shelf = Folder(self.root) if isinstance(self.root, Path) else Bucket(self.root)

    def __reduce__(self) -> tuple[type[ImageStore], tuple[Root]]:
        return ImageStore, (self.root,)

    def __str__(self) -> str:
        return str(self._shelf)

    def put(self, data: bytes, suffix: str) -> str:
        """Store bytes and return their name. Durable when it returns: a reader sees all of the file or none of it.

        Raises Unavailable where the disk is full or the store does not answer.
        """
        digest = hashlib.sha256(data).hexdigest()
        name = f"{digest[:2]}/{digest}{suffix}"
        self._shelf.put(name, data)
        return name

    def path(self, name: str) -> Path:
        """A file with the image of that name, to be opened within a minute. Raises NotFound, Unavailable."""
        try:
            return self._shelf.path(name)
        except FileNotFoundError as error:
            raise NotFound(
                f"the page image {name} is gone from {self}; when something is asked of its page, it is rendered again"
            ) from error

    def has(self, name: str) -> bool:
        """Whether the image is there; if so, `path` has it at hand. Raises Unavailable."""
        try:
            self.path(name)
        except NotFound:
            return False
        return True

    def put_source(self, path: Path, sha256: str) -> None:
        """Store a source file, as a stream. Raises Rejected where its bytes are not of that SHA-256 any more, OSError
        where it cannot be read, Unavailable.
        """
        self._shelf.put_file(_source(sha256), path, sha256)

    def arriving(self) -> Arriving:
        """A source file that comes in piece by piece; `keep_arrived` stores it."""
        return Arriving(self._shelf, self.root if isinstance(self.root, Path) else self.root.cache)

    @staticmethod
    def keep_arrived(file: Arriving) -> str:
        """Store a source that has come in; returns its SHA-256. Raises Unavailable."""
        file.keep(_source(file.sha256))
        return file.sha256

    def has_source(self, sha256: str) -> bool:
        """Whether there is a source with that SHA-256. Raises Unavailable."""
        try:
            self.source(sha256)
        except NotFound:
            return False
        return True

    def source(self, sha256: str) -> Path:
        """A local file with the source of that SHA-256, to be opened within a minute: ask again for each use.

        Raises NotFound, Unavailable.
        """
        try:
            return self._shelf.path(_source(sha256))
        except FileNotFoundError as error:
            raise NotFound(f"the source file {sha256} is not in {self}; run `docproc run` on it again") from error

    def listing(self) -> Iterator[list[Stored]]:
        """All images and what cut-short puts have left, those that begin with the same two letters together.

        Raises Unavailable.
        """
        return self._shelf.listing()

    def remove(self, names: list[str]) -> None:
        """Remove images by name; one that is gone already is no error. Raises Unavailable."""
        self._shelf.remove(names)


def _source(sha256: str) -> str:
    return f"sources/{sha256[:2]}/{sha256}"


def _placed(root: Root) -> Path | Remote:
    """A folder for what is on this machine's disks, under whatever name."""
    if isinstance(root, Remote):
        url, place = root.url, root
    elif "://" in str(root):
        url, place = str(root), Remote(str(root), Path(CACHE).expanduser())
    else:
        return Path(root)
    return Path(unquote(urlsplit(url).path)) if url.startswith("file://") else place
