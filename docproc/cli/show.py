"""docproc show."""

from __future__ import annotations

import json
from pathlib import Path

import typer


def show(
    document: str = typer.Argument(help="A path, a file name, or the first letters of a SHA-256.", metavar="DOCUMENT"),
    questions: str = typer.Option("", "-q", "--questions", metavar="SET", help="Only this set."),
    page: int = typer.Option(0, "--page", min=0, help="The page's own answers; 0: the document's."),
    image: Path = typer.Option(None, "--image", help="Draw the page with the boxes of its answers into this PNG file."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object."),
) -> None:
    """Print a document's answers with status, confidence and evidence."""
    from docproc import wiring
    from docproc.cli.answers import print_document
    from docproc.service.show import draw_page, show_document

    with wiring.opened() as parts:
        shown = show_document(parts, document, questions or None, page)
        if image is not None:
            number = draw_page(parts, shown, page, image)
            typer.echo(f"page {number} of {shown.path}, with its boxes: {image}", err=True)
    if as_json:
        typer.echo(json.dumps(shown.as_json(), ensure_ascii=False))
    else:
        print_document(shown)
