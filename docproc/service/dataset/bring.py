"""Conversations of others as a dataset folder: the images looked at, and stored as docproc stores pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from docproc.core.errors import PageFailed, Rejected, UsageError
from docproc.core.text.fold import one_line
from docproc.imaging import Renderer
from docproc.imaging.values import Rendered
from docproc.service.dataset.folder import Conversation, DatasetFolder
from docproc.service.dataset.llava import Entry, Fault, VisualInstructionDataset
from docproc.service.dataset.split import Split
from docproc.service.parts import Parts

LISTED = 20  # faults that are told one by one
_AHEAD = 4  # images in hand, per child that draws them


@dataclass(frozen=True, slots=True)
class Bring:
    """Where the images lie, and how the conversations are split: by their image. `skip_bad`: do without bad entries."""

    images: Path
    split: Split = field(default_factory=lambda: Split(100, 0, 0))
    skip_bad: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Brought:
    """The folder, its manifest, and the first of the entries that were left out."""

    folder: Path
    manifest: dict[str, Any]
    faults: tuple[str, ...]


def bring(parts: Parts, file: Path, how: Bring, out: Path, tell: Callable[[int], None] | None = None) -> Brought:
    """Write a dataset folder of LLaVA's conversations; `tell` is given the number of entries looked at.

    Raises UsageError that lists the bad entries, unless they are to be skipped, and where there is no good one.
    """
    if not how.images.is_dir():
        raise UsageError(f"{how.images} is no folder; --images names the one that the images' paths start from")
    faults, bad, seen = list[str](), 0, 0
    with DatasetFolder(out, how.replace) as folder, parts.renderer() as usual:
        with Renderer(usual.settings, usual.limits, folder.images.root, usual.workers) as renderer:
            for found in _looked_at(VisualInstructionDataset(file), how.images.resolve(), renderer):
                seen += 1
                if isinstance(found, Fault):
                    bad += 1
                    faults += [str(found)] if len(faults) < LISTED else []
                else:
                    folder.add(how.split.of(found.image), found)
                if tell is not None:
                    tell(seen)
        _check(file, folder, how, bad, faults)
        options = {"split": str(how.split), "seed": how.split.seed, "skip_bad": how.skip_bad}
        skipped = {"that cannot be used": bad} if bad else {}
        manifest = folder.finish({"kind": "imported", "options": options, "skipped": skipped})
    return Brought(out, manifest, tuple(faults))


def _check(file: Path, folder: DatasetFolder, how: Bring, bad: int, faults: list[str]) -> None:
    good = sum(split.get("conversations", 0) for split in folder.counts().values())
    if good and (how.skip_bad or not bad):
        return
    listed = "".join(f"\n  {fault}" for fault in faults)
    more = f"\n  … and {bad - len(faults)} more" if bad > len(faults) else ""
    if not bad:
        raise UsageError(f"{file} has no conversation in it")
    advice = "; --skip-bad does without them" if good else ""
    raise UsageError(f"{file}: {bad} of {good + bad} entries cannot be used{advice}{listed}{more}")


def _looked_at(entries: VisualInstructionDataset, images: Path, renderer: Renderer) -> Iterator[Conversation | Fault]:
    """Each entry as a conversation, or why it is none, in their order; some images are drawn at a time."""
    entry_by_entry = iter(entries)
    while window := list(islice(entry_by_entry, renderer.workers * _AHEAD)):
        drawing: list[Fault | tuple[Entry, Future[Rendered]]] = []
        for entry in window:
            path = _path(entry, images) if isinstance(entry, Entry) else entry
            drawing.append(path if isinstance(path, Fault) else (entry, renderer.render(path, 1)))  # type: ignore[arg-type]  # an Entry, as its path tells
        for one in drawing:
            yield one if isinstance(one, Fault) else _drawn(*one)


def _path(entry: Entry, images: Path) -> Path | Fault:
    """The image's file, which lies below the folder, wherever links and dots lead."""
    try:
        path = (images / entry.image).resolve()
        if not path.is_relative_to(images):
            return Fault(entry.line, f"the image {entry.image!r} is outside of {images}")
        return path if path.is_file() else Fault(entry.line, f"there is no image {entry.image!r} in {images}")
    except (OSError, ValueError, RuntimeError) as error:
        return Fault(entry.line, f"the image {entry.image[:80]!r} cannot be looked for: {error}")


def _drawn(entry: Entry, drawing: Future[Rendered]) -> Conversation | Fault:
    try:
        image = drawing.result().image
    except (PageFailed, Rejected) as error:
        return Fault(entry.line, one_line(str(error), 300))
    about = {"line": entry.line, "image": entry.image}
    return Conversation(entry.id, image, entry.turns, entry.system, False, about, "", Counter())
