"""docproc metrics."""

from __future__ import annotations

import sys
import threading

import typer


def metrics(
    serve: str = typer.Option(
        "", "--serve", metavar="HOST:PORT", help="Answer HTTP requests there until Ctrl-C; PORT alone: on this machine."
    ),
) -> None:
    """Print the fleet's figures in Prometheus' text format, or serve them."""
    from docproc import wiring
    from docproc.service.metrics import new_registry, text
    from docproc.service.metrics import serve as listen

    with wiring.opened() as parts:
        registry = new_registry(parts.database)
        if not serve:
            sys.stdout.write(text(registry))
            return
        address, end = listen(registry, serve)
        typer.echo(f"docproc: metrics at http://{address}/metrics", err=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return  # how a person ends it
        finally:
            end()
