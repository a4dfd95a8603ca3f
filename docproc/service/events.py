"""What a running job tells its face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docproc.store.jobs import DocumentResult


@dataclass(frozen=True, slots=True)
class Started:
    """The job was opened. `why` says why this engine."""

    job_id: int
    set_name: str
    engine: str
    why: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A document is done; `line` is the object that `--json` prints for it."""

    result: DocumentResult
    line: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the job is, after `seconds`.

    `pages` counts the pages of this run by state; `failures` are the latest (path, page, code, reason).
    """

    seconds: float
    files_seen: int
    documents_ended: int
    pages: dict[str, int]
    failures: tuple[tuple[str, int, str, str], ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is over. `statuses` counts its documents, `skipped` the files that were passed over, by suffix."""

    job_id: int
    seconds: float
    statuses: dict[str, int]
    pages: dict[str, int]
    skipped: dict[str, int]


Event = Started | Ended | Progress | Finished
