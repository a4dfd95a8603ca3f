"""The tables. People query the views (`store.views`); these are for docproc itself.

Times are seconds since 1970 by the database's clock (`clock.now`), so that leases mean the same on every worker.
`number` is a page's number from 1; 0 stands for the document as a whole.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Identity is content: one row per distinct bytes, whatever they are called.
documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("media_type", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("page_count", Integer),
    Column("rejected", String(32)),  # a RejectCode; NULL where the document was accepted
    Column("message", Text, nullable=False, default=""),
    Column("repaired", Boolean, nullable=False, default=False),
    Column("warnings", JSON, nullable=False, default=list),
    Column("meta", JSON, nullable=False, default=dict),  # title, author, … as the file itself says
    Column("path", Text, nullable=False),  # where the bytes were last seen
    Column(
        "modified", Float, nullable=False, default=0.0
    ),  # that file's mtime: a changed file is not rendered as this one
    Column("created_at", Float, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("render", String(64), nullable=False),  # fingerprint of the render settings
    Column("renderer", String(16), nullable=False),
    Column("image", String(80), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("dpi", Float, nullable=False),
    Column("picture", Float, nullable=False, default=0.0),
    Column("blank", Boolean, nullable=False, default=False),
    Column("degraded", Boolean, nullable=False, default=False),
    Column("downscaled", Boolean, nullable=False, default=False),
    Column("layer", LargeBinary),  # a packed Reading
    Column("layer_trusted", Boolean, nullable=False, default=False),
    Column("ocr", LargeBinary),  # a packed Reading
    Column("warnings", JSON, nullable=False, default=list),
)

# Full-text search hangs on this table (FTS5 on SQLite, a tsvector on PostgreSQL); people see the view `page_text`.
page_texts = Table(
    "page_texts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("source", String(16), nullable=False),  # layer | ocr
    Column("text", Text, nullable=False),
    UniqueConstraint("document_id", "number"),
)

question_sets = Table(
    "question_sets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("definition", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    UniqueConstraint("name", "version"),
)

questions = Table(
    "questions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("key", String(64), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("definition", JSON, nullable=False),
)

set_questions = Table(
    "set_questions",
    metadata,
    Column("set_id", ForeignKey("question_sets.id", ondelete="CASCADE"), primary_key=True),
    Column("question_id", ForeignKey("questions.id"), primary_key=True),
    Column("position", Integer, nullable=False),
)

engines = Table(
    "engines",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(32), nullable=False),
    Column("fingerprint", String(256), nullable=False, unique=True),
)

INLINE = "inline"  # the queue of jobs that are worked on where they were submitted; others are a fleet's
jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    # queued → running ⇄ paused → succeeded | partial | failed; queued, running, paused → cancelling → cancelled
    Column("state", String(16), nullable=False),
    Column("queue", String(16), nullable=False, server_default=INLINE),
    Column("priority", Integer, nullable=False, server_default="0"),  # the higher comes first
    Column("set_id", ForeignKey("question_sets.id"), nullable=False),
    Column("engine_id", ForeignKey("engines.id"), nullable=False),
    Column("served_at", Float, nullable=False, server_default="0"),  # its turn among many jobs; see `claims`
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),  # its first claim
    Column("sealed_at", Float),  # from then on no file is added to it, so that it can end
    Column("finished_at", Float),
    Column("tags", JSON(none_as_null=True)),  # words of the submitter; NULL: none
    Column("reference", String(255), index=True),  # what the submitter calls it
    Column("webhook_url", Text),  # is told when the job has ended
    Column("owner", Integer),  # the API key that submitted it
)

# One row per file of a job. Its pages' work is in `tasks`; two jobs share it when they ask the same of the same bytes.
job_documents = Table(
    "job_documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE")),
    Column("path", Text, nullable=False),
    Column("state", String(16), nullable=False),  # running done
    Column("set_id", ForeignKey("question_sets.id"), nullable=False),  # the job's, repeated for the index below
    Column("engine_id", ForeignKey("engines.id"), nullable=False),
    Column("outcome", String(32)),  # ok, ok:partial, …, rejected:corrupt
    Column("status", String(16)),  # succeeded partial failed cancelled
    Column("message", Text, nullable=False, default=""),
    Column("finished_at", Float),
    Column("duplicate_of", Integer),  # an earlier row with the same bytes, set and engine, where that is told
    UniqueConstraint("job_id", "path"),
)
Index("ix_job_documents_document_id", job_documents.c.document_id, job_documents.c.set_id, job_documents.c.engine_id)
Index("ix_job_documents_job_id_state", job_documents.c.job_id, job_documents.c.state)

# The unit of work: one page (or the document, number 0) of one document, one question set, one engine.
tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("set_id", ForeignKey("question_sets.id"), nullable=False),
    Column("engine_id", ForeignKey("engines.id"), nullable=False),
    Column("job_id", ForeignKey("jobs.id", ondelete="SET NULL")),
    Column("stage", String(8), nullable=False),  # raster ask
    Column("state", String(12), nullable=False),  # waiting ready leased answered blank failed cancelled
    Column("attempt", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("available_at", Float, nullable=False, default=0.0),
    Column("lease_token", String(32)),
    Column("lease_until", Float),
    Column("worker", String(128)),
    Column("error_code", String(32)),
    Column("error", Text),
    Column("tokens_in", Integer),  # what the engine was shown and said, where it counts tokens
    Column("tokens_out", Integer),
    Column("finished_at", Float),
    UniqueConstraint("document_id", "set_id", "engine_id", "number"),
)
# The conditions of the partial indexes, literally: a database only uses one where it finds its condition in the query.
READY = text("state = 'ready'")
LEASED = text("state = 'leased'")
UNFINISHED = text("state IN ('waiting', 'ready', 'leased')")
SUSPECT = text("state = 'ready' AND crashes > 0")  # its worker died: nearly none
OPEN_STATES = ("queued", "running", "paused", "cancelling")
OPEN = text("state IN ('queued', 'running', 'paused', 'cancelling')")
FINISHED = text("finished_at IS NOT NULL")
FAILED = text("state = 'failed'")
for _name, _where in (("ix_tasks_ready", READY), ("ix_tasks_suspect", SUSPECT)):
    # In the order of documents and pages, not of ids: that one the primary key has too, and a planner that believes the
    # ready rows to be everywhere would go through the finished ones with it.
    _order = (tasks.c.stage, tasks.c.job_id, tasks.c.document_id, tasks.c.number)
    Index(_name, *_order, sqlite_where=_where, postgresql_where=_where)
Index("ix_jobs_open", jobs.c.priority.desc(), jobs.c.served_at, jobs.c.id, sqlite_where=OPEN, postgresql_where=OPEN)
Index("ix_tasks_leased", tasks.c.lease_until, sqlite_where=LEASED, postgresql_where=LEASED)
Index(
    "ix_tasks_unfinished",
    tasks.c.document_id,
    tasks.c.set_id,
    tasks.c.engine_id,
    tasks.c.number,
    sqlite_where=UNFINISHED,
    postgresql_where=UNFINISHED,
)
# What was finished lately, and what failed with which code: rates and failures cost nothing of what was done long ago.
Index("ix_tasks_finished", tasks.c.finished_at, sqlite_where=FINISHED, postgresql_where=FINISHED)
Index("ix_tasks_failed", tasks.c.error_code, tasks.c.finished_at, sqlite_where=FAILED, postgresql_where=FAILED)

# Every answer that an engine ever gave. The same question of the same page by the same engine is one row.
answers = Table(
    "answers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("question_id", ForeignKey("questions.id"), nullable=False),
    Column("engine_id", ForeignKey("engines.id"), nullable=False),
    Column("status", String(12), nullable=False),
    Column("value", Text),
    Column("raw", Text, nullable=False, default=""),
    Column("quote", Text, nullable=False, default=""),
    Column("confidence", Float, nullable=False, default=0.0),
    Column("evidence", String(8), nullable=False, default="none"),
    Column("boxes", JSON, nullable=False, default=list),  # [[page, x0, y0, x1, y1], …], fractions of the page
    Column("found_on", Integer),
    Column("signals", JSON(none_as_null=True)),  # what `confidence` is made of: the fields of `core.types.Signals`
    Column("steps", JSON(none_as_null=True)),  # what was tried after the first reply
    Column("created_at", Float, nullable=False),
    UniqueConstraint("document_id", "number", "question_id", "engine_id"),
)

# How an engine's signals become probabilities, learnt from labelled answers; an engine's newest row counts.
calibrations = Table(
    "calibrations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("engine_id", ForeignKey("engines.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("method", String(16), nullable=False),
    Column("parameters", JSON, nullable=False),
    Column("metrics", JSON, nullable=False),
    Column("labels", Integer, nullable=False),  # answers that it was learnt from
    Column("created_at", Float, nullable=False),
)

# The newest answer per document, page, set and key: what the views show where no review stands. Kind, status, value and
# confidence repeat the answer's, and rows lie in the order of the key, so that a view reads one table from front to
# back: three times as fast on SQLite. A value longer than `REPEATED` characters is not repeated: NULL, to be had by
# `answer_id`.
REPEATED = 500
current_answers = Table(
    "current_answers",
    metadata,
    Column("set_name", String(64), primary_key=True),
    Column("document_id", ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("answer_id", ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("status", String(12), nullable=False),
    Column("value", Text),
    Column("confidence", Float, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
WHOLE = text("number = 0")
# What a reviewer is shown first: the least sure of the documents' own answers, a document's together. The last two
# columns spare a look at the table.
_names = ("set_name", "confidence", "document_id", "key", "number", "status")
_sure = tuple(current_answers.c[_name] for _name in _names)
Index("ix_current_answers_sure", *_sure, sqlite_where=WHOLE, postgresql_where=WHOLE)


def in_state(table: FromClause, *states: str) -> ColumnElement[bool]:
    """Whether a row is in one of these states, written literally, as a partial index wants it."""
    column: ColumnElement[str] = table.c.state
    literal: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in states]
    return column == literal[0] if len(literal) == 1 else column.in_(literal)
