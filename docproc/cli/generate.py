"""docproc generate."""

from __future__ import annotations

import time
from pathlib import Path

import typer

_EVERY = 5.0  # seconds between lines of progress
commands = typer.Typer()


@commands.command()
def generate(  # noqa: PLR0913, PLR0917 - each option of a command is a parameter
    documents: list[str] = typer.Argument(help="Files, or documents that docproc knows.", metavar="DOCUMENT…"),
    out: Path = typer.Option(..., "--out", metavar="DIR", help="The folder to be made."),
    kinds: str = typer.Option(
        "detail,reasoning,conversation,creative,qa", "--kinds", help="What is wanted, with commas between."
    ),
    url: str = typer.Option("", "--teacher-url", metavar="URL", help="The teacher's server; else DOCPROC_OPENAI_…"),
    model: str = typer.Option("", "--teacher-model", metavar="NAME", help="The teacher; else the only one served."),
    per_page: int = typer.Option(4, "--per-page", min=1, max=32, help="Questions of a kind and page, at most."),
    max_requests: int = typer.Option(None, "--max-requests", min=1, help="Requests spent on this folder, at most."),
    max_tokens: int = typer.Option(None, "--max-tokens", min=1, help="Tokens, shown and said, spent on it, at most."),
    at_once: int = typer.Option(4, "--at-once", min=1, max=256, help="Requests on their way at a time."),
    split: str = typer.Option("80/10/10", "--split", help="Train, validation and test, by document."),
    seed: int = typer.Option(0, "--seed", help="Another one splits otherwise."),
    replace: bool = typer.Option(False, "--replace", help="Put it in the place of the dataset that is there."),
    as_json: bool = typer.Option(False, "--json", help="The manifest on standard output."),
) -> None:
    """Have a teacher model write instruction data about documents, checked against their pages."""
    from docproc import wiring
    from docproc.cli.dataset import show
    from docproc.service.dataset.split import split_of
    from docproc.service.generate.generate import Order
    from docproc.service.generate.generate import generate as make

    names = tuple(name.strip() for name in kinds.split(",") if name.strip())
    shares = split_of(split, seed)
    order = Order(tuple(documents), names, per_page, max_requests, max_tokens, at_once, shares, replace)
    given = {"base_url": url, "model": model}
    teacher = wiring.engine_settings("openai") | {key: value for key, value in given.items() if value}
    with wiring.opened() as parts:
        done = make(parts, teacher, order, out, Progress())
    show(done.folder, done.manifest, as_json)
    if done.left:
        typer.echo(
            f"docproc: the budget is spent; {done.left} of the asks are left. With a larger one, and --replace, the "
            f"same command goes on: what is in {done.journal} is not asked again",
            err=True,
        )


class Progress:
    """A line on standard error now and then."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            typer.echo(f"docproc: {done} of at most {total} asks done", err=True)
