"""What a database says after a fault: nothing lost, nothing doubled, every count and state as it has to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from docproc.store import counts
from docproc.store.database import open_database

QUESTIONS = 2  # of the question set `letters`, asked of every page and merged for every document
_OUTCOME = {True: "partial", False: "succeeded"}


@dataclass(frozen=True)
class Found:
    """`lost` and `doubled`: pages or documents; `wrong`: a sentence for whatever else is not right."""

    pages: int
    lost: int
    doubled: int
    failed: dict[tuple[str, int], str] = field(default_factory=dict)  # (document, page number) → error code
    wrong: tuple[str, ...] = ()


def audit(url: str, quiet: Collection[str] = ("inline", "celery")) -> Found:
    """Look through a whole database; nothing may be at work in it, of jobs with these queues."""
    with closing(open_database(url)) as database, database.read() as conn:
        tasks = conn.execute(text("SELECT document_id, number, state, error_code, lease_token FROM tasks")).all()
        documents = conn.execute(text("SELECT id, page_count, path FROM documents WHERE rejected IS NULL")).all()
        pages = {row[0]: int(row[1]) for row in documents}
        names = {row[0]: str(row[2]) for row in documents}
        failed = {(task[0], task[1]): str(task[3]) for task in tasks if task[2] == "failed" and task[1] > 0}
        answers = _counted(conn, "answers")
        shown = _counted(conn, "current_answers")
        due = [(document, number) for document, count in pages.items() for number in range(count + 1)]
        owed = {key: 0 if key in failed else QUESTIONS for key in due}
        ended = {(task[0], task[1]) for task in tasks if task[2] in ("answered", "failed")}
        doubled = [key for key in {*answers, *shown} if max(answers[key], shown[key]) > owed.get(key, 0)]
        lost = [key for key, count in owed.items() if min(answers[key], shown[key]) < count or key not in ended]
        wrong = [
            *_states(conn, quiet),
            *(f"{task[:2]} is still {task[2]}" for task in tasks if task[2] in ("waiting", "ready", "leased")),
            *(f"{task[:2]} has ended and holds a lease" for task in tasks if task[2] != "leased" and task[4]),
            *_values(conn),
        ]
        if len(tasks) != len(due):
            wrong.append(f"{len(tasks)} tasks for {len(due)} pages and documents")
        rendered = conn.execute(text("SELECT count(*) FROM pages")).scalar_one()
        if rendered < sum(pages.values()) - len(failed):
            wrong.append(f"{rendered} pages are rendered, of {sum(pages.values())}")
    named = {(names[document], number): code for (document, number), code in failed.items()}
    return Found(sum(pages.values()), len(lost), len(doubled), named, tuple(wrong))


def assert_whole(url: str, pages: int, failed: Collection[str] = (), abandoned: bool = False) -> None:
    """Every page has its answers exactly once, but for those that had to fail, given by their error codes.

    `abandoned`: a job may stand as it was left, whose files another one asked about.
    """
    found = audit(url, () if abandoned else ("inline", "celery"))
    assert not found.wrong, found.wrong
    assert (found.pages, found.lost, found.doubled) == (pages, 0, 0), found
    assert sorted(found.failed.values()) == sorted(failed), found.failed


def _counted(conn: Connection, table: str) -> Counter[tuple[int, int]]:
    return Counter((row[0], row[1]) for row in conn.execute(text(f"SELECT document_id, number FROM {table}")))


def _states(conn: Connection, queues: Collection[str]) -> list[str]:
    """Jobs and their files, where they do not stand as their pages do."""
    wrong = []
    for job, state, queue in conn.execute(text("SELECT id, state, queue FROM jobs")).all():
        if queue not in queues:
            continue
        found = counts.page_counts(conn, job)
        pages = conn.execute(
            text(
                "SELECT coalesce(sum(page_count), 0) FROM documents WHERE rejected IS NULL AND id IN "
                "(SELECT document_id FROM job_documents WHERE job_id = :job)"
            ),
            {"job": job},
        ).scalar_one()
        if sum(found.values()) != pages:
            wrong.append(f"job {job} counts {found} of {pages} pages")
        if state != _OUTCOME["failed" in found]:
            wrong.append(f"job {job} is {state} with pages {found}")
    files = text(
        "SELECT f.path, f.state, f.status, "
        "(SELECT count(*) FROM tasks t WHERE t.document_id = f.document_id AND t.state = 'failed') FROM job_documents f"
    )
    for path, state, status, failures in conn.execute(files).all():
        if (state, status) != ("done", _OUTCOME[failures > 0]):
            wrong.append(f"{path} is {state}, {status}, with {failures} failed pages")
    return wrong


def _values(conn: Connection) -> list[str]:
    """Answers that are another page's: what is made up of a page's total tells its number."""
    totals = text(
        "SELECT a.document_id, a.number, a.value FROM answers a JOIN questions q ON q.id = a.question_id "
        "WHERE q.key = 'total' AND a.number > 0"
    )
    return [
        f"page {number} of document {document} has the answer {value}"
        for document, number, value in conn.execute(totals).all()
        if not str(value).startswith(f"{number}.25")
    ]
