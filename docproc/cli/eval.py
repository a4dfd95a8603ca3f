"""docproc eval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docproc.service.eval.evaluate import Wanted
    from docproc.service.eval.scored import Scored
    from docproc.service.events import Event
    from docproc.service.parts import Parts

BELOW = 2
_ENGINE = typer.Option("", "--engine", metavar="NAME", help="The engine; else the configured one, else ocr.")
_JSON = typer.Option(False, "--json", help="One JSON object.")
_HTML = typer.Option(None, "--html", help="Write a page with plots and the worst answers.", metavar="FILE")
_OUT = typer.Option(None, "--out", help="Write results.jsonl and summary.json there.", metavar="DIR")
_LEAST = typer.Option([], "--fail-under", metavar="METRIC=VALUE", help="Exit code 2 below it, as accuracy=0.9.")


class _Evaluations(TyperGroup):
    """What is no command here is the name of a public set: `docproc eval NAME` is `docproc eval public NAME`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and "public" in self.commands and not args[0].startswith("-"):
            args = ["public", *args]
        return super().resolve_command(ctx, args)


evaluations = typer.Typer(
    cls=_Evaluations,
    help="Measure how right answers are: against reviews, labelled documents or public sets; or compare two runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@evaluations.command()
def reviews(
    questions: str = typer.Argument("", help="Only reviews of this question set.", metavar="SET"),
    engine: str = typer.Option("", "--engine", metavar="NAME", help="Only this engine's answers."),
    as_json: bool = _JSON,
    html: Path = _HTML,
    out: Path = _OUT,
    fail_under: list[str] = _LEAST,
) -> None:
    """Judge what engines answered by what people said in reviews."""
    from docproc import wiring
    from docproc.service.eval.evaluate import Wanted
    from docproc.service.eval.reviews import reviewed

    with wiring.opened() as parts:
        rows = reviewed(parts, questions or None, engine or None)
        finish(
            parts, rows, Wanted(f"Reviews of {questions}" if questions else "Reviews", out, html), as_json, fail_under
        )


@evaluations.command()
def folder(
    path: Path = typer.Argument(help="Documents, each with a JSON file of right answers beside it.", metavar="PATH"),
    engine: str = _ENGINE,
    as_json: bool = _JSON,
    html: Path = _HTML,
    out: Path = _OUT,
    fail_under: list[str] = _LEAST,
) -> None:
    """Run labelled documents and judge the answers; what was answered before is not asked again."""
    from docproc import wiring
    from docproc.service.eval.evaluate import Wanted
    from docproc.service.eval.labelled import judged

    with wiring.opened() as parts:
        rows = judged(parts, path, engine or None, asking())
        wanted = Wanted(f"Labelled documents in {path.resolve().name}", out, html)
        finish(parts, rows, wanted, as_json, fail_under)


@evaluations.command()
def compare(
    first: Path = typer.Argument(help="A folder that --out wrote, or its results.jsonl.", metavar="A"),
    second: Path = typer.Argument(help="Another one of the same questions.", metavar="B"),
    as_json: bool = _JSON,
    html: Path = typer.Option(None, "--html", help="Write a page.", metavar="FILE"),
) -> None:
    """What got better and what got worse from run A to run B, and whether that can be luck."""
    from docproc.cli.evaluated import print_comparison
    from docproc.service.eval.compare import compare as compared
    from docproc.service.eval.compare_page import save

    found = compared(first, second)
    if html is not None:
        save(found, f"{second.name} against {first.name}", html)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        print_comparison(found)


def finish(parts: Parts, rows: Iterator[Scored], wanted: Wanted, as_json: bool, fail_under: list[str]) -> None:
    """Count what was judged, print the figures, and end with exit code 2 where one is too low."""
    from docproc.cli.evaluated import print_summary
    from docproc.service.eval.evaluate import below, evaluate, leasts

    least = leasts(fail_under)
    summary = evaluate(parts, rows, wanted, _seen)
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False))
    else:
        print_summary(summary)
    missed = below(summary, least)
    for sentence in missed:
        typer.echo(f"docproc: {sentence}", err=True)
    if missed:
        raise typer.Exit(BELOW)


def _seen(number: int) -> None:
    if number % 10_000 == 0:
        typer.echo(f"{number:,} answers judged", err=True)


def asking() -> Callable[[Event], None]:
    """Tells, now and then, how far the asking is."""
    last = [0.0]

    def show(event: Event) -> None:
        from docproc.service.events import Finished, Progress, Started

        if isinstance(event, Started):
            last[0] = 0.0
            typer.echo(f"docproc: asking '{event.set_name}' of engine '{event.engine}' ({event.why})", err=True)
        elif isinstance(event, Progress) and event.seconds - last[0] >= 5:
            last[0] = event.seconds
            done = f"{event.documents_ended}/{event.files_seen} documents, {sum(event.pages.values())} pages"
            typer.echo(done, err=True)
        elif isinstance(event, Finished):
            counts: dict[str, Any] = event.statuses
            typer.echo(", ".join(f"{count} {status}" for status, count in counts.items() if count), err=True)

    return show
