"""What a worker works with, opened: engine, reader and renderer, and what the store knows of what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from docproc.core.questions import QuestionSet
from docproc.imaging import Renderer
from docproc.service.parts import Parts
from docproc.service.work.asking import Asker
from docproc.service.work.items import Assignment
from docproc.service.work.record import Record
from docproc.store import answers, calibrations


@dataclass(frozen=True, slots=True)
class Opened:
    """An engine (with its reader) and a renderer, whose processes start when there is work for them; what counts."""

    asker: Asker
    renderer: Renderer
    record: Record


@dataclass(frozen=True, slots=True)
class Drawing:
    """A renderer alone, for who asks no engine; and what counts."""

    renderer: Renderer
    record: Record


@contextmanager
def drawing(parts: Parts) -> Iterator[Drawing]:
    """What draws pages; closed at the end."""
    with ExitStack() as stack:
        renderer = parts.renderer()
        stack.callback(renderer.close)
        yield Drawing(renderer, Record(stack.enter_context(parts.meter())))


@contextmanager
def opened(parts: Parts, engine_name: str) -> Iterator[Opened]:
    """The engine of that name with all that belongs to it; closed at the end."""
    with ExitStack() as stack:
        engine = parts.engine(engine_name)
        stack.callback(engine.close)
        reader = parts.engine(parts.reader) if parts.reader not in (None, engine_name) else None
        if reader is not None:
            stack.callback(reader.close)
        renderer = parts.renderer()
        stack.callback(renderer.close)
        record = Record(stack.enter_context(parts.meter()))
        yield Opened(Asker(engine, reader), renderer, record)


def calibrated(parts: Parts, asker: Asker, engine_id: int) -> Asker:
    """The asker with what has been learnt of its engine's confidence."""
    with parts.database.read() as conn:
        return replace(asker, calibration=calibrations.newest(conn, engine_id))


def assignment_of(parts: Parts, opened: Opened, questions: QuestionSet, set_id: int, engine_id: int) -> Assignment:
    """What is asked, and how it is rendered."""
    with parts.database.read() as conn:
        question_ids = answers.question_ids(conn, set_id)
    return Assignment(
        set_id=set_id,
        engine_id=engine_id,
        questions=questions,
        question_ids=question_ids,
        render=opened.renderer.fingerprint,
        first_choice=opened.renderer.settings.renderer,
        document_pages=opened.asker.engine.pages,
    )
