"""Pixels: the only package that opens a PDF or an image. `Renderer` is its door."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from docproc.core.errors import DocprocError, PageFailed, Rejected, Unavailable
from docproc.imaging import kind
from docproc.imaging.children import ChildLimits, Children
from docproc.imaging.desk import Desk
from docproc.imaging.probe import mended, probe
from docproc.imaging.render import Attempt, render_page, settled
from docproc.imaging.store import ImageStore, Root
from docproc.imaging.values import Limits, Probe, Rendered, RendererName, RenderSettings

T = TypeVar("T")
MENDABLE = ("corrupt", "zero_pages", "timeout")  # refusals by one renderer that the other may not share
REFUSALS = {"render_timeout": "timeout", "out_of_memory": "too_large", "render_crash": "corrupt"}


class Renderer:
    """Looks at files and draws their pages in `workers` killable child processes; images go to the store at `root`.

    Any thread may call; futures are settled in the thread that serves the children, so keep callbacks short.
    """

    def __init__(self, settings: RenderSettings, limits: Limits, root: Root, workers: int) -> None:
        self.settings = settings
        self.limits = limits
        self.fingerprint = settings.fingerprint
        self.workers = workers
        self.images = ImageStore(root)
        child_limits = ChildLimits(memory=limits.memory, ahead=1)
        self._children = Children(workers, partial(Desk, settings, limits, root), name="renderer", limits=child_limits)

    def probe(self, path: Path) -> Future[Probe]:
        """What the file is. The future raises Rejected with a `RejectCode`."""
        run = partial(self._submit, probe, path, timeout=self.limits.probe_seconds, what=str(path))
        return _Probing(path, self.settings.order, run).outcome

    def render(self, path: Path, number: int) -> Future[Rendered]:
        """Page `number`, counted from 1, stored. The future raises PageFailed with a `PageCode`."""
        what = f"{path}, page {number}"
        run = partial(self._submit, render_page, path, number, timeout=self.limits.page_seconds, what=what)
        return _Rendering(path, self.settings.order, run).outcome

    def close(self) -> None:
        """Kill the children; what is under way fails as `cancelled`."""
        self._children.close()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _submit(self, function: Callable[..., Any], *args: Any, timeout: float, what: str) -> Future[Any]:
        name = args[-1]
        return self._children.submit(function, *args, timeout=timeout, what=f"{what} ({name})")


class _Trial(Generic[T]):
    """One renderer after the other, until one succeeds; settles `outcome`."""

    def __init__(self, path: Path, order: tuple[RendererName, ...], run: Callable[[str], Future[Any]]) -> None:
        self.path = path
        self.outcome: Future[T] = Future()
        self.outcome.set_running_or_notify_cancel()
        self._left = list(order)
        self._run = run
        self.troubles: list[Exception] = []
        self.next()

    def next(self) -> None:
        """Try the next renderer."""
        try:
            self._run(self._left.pop(0)).add_done_callback(self._heard)
        except Unavailable as error:
            self.outcome.set_exception(error)

    def _heard(self, future: Future[Any]) -> None:
        try:
            value = future.result()
        except CancelledError:
            self.outcome.set_exception(PageFailed(f"{self.path}: stopped", "cancelled"))
        except Exception as error:  # noqa: BLE001 - a child's outcome, which is handed on to whoever waits for it
            self.failed(error)
        else:
            self.succeeded(value)

    def failed(self, error: Exception) -> None:
        """A renderer has failed: try the other where it could do better."""
        final = isinstance(error, Unavailable | ImportError) or getattr(error, "code", "") == "cancelled"
        self.troubles.append(error)
        if final or not self._left or not self.worth(error) or not _is_pdf(self.path):
            self.outcome.set_exception(error if final else self.verdict())
        else:
            self.next()

    def succeeded(self, value: Any) -> None:
        raise NotImplementedError

    def worth(self, error: Exception) -> bool:
        """Whether another renderer may do better after this error."""
        raise NotImplementedError

    def verdict(self) -> Exception:
        """What all failures together come to."""
        raise NotImplementedError


class _Probing(_Trial[Probe]):
    def succeeded(self, value: Probe) -> None:
        self.outcome.set_result(mended(value, str(self.troubles[0])) if self.troubles else value)

    def worth(self, error: Exception) -> bool:
        return not isinstance(error, Rejected) or error.code in MENDABLE

    def verdict(self) -> Exception:
        first = self.troubles[0]
        if isinstance(first, Rejected):
            return first
        code = REFUSALS.get(getattr(first, "code", ""), "corrupt")
        return Rejected(str(first) if isinstance(first, DocprocError) else f"{self.path}: {first}", code)


class _Rendering(_Trial[Rendered]):
    empty: Attempt | None = None

    def succeeded(self, value: Attempt) -> None:
        if self.empty is not None:
            self.outcome.set_result(settled(self.empty, value))
        elif value.doubtful and self._left:
            self.empty = value
            self.next()
        else:
            page = settled(value, None) if value.doubtful else value.rendered
            told = tuple(str(trouble) for trouble in self.troubles)
            self.outcome.set_result(replace(page, warnings=(*told, *page.warnings)) if told else page)

    def failed(self, error: Exception) -> None:
        if self.empty is not None and getattr(error, "code", "") != "cancelled":
            self.outcome.set_result(settled(self.empty, None))
        else:
            super().failed(error)

    def worth(self, error: Exception) -> bool:  # noqa: ARG002 - any failure to draw is worth another try
        return True

    def verdict(self) -> Exception:
        first = self.troubles[0]
        told = "; ".join(dict.fromkeys(str(trouble) for trouble in self.troubles))
        return PageFailed(
            told, getattr(first, "code", "render_error") if isinstance(first, PageFailed) else "render_error"
        )


def _is_pdf(path: Path) -> bool:
    """Whether a second renderer has anything to say about the file."""
    try:
        with path.open("rb") as file:
            return kind.media_type(file.read(kind.HEAD)) == kind.PDF
    except OSError:
        return False


__all__ = ["Limits", "Probe", "RenderSettings", "Rendered", "Renderer"]
