"""docproc serve."""

from __future__ import annotations

from contextlib import closing, nullcontext

import typer

from docproc.core.errors import MissingExtra, UsageError

_OPEN = "open to whoever is logged in on this machine, since there is no API key: docproc keys create makes one"
_CLOSED = "answers to API keys and sessions: docproc keys lists them"


def serve(
    host: str = typer.Option(
        "127.0.0.1", "--host", metavar="ADDRESS", help="Where to listen; beyond this machine it needs keys."
    ),
    port: int = typer.Option(8420, "--port", min=0, max=65535, help="The port; 0: a free one."),
    work: bool = typer.Option(True, "--work/--no-work", help="Whether this machine works on the jobs as well."),
) -> None:
    """Serve the job API and the web pages, until Ctrl-C."""
    from docproc import wiring
    from docproc.service import log
    from docproc.service.hands import hands
    from docproc.service.keys import any_keys

    try:
        from docproc.api import server
        from docproc.api.context import Context
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("docproc"):
            raise  # a fault of ours, which no extra mends
        raise MissingExtra("serve", "docproc serve") from error
    log.set_up(*wiring.log_settings())
    with wiring.opened() as parts, closing(wiring.faces_queue(parts)) as queue:
        alone, keys = server.is_loopback(host), any_keys(parts.database)
        if not alone and not keys:
            raise UsageError(
                f"{host} is open to others, and there is no API key: docproc keys create NAME --scope read"
            )
        serving = wiring.serving()
        context = Context(parts, queue, serving, alone and not keys, server.person())
        with server.listening(host, port) as listener:
            limit = {} if serving.pages is None else {"DOCPROC_MAX_PAGES": str(serving.pages)}
            said = [_CLOSED if keys else _OPEN, _hands(work, queue.name)]
            said.append(f"listening at {server.address_of(listener)}; Ctrl-C ends it")
            with hands(parts, queue, limit) if work else nullcontext():
                server.serve(
                    context, listener, lambda: typer.echo("\n".join(f"docproc: {line}" for line in said), err=True)
                )
    typer.echo("docproc: stopped", err=True)


def _hands(work: bool, queue: str) -> str:
    if queue != "local":
        return "jobs are done by the fleet of Celery workers"
    return "jobs are done here" if work else "jobs wait for docproc work, here or elsewhere"
