"""Jobs of a fleet in a real database, and what workers do to them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Page
from docproc.store import claims, counts, crashes, documents, jobs, reaper, results, sets, states, tasks
from docproc.store.clock import now
from docproc.store.database import Database
from docproc.store.documents import DocumentRow
from docproc.store.leasing import Hold
from docproc.store.pages import RenderedPage
from docproc.store.results import Fence, Outcome
from docproc.store.tables import job_documents
from docproc.store.tables import jobs as job_table
from docproc.store.tables import tasks as task_table
from docproc.store.tasks import Key, Task

LEASE = 60.0
FIRST_CHOICE = "mupdf"


class Fleet:
    """Workers and submitters on one database; engines and question sets are made when they are first named."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._tokens = (f"token{number}" for number in itertools.count())

    def set_id(self, name: str) -> int:
        question_set = QuestionSet(name, "", (Question("sender", "Who wrote it?", "string"),))
        with self.database.write() as conn:
            return sets.put_set(conn, question_set)

    def engine_id(self, name: str) -> int:
        with self.database.write() as conn:
            return sets.put_engine(conn, "scripted", name)

    def job(
        self, files: Sequence[tuple[str, int]] = (), priority: int = 0, asks: str = "letters", engine: str = "e1"
    ) -> int:
        """Submit (name, pages) files; a name stands for its content."""
        set_id, engine_id = self.set_id(asks), self.engine_id(engine)
        with self.database.write() as conn:
            job_id = jobs.create(conn, set_id, engine_id, "celery", priority)
        for name, pages in files:
            self.enter(job_id, name, pages, (set_id, engine_id))
        with self.database.write() as conn:
            states.seal(conn, job_id)
        return job_id

    def enter(self, job_id: int, name: str, pages: int, asked: tuple[int, int]) -> Key:
        row = DocumentRow(0, name.ljust(64, "-"), "application/pdf", pages, None, "", False, f"/{name}.pdf", 1, 0.0)

        def enter(conn: Connection) -> Key:
            key = Key(documents.put(conn, row), *asked)
            if jobs.add_document(conn, job_id, row.path, key):
                tasks.plan(conn, key, pages, job_id)
                jobs.settle(conn, [key], FIRST_CHOICE)
            return key

        return self.database.insist(enter)

    def hold(self, room: int, alone: bool = False) -> Hold:
        return Hold(room, LEASE, next(self._tokens), "host:1:worker", alone)

    def raster(self, room: int, most_ahead: int = 1000, alone: bool = False) -> list[Task]:
        hold = self.hold(room, alone)
        return self.database.insist(lambda conn: claims.claim_raster(conn, hold, most_ahead))

    def ask(self, room: int, asks: str | None = "letters", engine: str = "e1", alone: bool = False) -> list[Task]:
        set_id = None if asks is None else self.set_id(asks)
        engine_id = self.engine_id(engine)
        hold = self.hold(room, alone)
        return self.database.insist(lambda conn: claims.claim_ask(conn, engine_id, set_id, hold))

    def rastered(self, claimed: Sequence[Task]) -> set[int]:
        drawn = [(task, page(task)) for task in claimed]
        return self.database.insist(lambda conn: claims.rastered(conn, drawn))

    def render(self, room: int, most_ahead: int = 1000) -> list[Task]:
        claimed = self.raster(room, most_ahead)
        assert self.rastered(claimed) == {task.id for task in claimed}
        return claimed

    def answer(self, claimed: Sequence[Task], state: str = "answered") -> int:
        """Commit the outcomes of claimed tasks; how many still held."""
        code = "engine_error" if state == "failed" else None
        ended = [Outcome(task, state, code=code, error=code) for task in claimed]
        fence = Fence("letters", self.engine_id("e1"), {}, FIRST_CHOICE)
        return len(self.database.insist(lambda conn: results.save(conn, fence, ended)))

    def change(self, verb: str, job_id: int, *more: int) -> bool:
        with self.database.write() as conn:
            done = bool(getattr(states, verb)(conn, job_id, *more))
            if verb == "cancel":
                states.sweep(conn, job_id)
            return done

    def reap(self) -> reaper.Reaped:
        return reaper.reap(self.database, FIRST_CHOICE)

    def expire(self) -> None:
        """Let every lease run out."""
        with self.database.write() as conn:
            conn.execute(update(task_table).values(lease_until=now() - 1.0))
            crashes.reap(conn)

    def finish_all(self) -> None:
        """Work until nothing is ready."""
        while self.render(50) or self.answer(self.ask(50)):
            pass
        self.reap()

    def state(self, job_id: int) -> str:
        with self.database.read() as conn:
            return str(conn.execute(select(job_table.c.state).where(job_table.c.id == job_id)).scalar_one())

    def pages(self, job_id: int) -> dict[str, int]:
        with self.database.read() as conn:
            return counts.page_counts(conn, job_id)

    def statuses(self, job_id: int) -> list[str | None]:
        query = select(job_documents.c.status).where(job_documents.c.job_id == job_id).order_by(job_documents.c.id)
        with self.database.read() as conn:
            return list(conn.execute(query).scalars())

    def owners(self, claimed: Sequence[Task]) -> list[int | None]:
        """The jobs that tasks belong to."""
        query = select(task_table.c.id, task_table.c.job_id)
        with self.database.read() as conn:
            of = {row[0]: row[1] for row in conn.execute(query)}
        return [of[task.id] for task in claimed]


def page(task: Task) -> RenderedPage:
    """What a renderer would have made of it."""
    return RenderedPage(Page(f"{task.document_id:064d}", task.number, "image", 100, 100, 72.0), "render", "mupdf")
