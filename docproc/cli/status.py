"""docproc status."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from docproc.service.parts import Parts
    from docproc.service.status import Status

_EVERY = 2.0  # seconds between looks


def status(
    watch: bool = typer.Option(False, "--watch", help="Look again every two seconds, until Ctrl-C."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object per look."),
) -> None:
    """Say where the work stands: open jobs with rate and time left, queues, workers, failures of the last hour."""
    from docproc import wiring

    with wiring.opened() as parts:
        if watch:
            _watch(parts, as_json)
        else:
            _print(_look(parts), as_json)


def _look(parts: Parts) -> Status:
    from docproc.service.status import measure

    return measure(parts.database)


def _watch(parts: Parts, as_json: bool) -> None:
    """Ctrl-C is how a person ends it, so it is no error."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)
    try:
        if as_json or not console.is_terminal:
            for seen in _looks(parts):
                _print(seen, as_json)
        else:
            with Live(console=console, auto_refresh=False, screen=True) as live:
                for seen in _looks(parts):
                    live.update(_drawn(seen), refresh=True)
    except KeyboardInterrupt:
        return


def _looks(parts: Parts) -> Iterator[Status]:
    """A look every two seconds; while the database is away, what is on the screen stays there."""
    from docproc.core.errors import Unavailable

    while True:
        try:
            yield _look(parts)
        except Unavailable as error:
            typer.echo(f"docproc: {error}", err=True)
        time.sleep(_EVERY)


def _print(seen: Status, as_json: bool) -> None:
    from rich.console import Console

    if as_json:
        sys.stdout.write(json.dumps(seen.line()) + "\n")
        sys.stdout.flush()
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 10_000  # a pipe has no edge
    console.print(_drawn(seen))


def _drawn(seen: Status) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    tokens = f", {seen.tokens_in:.0f} tokens/s in, {seen.tokens_out:.0f} out" if seen.tokens_in else ""
    lines: list[RenderableType] = [Text(f"{seen.rate:.1f} pages/s over the last minute{tokens}")]
    jobs = [
        (
            job.job,
            job.state,
            job.question_set,
            job.engine,
            f"{job.documents_ended}/{job.documents}",
            f"{job.pages_ended}/{job.pages}",
            "" if not job.pages else f"{100 * job.pages_ended // job.pages} %",
            "–" if job.rate is None else f"{job.rate:.1f}",
            "–" if job.eta is None else duration(job.eta),
        )
        for job in seen.jobs
    ]
    queues = [
        (row.stage, row.engine, row.queue, row.ready, row.leased, "–" if row.oldest is None else duration(row.oldest))
        for row in seen.queues
    ]
    workers = [(row.worker, row.held, row.pages, f"{duration(row.seen)} ago") for row in seen.workers]
    failures = [(code, count) for code, count in seen.failures.items()]
    tables: tuple[tuple[str, tuple[str, ...], Sequence[tuple[object, ...]]], ...] = (
        ("jobs", ("job", "state", "set", "engine", "documents", "pages", "", "pages/s", "time left"), jobs),
        ("queues", ("stage", "engine", "queue", "ready", "leased", "oldest"), queues),
        ("workers", ("worker", "held", "pages, last minute", "seen"), workers),
        ("failures, last hour", ("code", "tasks"), failures),
    )
    for title, columns, rows in tables:
        lines.append(_table(title, columns, rows) if rows else Text(f"{title}: none"))
    if seen.quarantined:
        lines.append(
            Text(f"quarantined: {seen.quarantined}, in hand each time a worker died; docproc retry JOB tries again")
        )
    return Group(*lines)


def _table(title: str, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*[Text(str(cell)) for cell in row])
    return table


def duration(seconds: float) -> str:
    """Seconds as people say them: 42 s, 3 min 05 s, 2 h 10 min, 3 d 4 h."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days} d {hours_left} h"
    if hours:
        return f"{hours} h {minutes_left:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{whole} s"
