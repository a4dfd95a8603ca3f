"""The command line: each command parses, calls one verb of the service and prints."""

from __future__ import annotations

import sys

import typer

from docproc import __version__
from docproc.cli.calibrate import calibrate
from docproc.cli.database import database
from docproc.cli.dataset import dataset
from docproc.cli.doctor import doctor
from docproc.cli.eval import evaluations
from docproc.cli.gc import gc
from docproc.cli.generate import commands as generate
from docproc.cli.improve import commands as improve
from docproc.cli.jobs import cancel, jobs, pause, priority, resume, retry
from docproc.cli.keys import keys
from docproc.cli.metrics import metrics
from docproc.cli.public import commands as public
from docproc.cli.queries import queries
from docproc.cli.questions import questions
from docproc.cli.run import run
from docproc.cli.serve import serve
from docproc.cli.show import show
from docproc.cli.sql import export, find, sql
from docproc.cli.status import status
from docproc.cli.train import commands as train
from docproc.cli.watch import commands as watch
from docproc.cli.work import work
from docproc.core.errors import DocprocError

INTERRUPTED = 130

app = typer.Typer(
    name="docproc",
    help="Ask a question set of every page of PDFs and scans; the typed answers land in SQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (run, show, sql, export, find, calibrate, jobs, status, retry, gc, metrics, doctor):
    app.command()(command)
app.command()(serve)
app.command()(work)
for change in (cancel, pause, resume, priority):
    app.command()(change)
evaluations.add_typer(public)
app.add_typer(watch)
app.add_typer(train)
app.add_typer(improve)
app.add_typer(questions, name="questions")
app.add_typer(queries, name="queries")
app.add_typer(keys, name="keys")
app.add_typer(dataset, name="dataset")
app.add_typer(generate)
app.add_typer(evaluations, name="eval")
app.add_typer(database, name="db")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"docproc {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Ask a question set of every page of PDFs and scans; the typed answers land in SQL."""


def _wrong(error: typer.TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "docproc"
    return f"{error.format_message().rstrip('.')}; see {command} --help"


def main() -> None:
    """Run the command line; every error becomes one sentence and an exit code."""
    try:
        code = app(prog_name="docproc", standalone_mode=False)
    except DocprocError as error:
        typer.echo(f"docproc: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("docproc: interrupted; run the same command again to go on", err=True)
        code = INTERRUPTED
    except typer.TyperException as error:
        typer.echo(f"docproc: {_wrong(error)}", err=True)
        code = 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has had enough
        code = 0
    sys.exit(code or 0)
