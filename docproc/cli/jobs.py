"""docproc jobs, retry, cancel, pause, resume, priority."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer


def jobs(
    limit: int = typer.Option(20, "--limit", min=1, help="How many of the newest jobs."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object per job, with reference, tags and times."),
) -> None:
    """List the jobs with what became of their documents."""
    from docproc import wiring
    from docproc.cli.output import print_rows
    from docproc.service.jobs import list_jobs

    with wiring.opened() as parts:
        columns, rows = list_jobs(parts, limit, whole=as_json)
    print_rows(columns, rows, "jsonl" if as_json else "table")


def retry(
    job: int = typer.Argument(help="The number of the job; docproc jobs lists them.", metavar="JOB"),
    as_json: bool = typer.Option(False, "--json", help="One JSON object per document on standard output."),
) -> None:
    """Try the failed pages and the refused files of a job again; what has succeeded is left alone."""
    from docproc import wiring
    from docproc.cli.progress import Display, exit_code
    from docproc.service import log
    from docproc.service.run import retry as again
    from docproc.service.told import told

    log.set_up(*wiring.log_settings())
    with wiring.opened() as parts, Display(as_json) as display:
        for event in told(again(parts, job)):
            display.show(event)
    raise typer.Exit(exit_code(display.finished))


def cancel(job: int = typer.Argument(help="The number of the job; docproc jobs lists them.", metavar="JOB")) -> None:
    """Cancel a job; pages in hand are finished and kept, and what another job waits for goes on."""
    from docproc.service import jobs as verbs

    _tell(job, verbs.cancel)


def pause(job: int = typer.Argument(help="The number of the job; docproc jobs lists them.", metavar="JOB")) -> None:
    """Let a job rest until docproc resume; pages in hand are finished."""
    from docproc.service import jobs as verbs

    _tell(job, verbs.pause)


def resume(job: int = typer.Argument(help="The number of the job; docproc jobs lists them.", metavar="JOB")) -> None:
    """Go on with a paused job."""
    from docproc.service import jobs as verbs

    _tell(job, verbs.resume)


def priority(
    job: int = typer.Argument(help="The number of the job; docproc jobs lists them.", metavar="JOB"),
    number: int = typer.Argument(help="From -100 to 100; the usual one is 0. After --, below 0.", metavar="NUMBER"),
) -> None:
    """Put a job before those of lower priority; jobs of the same priority share the workers."""
    from docproc.service import jobs as verbs

    _tell(job, verbs.set_priority, number)


def _tell(job: int, verb: Callable[..., str], *more: Any) -> None:
    from docproc import wiring

    with wiring.opened() as parts:
        state = verb(parts, job, *more)
    typer.echo(f"job {job} is {state}")
