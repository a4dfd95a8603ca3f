"""The queue in SQL against bare UPDATE and INSERT loops, and with 100,000 pages queued against 1,000."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say
from docproc.core.questions import Question, QuestionSet
from docproc.core.types import Answer
from docproc.store import answers, claims, documents, jobs, results, sets, states, tasks
from docproc.store.database import Database, open_database
from docproc.store.documents import DocumentRow
from docproc.store.leasing import Hold
from docproc.store.results import Fence, Outcome
from docproc.store.tasks import Key, Task

# `batch` pages a claim and a commit, each with one answer; `claims` such claims a round.
OPTIONS = {"few": 1000, "many": 100_000, "batch": 32, "claims": 25, "rounds": 5}
PAGES = 1000  # of a document at most
_FREE = {"sqlite": 0, "postgresql": 1_000_000_000}  # ids of answers above this one are the bare loop's to give
SET = QuestionSet("letters", "", (Question("sender", "Who wrote it?", "string"),))


@dataclass(frozen=True)
class Queue:
    """A database with one job whose pages are rendered and wait to be asked."""

    database: Database
    set_id: int
    engine_id: int
    fence: Fence

    def claim(self, room: int, turn: int) -> list[Task]:
        hold = Hold(room, 600.0, f"token{turn}", "worker")
        return self.database.insist(lambda conn: claims.claim_ask(conn, self.engine_id, self.set_id, hold))

    def commit(self, claimed: list[Task]) -> None:
        said = [Outcome(t, "answered", answers=(Answer(t.number, SET.questions[0], "ok", "Anna"),)) for t in claimed]
        kept = self.database.insist(lambda conn: results.save(conn, self.fence, said))
        assert len(kept) == len(claimed)


def run(say: Say, options: Options) -> Figures:
    figures: Figures = {}
    for kind in ("sqlite", "postgresql"):
        with _databases(kind) as url:
            figures |= {f"{kind}_{name}": value for name, value in _measured(say, kind, url, options).items()}
    for name in ("claims_per_second", "commits_per_second"):
        figures[name] = figures[f"postgresql_{name}"]
    for name in ("ratio", "many_to_few"):
        figures[name] = min(float(str(figures[f"{kind}_{name}"])) for kind in ("sqlite", "postgresql"))
    return figures


def _measured(say: Say, kind: str, url: Callable[[str], str], options: Options) -> Figures:
    batch = options["batch"]
    seconds: dict[str, list[float]] = {}
    for _ in range(options["rounds"]):
        with _filled(url("few"), options["few"]) as few, _filled(url("many"), options["many"]) as many:
            bare = _bare(kind, url("many"), batch, options["claims"])
            for turn, each in enumerate(bare):  # turn by turn, so that what else the machine does meets all of them
                seconds.setdefault("bare", []).append(each)
                for name, queue in (("few", few), ("many", many)) if turn % 2 else (("many", many), ("few", few)):
                    for what, took in zip(("claim", "commit"), _turn(queue, batch, turn), strict=True):
                        seconds.setdefault(f"{name} {what}", []).append(took)
    middle = {name: median(took) for name, took in seconds.items()}
    claim, commit, alone = middle["many claim"], middle["many commit"], middle["bare"]
    say(
        f"  {kind}: {batch} pages claimed {1000 * claim:.2f} ms, committed {1000 * commit:.2f}, bare {1000 * alone:.2f}"
    )
    return {
        "claims_per_second": round(batch / claim),
        "commits_per_second": round(batch / commit),
        "ratio": round(alone / (claim + commit), 3),
        "many_to_few": round((middle["few claim"] + middle["few commit"]) / (claim + commit), 3),
        "claim_ms": round(1000 * claim, 2),
        "commit_ms": round(1000 * commit, 2),
        "claim_many_to_few": round(middle["few claim"] / claim, 3),
    }


def _turn(queue: Queue, batch: int, turn: int) -> tuple[float, float]:
    """Seconds of a claim and of a commit of a batch."""
    began = time.perf_counter()
    claimed = queue.claim(batch, turn)
    between = time.perf_counter()
    queue.commit(claimed)
    assert len(claimed) == batch, "the queue ran dry"
    return between - began, time.perf_counter() - between


def _bare(kind: str, url: str, batch: int, turns: int) -> Iterator[float]:
    """Seconds per batch of what any queue must do: tell rows taken, tell them done with their answers, two commits."""
    connect, mark = _driver(kind, url)
    taken = f"UPDATE tasks SET state = 'leased', lease_token = {mark}, attempt = attempt + 1 WHERE id = {mark}"
    done = f"UPDATE tasks SET state = 'answered', lease_token = NULL WHERE id = {mark} AND lease_token = {mark}"
    known, told = "document_id, number, question_id, engine_id", "status, value, raw, quote, confidence, evidence"
    said = f"INSERT INTO answers (id, {known}, {told}, boxes, created_at) VALUES ({', '.join([mark] * 13)})"
    shown = f"INSERT INTO current_answers VALUES ({', '.join([mark] * 9)})"
    find = "SELECT id, document_id, number FROM tasks WHERE state = 'ready' AND number > 0 ORDER BY id DESC LIMIT "
    with closing(connect()) as conn:
        cursor = conn.cursor()
        question, engine = _ids(cursor)
        cursor.execute(find + str(batch * turns))
        rows = cursor.fetchall()
        conn.commit()
        for first in range(0, len(rows), batch):
            part = rows[first : first + batch]
            cursor.execute("SELECT coalesce(max(id), 0) FROM answers")
            answer = max(_FREE[kind], cursor.fetchone()[0])
            conn.commit()
            began = time.perf_counter()
            cursor.executemany(taken, [("t", row[0]) for row in part])
            conn.commit()
            cursor.executemany(done, [(row[0], "t") for row in part])
            given, views = [], []
            for _, document, number in part:
                answer += 1
                given.append((answer, document, number, question, engine, "ok", "Anna", "", "", 0.5, "none", "[]", 0.0))
                views.append(("letters", document, number, "sender", answer, "string", "ok", "Anna", 0.5))
            cursor.executemany(said, given)
            cursor.executemany(shown, views)
            conn.commit()
            yield time.perf_counter() - began


def _ids(cursor: Any) -> tuple[int, int]:
    cursor.execute("SELECT max(questions.id), max(engines.id) FROM questions, engines")
    question, engine = cursor.fetchone()
    return question, engine


def _driver(kind: str, url: str) -> tuple[Callable[[], Any], str]:
    """How the database's own driver connects, as durable as docproc does, and its mark for a value."""
    if kind == "postgresql":
        import psycopg

        return lambda: psycopg.connect(url), "%s"

    def connect() -> sqlite3.Connection:
        conn = sqlite3.connect(url.removeprefix("sqlite:///"))
        conn.execute("PRAGMA journal_mode=WAL").fetchone()
        conn.execute("PRAGMA synchronous=FULL")
        return conn

    return connect, "?"


@contextmanager
def _databases(kind: str) -> Iterator[Callable[[str], str]]:
    """The URLs of databases of docproc's own, by name: files, or on a private PostgreSQL."""
    if kind == "sqlite":
        with TemporaryDirectory() as folder:
            yield lambda name: f"sqlite:///{Path(folder) / name}.db"
    else:
        import psycopg

        from tests.servers import postgresql

        with postgresql() as url:
            with psycopg.connect(url, autocommit=True) as conn:
                for name in ("few", "many"):
                    conn.execute(f"CREATE DATABASE {name}")
            yield lambda name: url.replace("/postgres?", f"/{name}?")


@contextmanager
def _filled(url: str, count: int) -> Iterator[Queue]:
    """The queue with `count` pages ready to be asked, and nothing else in the database."""
    with closing(open_database(url)) as database:
        database.upgrade()
        queue = _emptied(database)
        for number in range(-(-count // PAGES)):
            pages = min(PAGES, count - number * PAGES)
            row = DocumentRow(0, f"{number:064d}", "application/pdf", pages, None, "", False, f"/{number}", 1, 0.0)
            with database.write() as conn:
                key = Key(documents.put(conn, row), queue.set_id, queue.engine_id)
                jobs.add_document(conn, _job(conn), row.path, key)
                tasks.plan(conn, key, pages, _job(conn))
        with database.write() as conn:
            conn.exec_driver_sql("UPDATE tasks SET stage = 'ask' WHERE number > 0")
            states.seal(conn, _job(conn))
        _settled(url)
        yield queue


def _job(conn: Any) -> int:
    return int(conn.exec_driver_sql("SELECT max(id) FROM jobs").scalar())


def _emptied(database: Database) -> Queue:
    with database.write() as conn:
        for table in ("tasks", "job_documents", "jobs", "current_answers", "answers", "documents"):
            conn.exec_driver_sql(f"DELETE FROM {table}")
        set_id, engine_id = sets.put_set(conn, SET), sets.put_engine(conn, "scripted", "scripted:1")
        jobs.create(conn, set_id, engine_id, "celery")
        fence = Fence(SET.name, engine_id, answers.question_ids(conn, set_id), "mupdf")
    return Queue(database, set_id, engine_id, fence)


def _settled(url: str) -> None:
    """What a server does by itself after a while: rows that are gone are cleared away, statistics are taken."""
    if url.startswith("postgresql"):
        import psycopg

        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("VACUUM ANALYZE")
