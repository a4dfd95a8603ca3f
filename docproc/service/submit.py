"""Submit a job: one transaction, quick, and nothing is opened; who works on it is told afterwards."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from docproc.core.errors import KeyReused, Rejected, UsageError
from docproc.core.questions import QuestionSet
from docproc.queues import Queue
from docproc.service.addresses import target
from docproc.service.log import tell
from docproc.service.parts import Parts
from docproc.service.questions import resolve_set
from docproc.store import sets, submissions
from docproc.store.received import NewFile
from docproc.store.states import LEAST, MOST
from docproc.store.submissions import NewJob, UsedKey

LONGEST_NAME = 255  # characters of a file's name
MOST_TAGS, LONGEST_TAG = 32, 64  # of a job; characters
LONGEST_REFERENCE = 255  # characters
_BLOCK = 1 << 20
# What turns the direction of the text that follows: a name that shows as "fdp.exe" reversed is a trick.
_TURNS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class File:
    """A file of a job: `name` is what people call it, `sha256` and `bytes` its content.

    `path` is where it lies, absolute, with its mtime `modified`; None: it is only among the sources of the image store
    (`keep`), and its name is a client's, of which the last part counts.
    """

    name: str
    sha256: str
    bytes: int
    path: str | None = None
    modified: float = 0.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of the files: a question set (by name, or `question_set` itself) and an engine, None: the
    configured one. `webhook` is a URL that is told of the end, `owner` the key that ordered. `queue` is who works on
    it, None: whoever the queue that is rung stands for.
    """

    set_name: str
    engine: str | None = None
    priority: int = 0
    tags: tuple[str, ...] = ()
    reference: str | None = None
    webhook: str | None = None
    owner: int | None = None
    question_set: QuestionSet | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A word of the owner's (0: who needs no key) for one request, whose content has this fingerprint."""

    owner: int
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Ticket:
    """The job. `created` False: the same request came before with this key, and this is the job of then."""

    job_id: int
    created: bool


class _KeyTaken(Exception):
    """Another request with the same key was quicker; the transaction is rolled back."""


def submit(
    parts: Parts, queue: Queue, order: Order, files: Sequence[File], key: IdempotencyKey | None = None
) -> Ticket:
    """Enter a job and wake who works on it.

    Raises UsageError, NotFound, QuestionSetError, MissingExtra or EngineUnavailable for what is wrong with the order,
    KeyReused for a key that came with another request, Unavailable.
    """
    _check(order, files)
    if order.webhook is not None:
        target(order.webhook, parts.outgoing.hooks)
    questions = order.question_set or resolve_set(parts, order.set_name)
    engine = order.engine or parts.default_engine[0]
    fingerprint = parts.targets.fingerprint(engine, parts.database)
    named = _named(files)
    used = _used(parts, key)
    if used is not None:
        return used

    def enter(conn: Any) -> int:
        set_id = sets.put_set(conn, questions)
        engine_id = sets.put_engine(conn, engine, fingerprint)
        job_id = submissions.put_job(conn, _new_job(order, queue, set_id, engine_id), named)
        if key is not None and not submissions.put_key(conn, key.owner, key.key, UsedKey(key.fingerprint, job_id)):
            raise _KeyTaken
        return job_id

    try:
        job_id = parts.database.shared(enter)
    except _KeyTaken:
        used = _used(parts, key)
        assert used is not None, "a key that was taken a moment ago"
        return used
    tell("job_submitted", job=job_id, question_set=questions.name, engine=engine)
    queue.ring("io")
    return Ticket(job_id, True)


def keep(parts: Parts, path: Path) -> File:
    """Put a file's bytes into the store of sources, unless they are there; nothing else remembers where it lay.

    Raises Rejected where it changes meanwhile or cannot be read, Unavailable.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
        parts.images.put_source(path, digest.hexdigest())
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}; check that it exists and that you may read it"
        raise Rejected(message, "unreadable") from error
    return File(path.name, digest.hexdigest(), size)


def cleaned(name: str) -> str:
    """A client's name for a file, fit to be shown: its last part, one line, at most 255 characters."""
    last = _plain(name).replace("\\", "/").rstrip("/").rpartition("/")[2].strip()
    if last in ("", ".", ".."):
        return "unnamed"
    suffix = PurePosixPath(last).suffix if len(last) > LONGEST_NAME else ""
    return last if len(last) <= LONGEST_NAME else last[: LONGEST_NAME - len(suffix)] + suffix


def unique(names: Iterable[str]) -> list[str]:
    """The same names, the second `a.pdf` as `a (2).pdf`."""
    taken: set[str] = set()
    found = []
    for name in names:
        path, number, free = PurePosixPath(name), 1, name
        while free in taken:
            number += 1
            free = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        taken.add(free)
        found.append(free)
    return found


def _check(order: Order, files: Sequence[File]) -> None:
    if not files:
        raise UsageError("a job needs one file at least")
    if not LEAST <= order.priority <= MOST:
        raise UsageError(f"a priority is a number from {LEAST} to {MOST}, not {order.priority}; 0 is the usual one")
    if len(order.tags) > MOST_TAGS:
        raise UsageError(f"a job has {MOST_TAGS} tags at most, not {len(order.tags)}")
    for tag in order.tags:
        if not tag.strip() or len(tag) > LONGEST_TAG or tag != _plain(tag):
            raise UsageError(f"a tag is 1 to {LONGEST_TAG} printable characters, not {tag[:LONGEST_TAG]!r}")
    if order.reference is not None and not 0 < len(order.reference) <= LONGEST_REFERENCE:
        raise UsageError(f"a reference is 1 to {LONGEST_REFERENCE} characters, not {len(order.reference)}")


def _named(files: Sequence[File]) -> list[NewFile]:
    names = unique(cleaned(file.name) if file.path is None else _plain(file.name) for file in files)
    return [
        NewFile(name, file.sha256, file.bytes, file.path, file.modified)
        for name, file in zip(names, files, strict=True)
    ]


def _plain(text: str) -> str:
    """Without control characters, what turns the direction of writing, and what no database takes."""
    kept = (letter for letter in text if unicodedata.category(letter) not in ("Cc", "Cs", "Zl", "Zp"))
    return "".join(letter for letter in kept if letter not in _TURNS)


def _new_job(order: Order, queue: Queue, set_id: int, engine_id: int) -> NewJob:
    name = order.queue or queue.name
    return NewJob(
        set_id=set_id,
        engine_id=engine_id,
        queue="local" if name == "inline" else name,  # nobody waits here to work on it
        priority=order.priority,
        tags=order.tags,
        reference=None if order.reference is None else _plain(order.reference),
        webhook_url=order.webhook,
        owner=order.owner,
    )


def _used(parts: Parts, key: IdempotencyKey | None) -> Ticket | None:
    """The job that was made with this key before. Raises KeyReused where it came with another request."""
    if key is None:
        return None
    with parts.database.read() as conn:
        used = submissions.find_key(conn, key.owner, key.key)
    if used is None:
        return None
    if used.fingerprint != key.fingerprint:
        raise KeyReused(
            f"the idempotency key {key.key!r} came with another request before (job {used.job_id}); "
            "send the same request with it, or this one with a new key"
        )
    return Ticket(used.job_id, False)
