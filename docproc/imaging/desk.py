"""What a rendering child keeps from task to task: its renderers with their open documents, and the image store."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from docproc.core.errors import Rejected
from docproc.imaging import kind
from docproc.imaging.drawn import Backend
from docproc.imaging.pictures import Pictures
from docproc.imaging.store import ImageStore, Root
from docproc.imaging.values import Limits, RenderSettings

TIDY_EVERY = 16  # pages
# Pages after which everything is let go in any case: a renderer keeps each object of a document that it has parsed, and
# the heap falls to pieces between them: 16 KB a page of text. Opening 10,000 pages again costs 50 ms.
LET_GO_EVERY = 128
ROOMY = 256 << 20  # bytes of resident memory from which everything that is kept is let go: documents, MuPDF's cache
GROWTH = 128 << 20  # beyond what was left after the last time, so that one large document is not opened for each page
PAGE_BYTES = 4096
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h


class Desk:
    """Made once in each child by `Renderer`."""

    def __init__(self, settings: RenderSettings, limits: Limits, root: Root) -> None:
        self.settings = settings
        self.limits = limits
        self.store = ImageStore(root)
        self._backends: dict[str, Backend] = {}
        self._kinds: dict[Path, tuple[tuple[int, int], str]] = {}
        self._done = 0
        self._room = ROOMY
        _keep_memory()

    def backend(self, name: str) -> Backend:
        """The renderer of that name; its library is loaded when it is first needed."""
        if name not in self._backends:
            self._backends[name] = _make(name)
        return self._backends[name]

    def media_type(self, path: Path) -> str:
        """What the file is, told from its bytes. Raises Rejected."""
        try:
            status = path.stat()
            key = (status.st_mtime_ns, status.st_size)
            known = self._kinds.get(path)
            if known is not None and known[0] == key:
                return known[1]
            with path.open("rb") as file:
                head = file.read(kind.HEAD)
        except OSError as error:
            raise Rejected(f"{path}: cannot be read: {error.strerror or error}", "unreadable") from error
        found = kind.media_type(head)
        if found is None:
            raise Rejected(
                f"{path}: neither PDF, PNG, JPEG nor TIFF by its bytes; it looks like {kind.guess(head)}", "not_a_pdf"
            )
        self._kinds = {path: (key, found)}
        return found

    def tidy(self) -> None:
        """Let everything go now and then, and when this process has grown large; called after each page."""
        self._done += 1
        large = self._done % TIDY_EVERY == 0 and _resident() > self._room
        if large or self._done % LET_GO_EVERY == 0:
            for backend in self._backends.values():
                backend.close()
            _return_memory()
            if large:
                self._room = max(ROOMY, _resident() + GROWTH)


def _keep_memory() -> None:
    """Let the C library keep freed buffers of a page's size: to get 20 MB from the system anew for every page, and have
    it cleared, took up to half of the time of a page where page faults are dear.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):  # not in every C library
            libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
            libc.mallopt(M_TRIM_THRESHOLD, 128 << 20)


def _return_memory() -> None:
    """Give what the C library keeps back to the system."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):
            libc.malloc_trim(0)


def _make(name: str) -> Backend:
    if name == "pymupdf":
        from docproc.imaging.mupdf import MuPdf  # noqa: PLC0415 - a child that does without PyMuPDF must not load it

        return MuPdf()
    if name == "pdfium":
        from docproc.imaging.pdfium import Pdfium  # noqa: PLC0415 - nor PDFium where it is not needed

        return Pdfium()
    return Pictures()


def _resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES
    except OSError:
        return 0
