"""Logs that can be read by machines and hold no page text: events with numbers, ids and codes.

`tell` is the only way to write a line, and what it takes has no room for a text: its fields are listed, most are
numbers, and words are escaped and cut. It stands on the standard library's `logging`, so that a program that embeds
docproc has one place to send lines to, and nothing is installed for it; a face calls `set_up` once.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal, TextIO, TypedDict, Unpack

Form = Literal["off", "text", "json"]
Level = Literal["debug", "info", "warning", "error"]
Event = Literal[
    "job_submitted",
    "job_finished",
    "worker_started",
    "worker_stopped",
    "page_failed",
    "page_retried",
    "lease_lost",
    "leases_expired",
    "page_quarantined",
    "engine_away",
    "files_taken",
    "file_placed",
    "inbox_away",
    "webhook_failed",
    "store_away",
]
LOGGER = "docproc"
LONGEST = 200  # characters of a word
LEVELS: dict[Event, int] = {
    "page_failed": logging.WARNING,
    "page_retried": logging.DEBUG,
    "lease_lost": logging.WARNING,
    "leases_expired": logging.WARNING,
    "page_quarantined": logging.ERROR,
    "engine_away": logging.WARNING,
    "webhook_failed": logging.WARNING,
    "store_away": logging.WARNING,
}
_PLAIN = re.compile(r"[\w.:@/+\-]+", re.ASCII)


class Place(TypedDict, total=False):
    """Which page: row numbers of document and task; `page` is 0 for the document's own step."""

    document: int
    page: int
    task: int
    attempt: int


class Fields(Place, total=False):
    """What a line may say. `code` is an error's code, never its message; `steps` are names of the retry ladder."""

    job: int
    count: int
    pages: int
    failed: int
    seconds: float
    delay: float
    code: str
    worker: str
    engine: str
    question_set: str
    question: str
    steps: str


def tell(event: Event, **fields: Unpack[Fields]) -> None:
    """Log one event, at the level that belongs to it."""
    level = LEVELS.get(event, logging.INFO)
    logger = logging.getLogger(LOGGER)
    if logger.isEnabledFor(level):
        known = {name: value for name, value in fields.items() if name in Fields.__annotations__}
        logger.log(level, event, extra={"docproc_fields": known})


def set_up(form: Form, level: Level, stream: TextIO | None = None) -> None:
    """Send docproc's lines to `stream` (None: what standard error is at the moment of each line); "off": nowhere new.

    Called again, it replaces what it did before. Other libraries' loggers are left alone.
    """
    logger = logging.getLogger(LOGGER)
    for handler in [handler for handler in logger.handlers if isinstance(handler, _Lines)]:
        logger.removeHandler(handler)
    logger.propagate = form == "off"
    # Without a handler of ours, what has to be seen (a notice of an engine) still reaches standard error by default.
    logger.setLevel(logging.WARNING if form == "off" else level.upper())
    if form != "off":
        handler = _Lines(stream)
        handler.setFormatter(JsonLines() if form == "json" else TextLines())
        handler.addFilter(_vouched)
        logger.addHandler(handler)


def take_over(form: Form, level: Level, loggers: Sequence[str], stream: TextIO | None = None) -> None:
    """Write the lines of these libraries as docproc's, from `level` on, and warnings of every other. Not for "off"."""
    handler = _Lines(stream)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    for name in loggers:
        logging.getLogger(name).setLevel(level.upper())


class JsonLines(logging.Formatter):
    """One JSON object a line, ASCII: nothing in a value can end the line or reach a terminal as a command."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as {"time", "level", "process", "event", …fields}."""
        line = {"time": _time(record), "level": record.levelname.lower(), "process": record.process, **_content(record)}
        return _escaped(line)


class TextLines(logging.Formatter):
    """`time LEVEL [process] event name=value …`, values escaped as in JSON where they are more than a word."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        content = _content(record)
        event = content.pop("event")
        said = [f"{name}={_word(value)}" for name, value in content.items()]
        return " ".join([_time(record), record.levelname, f"[{record.process}]", _word(event), *said])


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to the stream given, or to whatever `sys.stderr` is by then: a live display puts its own in its place."""

    def __init__(self, stream: TextIO | None) -> None:
        super().__init__(stream)
        self._given = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = self._given or sys.stderr
        super().emit(record)


def _vouched(record: logging.LogRecord) -> bool:
    """Lines of `tell`; of others only warnings, which are notices to whoever runs docproc."""
    return hasattr(record, "docproc_fields") or record.levelno >= logging.WARNING


def _content(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] | None = getattr(record, "docproc_fields", None)
    if fields is not None:
        return {"event": record.msg, **{name: _cut(value) for name, value in fields.items()}}
    content = {"event": "notice", "logger": record.name, "message": _cut(record.getMessage(), 5 * LONGEST)}
    if record.exc_info and record.exc_info[0]:
        content["error"] = record.exc_info[0].__name__  # its message may quote what it failed on
    return content


def _cut(value: Any, longest: int = LONGEST) -> Any:
    return value if isinstance(value, int | float) else str(value)[:longest]


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _word(value: Any) -> str:
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else _escaped(value)


def _escaped(value: Any) -> str:
    """JSON in ASCII; DEL is the one control character that JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("\x7f", "\\u007f")
