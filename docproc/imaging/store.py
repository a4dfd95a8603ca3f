"""Page images, stored by content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from uuid import uuid4

from docproc.core.errors import NotFound


class ImageStore:
    """A folder of images, each named by the SHA-256 of its bytes: `ab/abcdef….jpg`. The same bytes are stored once.

    Instances are cheap and picklable; children make their own from `root`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes, suffix: str) -> str:
        """Store bytes and return their name. Durable when it returns: a reader sees all of the file or none of it."""
        digest = hashlib.sha256(data).hexdigest()
        name = f"{digest[:2]}/{digest}{suffix}"
        path = self.root / name
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{uuid4().hex}.part")
        try:
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        return name

    def path(self, name: str) -> Path:
        """Where the image of that name is. Raises NotFound."""
        path = self.root / name
        if not path.is_file():
            raise NotFound(
                f"the page image {name} is gone from {self.root}; render the document again with `docproc retry`"
            )
        return path
