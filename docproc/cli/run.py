"""docproc run."""

from __future__ import annotations

import typer

DEFAULT_SET = "document"


def run(
    paths: list[str] = typer.Argument(help="Files, folders or patterns: PDF, PNG, JPEG, TIFF.", metavar="PATH…"),
    questions: str = typer.Option(DEFAULT_SET, "-q", "--questions", metavar="SET", help="The question set."),
    engine: str = typer.Option("", "--engine", metavar="NAME", help="The engine; else the configured one, else ocr."),
    queue: str = typer.Option("", "--queue", metavar="NAME", help="inline (in this process) or celery (a fleet)."),
    wait: bool = typer.Option(True, "--wait/--no-wait", help="Wait until a fleet has done it."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object per document on standard output."),
) -> None:
    """Read documents and answer the question set; the answers land in the database."""
    from docproc import wiring
    from docproc.cli.progress import Display, exit_code
    from docproc.service import log
    from docproc.service.run import How
    from docproc.service.run import run as work
    from docproc.service.told import told

    log.set_up(*wiring.log_settings())
    with wiring.opened() as parts, Display(as_json) as display:
        for event in told(work(parts, paths, questions, engine or None, How(queue or None, wait))):
            display.show(event)
    raise typer.Exit(exit_code(display.finished))
