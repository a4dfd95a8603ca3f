"""The embedded default engine: text layer or OCR, then rules; no model, no server, no download."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from docproc.core.errors import DocprocError, EngineUnavailable, PageFailed, UsageError
from docproc.core.pack import pack, unpack
from docproc.core.types import Completion, Page, Prompt, Reading, Reply
from docproc.engines.ocr import workers
from docproc.imaging.children import GIB, ChildLimits, Children
from docproc.imaging.store import ImageStore

PAGES = 64  # of a document, that its rules look at together
PER_PAGE = 1.0  # seconds that an answer may take longer for each page that it looks at
MEMORY = 6 * GIB  # address space of a child: it uses 0.5 GB, and onnxruntime reserves more than it touches


class OcrEngine:
    """Reads pages and answers by rules, in killable children of one thread each.

    A page that kills or stalls its child fails alone. Documents' pages are read in parallel.
    """

    name = "ocr"

    def __init__(self, fingerprint: str, children: Children, timeout: float) -> None:
        """`timeout`: seconds that one page may take to be read, or one prompt to be answered."""
        self.fingerprint = fingerprint
        self.lanes = children.workers
        self.batch = 1
        self.pages = PAGES
        self.manners: frozenset[str] = frozenset()
        self.glances = False
        self._children = children
        self._timeout = timeout

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """One completion per prompt. Raises PageFailed where a prompt failed: the others may be asked again without it.
        Raises EngineUnavailable where no child can be started or the models are missing.
        """
        reads = [[self._read(page) for page in prompt.pages] for prompt in prompts]
        answers = [self._answer(prompt, pages) for prompt, pages in zip(prompts, reads, strict=True)]
        return [
            Completion(tuple(_result(answer) if answer else ()), tuple(map(_made, pages)))
            for pages, answer in zip(reads, answers, strict=True)
        ]

    def close(self) -> None:
        """Kill the children."""
        self._children.close()

    def _read(self, page: Page) -> Future[Any] | None:
        """The reading to come of a page that nobody has read yet."""
        if page.reading is not None:
            return None
        what = f"page {page.number} of document {page.document[:12]}"
        return self._children.submit(workers.read_page, page.image, timeout=self._timeout, what=what)

    def _answer(self, prompt: Prompt, reads: Sequence[Future[Any] | None]) -> Future[Any] | None:
        """The replies to come, None where nothing is asked. Raises PageFailed where no page can be read; one of several
        counts as empty.
        """
        failures = [error for read in reads if read is not None for error in [_failure(read)] if error is not None]
        if failures and len(failures) == len(prompt.pages):
            raise failures[0]
        if not prompt.asks:
            return None
        readings = [_packed(page, read) for page, read in zip(prompt.pages, reads, strict=True)]
        pages = tuple(replace(page, layer=None, ocr=None) for page in prompt.pages)
        what = f"{len(prompt.asks)} questions of page {pages[0].number} of document {pages[0].document[:12]}"
        task = (workers.answer, pages, readings, prompt.asks, bool(failures))
        return self._children.submit(*task, timeout=self._timeout + PER_PAGE * len(pages), what=what)


def _packed(page: Page, read: Future[Any] | None) -> bytes:
    """What is written on a page, ready to be sent; nothing where it could not be read."""
    if page.reading is not None:
        return pack(page.reading)
    nothing = Reading("ocr", (), page.width, page.height)
    return pack(nothing) if read is None or _failure(read) is not None else read.result()


def _made(read: Future[Any] | None) -> Reading | None:
    """The reading that was made on the way, None where there was one or the page could not be read."""
    return None if read is None or _failure(read) is not None else unpack(read.result())


def _result(answer: Future[Any]) -> list[Reply]:
    error = _failure(answer)
    if error is not None:
        raise error
    replies: list[Reply] = answer.result()
    return replies


def _failure(future: Future[Any]) -> DocprocError | None:
    """What went wrong with a task, once it is done. Raises EngineUnavailable where every other would fail as well."""
    error = future.exception()
    if error is None or isinstance(error, PageFailed):
        return error
    if isinstance(error, DocprocError) and error.retryable:
        raise EngineUnavailable(str(error)) from error
    return PageFailed(f"the ocr engine failed with {type(error).__name__}: {error}", "engine_error")


def create(settings: Mapping[str, str], images: ImageStore) -> OcrEngine:
    """The engine. Settings: `workers` (all cores), `timeout` in seconds (120) and `limit_side` (1280), the long side in
    pixels at which lines of text are looked for.
    """
    count = _number(settings, "workers", os.cpu_count() or 1)
    side, timeout = _number(settings, "limit_side", 1280), _number(settings, "timeout", 120)
    limits = ChildLimits(memory=MEMORY, timeout_code="engine_error", crash_code="engine_error")
    setup = partial(workers.Worker, images.root, side)
    children = Children(count, setup, name="ocr engine", limits=limits)
    return OcrEngine(f"ocr:{workers.reader_version()}+rules-{_rules()}+side-{side}", children, timeout)


def _number(settings: Mapping[str, str], name: str, default: int) -> int:
    text = settings.get(name, "")
    if text and not (text.isdigit() and int(text) > 0):
        raise UsageError(f"the ocr engine's setting {name!r} is a whole number above 0, not {text!r}")
    return int(text or default)


def _rules() -> str:
    """A hash of all code that makes an answer, so that better rules ask again."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in (package, package.parent.parent / "core" / "text"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
