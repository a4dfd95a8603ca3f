"""The pages that are shown to a teacher: of documents that docproc knows, or of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from docproc.core.errors import NotFound, UsageError
from docproc.core.types import Completion, Page, Prompt
from docproc.engines import Engine
from docproc.imaging import Renderer
from docproc.imaging.folder import sha256_of
from docproc.imaging.values import Rendered
from docproc.service.parts import Parts
from docproc.service.work.asking import complete
from docproc.service.work.prepare import source
from docproc.store import documents, pages
from docproc.store.documents import DocumentRow

READER = "ocr"  # reads the words of scans


@dataclass(frozen=True, slots=True)
class Source:
    """A document: `row` as docproc knows it, else a file at `path`."""

    sha256: str
    page_count: int
    path: Path | None
    row: DocumentRow | None


class Pages:
    """Finds documents and loads their pages; a renderer and a reader are opened when first needed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stack = ExitStack()
        self._renderer: Renderer | None = None
        self._reader: Engine | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def sources(self, names: Sequence[str]) -> list[Source]:
        """The documents, each once, in the order of their names. Raises NotFound, UsageError, Rejected."""
        found: dict[str, Source] = {}
        for name in names:
            for one in self._sources(name):
                found.setdefault(one.sha256, one)
        return list(found.values())

    def _sources(self, name: str) -> Iterator[Source]:
        path = Path(name)
        if path.is_dir():
            raise UsageError(f"{name} is a folder; name its files: {name}/*.pdf")
        with self._parts.database.read() as conn:
            rows = [] if path.is_file() else documents.matching(conn, name)
        if path.is_file():
            yield self._of_file(path)
        elif not rows:
            raise NotFound(f"there is no file {name}, and no document is called so (docproc sql: document_list)")
        elif len({row.path for row in rows}) > 1:
            listed = ", ".join(row.sha256[:12] for row in rows)
            raise UsageError(f"{len(rows)} documents are called {name}; name one by its SHA-256: {listed}")
        else:
            yield Source(rows[0].sha256, rows[0].page_count, None, rows[0])

    def _of_file(self, path: Path) -> Source:
        digest = sha256_of(path)
        with self._parts.database.read() as conn:
            row = documents.find(conn, digest)
        if row is not None and row.rejected is None:
            return Source(digest, row.page_count, path, row)
        return Source(digest, self._drawing().probe(path).result().page_count, path, None)

    def load(self, one: Source, number: int, words: bool) -> Page | None:
        """A page with its image at hand; None for a blank one. `words`: it is read where nobody has read it yet.

        Raises PageFailed, Unavailable.
        """
        page = self._known(one, number) or self._drawn(one, number)
        if not page.image:
            return None
        return self._read(page) if words and page.reading is None else page

    def _known(self, one: Source, number: int) -> Page | None:
        if one.row is None:
            return None
        with self._parts.database.read() as conn:
            stored = pages.stored(conn, one.row.id, number)
        if stored is None:
            return None
        page = replace(stored.page, image="") if stored.blank else stored.page
        return page if stored.blank or self._parts.images.has(page.image) else None

    def _drawn(self, one: Source, number: int) -> Page:
        path = one.path
        if path is None and one.row is not None:
            path = source(one.row, self._parts.images)
        assert path is not None
        drawn: Rendered = self._drawing().render(path, number).result()
        return Page(
            document=one.sha256,
            number=number,
            image="" if drawn.blank else drawn.image,
            width=drawn.width,
            height=drawn.height,
            dpi=drawn.dpi,
            layer=drawn.layer,
            layer_trusted=drawn.layer_trusted,
            picture=drawn.picture,
        )

    def _read(self, page: Page) -> Page:
        if self._reader is None:
            self._reader = self._parts.engine(READER)
            self._stack.callback(self._reader.close)
        (said,) = complete(self._reader, [Prompt((page,), ())])
        return replace(page, ocr=said.readings[0]) if isinstance(said, Completion) and said.readings else page

    def _drawing(self) -> Renderer:
        if self._renderer is None:
            self._renderer = self._stack.enter_context(self._parts.renderer())
        return self._renderer
