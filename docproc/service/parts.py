"""What the verbs work with. `docproc.wiring` makes one of these from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from docproc.engines import Engine
from docproc.imaging import Renderer
from docproc.imaging.store import ImageStore
from docproc.queues import Queue
from docproc.service.meter import Meter, Unmetered
from docproc.service.outgoing import Outgoing
from docproc.service.target import Targets
from docproc.store.database import Database


def uncounted() -> AbstractContextManager[Meter]:
    """A meter that counts nothing."""
    return nullcontext(Unmetered())


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running docproc. `renderer`, `engine` and `queue` make a new one, which the caller closes.

    `default_engine` is the configured engine and the reason for it; `reader` the engine that reads the words of pages
    on which a model's answers are looked up, None: only text layers are looked at; `settings` are the settings as
    people name them, for `doctor`; `meter` opens what counts the work of a process; `targets` knows the engines'
    fingerprints; `outgoing` says which other servers are spoken to.
    """

    home: Path
    database: Database
    images: ImageStore
    set_folders: tuple[Path, ...]
    renderer: Callable[[], Renderer]
    renderer_name: str
    engine: Callable[[str], Engine]
    default_engine: tuple[str, str]
    reader: str | None
    queue: Callable[[str | None], Queue]  # by its name; None: the configured one
    settings: Mapping[str, str]
    targets: Targets
    meter: Callable[[], AbstractContextManager[Meter]] = uncounted
    outgoing: Outgoing = field(default_factory=Outgoing)
