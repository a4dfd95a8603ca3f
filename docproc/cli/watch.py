"""docproc watch."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import typer

from docproc.cli.run import DEFAULT_SET

commands = typer.Typer()


@commands.command()
def watch(  # noqa: PLR0913, PLR0917 - each option of a command is a parameter
    inbox: Path = typer.Argument(help="The folder to watch.", metavar="INBOX"),
    questions: str = typer.Option(
        DEFAULT_SET, "-q", "--questions", metavar="SET", help="The question set where no sub-folder names one."
    ),
    engine: str = typer.Option("", "--engine", metavar="NAME", help="The engine where no sub-folder names one."),
    done: Path = typer.Option(None, "--done", metavar="DIR", help="Where answered files go; else INBOX.done."),
    failed: Path = typer.Option(None, "--failed", metavar="DIR", help="Where failed files go; else INBOX.failed."),
    processing: Path = typer.Option(
        None, "--processing", metavar="DIR", help="Where files lie meanwhile; else INBOX.processing."
    ),
    settle: float = typer.Option(5.0, "--settle", min=0.1, help="Seconds for which a file must stand still."),
    rescan: float = typer.Option(300.0, "--rescan", min=1.0, help="Seconds between two looks through all of it."),
    poll: bool = typer.Option(False, "--poll", help="Look again and again, without events; network shares: always."),
    once: bool = typer.Option(False, "--once", help="Handle what is there, and end."),
    queue: str = typer.Option("", "--queue", metavar="NAME", help="local (this machine) or celery (a fleet)."),
    work: bool = typer.Option(True, "--work/--no-work", help="Work on the files as well, or leave that to others."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object per file on standard output."),
) -> None:
    """Take the files that come into a folder, answer the question set, and put them into done or failed."""
    from docproc import wiring
    from docproc.cli.watched import Display, exit_code
    from docproc.service import log
    from docproc.service.watching.watch import How
    from docproc.service.watching.watch import watch as work_on

    log.set_up(*wiring.log_settings())
    how = How(
        inbox, processing, done, failed, questions, engine or None, queue or None, settle, rescan, poll, once, work
    )
    stop = Stop()
    with wiring.opened() as parts, Display(as_json) as display:
        for news in work_on(parts, how, lambda: stop.signal is not None):
            display.show(news)
    if stop.signal is not None:
        raise typer.Exit(130 if stop.signal == signal.SIGINT else 0)
    raise typer.Exit(exit_code(display.over) if once else 0)


class Stop:
    """Ctrl-C and SIGTERM, which let what is being written be written; the second one ends at once."""

    def __init__(self) -> None:
        self.signal: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number
