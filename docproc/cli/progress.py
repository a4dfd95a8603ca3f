"""A running job, shown: a live line on a terminal, a line now and then elsewhere, a summary at the end."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from docproc.service.events import Ended, Event, Finished, Progress, Started

_EVERY = 5.0  # seconds between lines where there is no terminal
_SHOWN = 8  # failures that are listed


class Display:
    """Shows events. Standard output carries only what was asked for; progress goes to standard error."""

    def __init__(self, as_json: bool) -> None:
        self.finished: Finished | None = None
        self._json = as_json
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, refresh_per_second=8, transient=True)
        self._set_name = ""
        self._last = 0.0
        self._bad: list[Ended] = []

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, Started):
            self._set_name = event.set_name
            what = f"question set '{event.set_name}', engine '{event.engine}' ({event.why}), job {event.job_id}"
            self._console.print(f"docproc: {what}", soft_wrap=True, markup=False)
        elif isinstance(event, Ended):
            self._ended(event)
        elif isinstance(event, Progress):
            self._progress(event)
        else:
            self.finished = event
            self._live.stop()
            self._summary(event)

    def _ended(self, event: Ended) -> None:
        if self._json:
            sys.stdout.write(json.dumps(event.line, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        if event.result.status != "succeeded":
            self._bad.append(event)

    def _progress(self, event: Progress) -> None:
        done = sum(event.pages.values())
        rate = done / event.seconds if event.seconds > 0 else 0.0
        line = f"{event.documents_ended}/{event.files_seen} documents, {done} pages, {rate:.1f} pages/s"
        failed = event.pages.get("failed", 0)
        if failed:
            line += f", {failed} failed"
        if event.failures:  # what fails elsewhere in a fleet is told when its document ends
            path, number, code, _ = event.failures[-1]
            line += f" (last: {Path(path).name}, page {number}: {code})"
        if self._console.is_terminal:
            self._live.update(Text(line, overflow="ellipsis", no_wrap=True))
        elif event.seconds - self._last >= _EVERY:
            self._last = event.seconds
            self._console.print(line, soft_wrap=True)

    def _summary(self, event: Finished) -> None:
        for bad in self._bad[:_SHOWN]:
            reason = (bad.result.message or "see docproc show").removeprefix(f"{bad.result.path}: ")
            self._console.print(Text(f"{bad.result.outcome}  {bad.result.path}: {reason}"), soft_wrap=True)
        if len(self._bad) > _SHOWN:
            where = f"job {event.job_id} in the view job_files"
            self._console.print(f"… and {len(self._bad) - _SHOWN} more: see {where} (docproc sql)")
        if event.skipped:
            kinds = ", ".join(f"{count} {suffix}" for suffix, count in sorted(event.skipped.items()))
            self._console.print(f"passed over, neither PDF nor image by their name: {kinds}")
        pages, statuses = event.pages, event.statuses
        total = sum(pages.values())
        rate = f", {total / event.seconds:.1f} pages/s" if event.seconds > 0 else ""
        table = Table("", "total", "good", "partial", "blank", "failed", caption=f"{event.seconds:.1f} s{rate}")
        counts = [statuses.get(status, 0) for status in ("succeeded", "partial", "failed")]
        table.add_row("documents", str(sum(counts)), str(counts[0]), str(counts[1]), "", str(counts[2]))
        now = [pages.get(state, 0) for state in ("answered", "blank", "failed")]
        table.add_row("pages, this run", str(total), str(now[0]), "", str(now[1]), str(now[2]))
        self._console.print(table)
        if not self._json and counts[0] + counts[1]:
            select = " ".join(("select * from", self._set_name))
            typer.echo(f'next: docproc sql "{select}"', err=True)


def exit_code(finished: Finished | None) -> int:
    """0: all succeeded; 2: some failed or are partial; 3: nothing succeeded."""
    statuses = finished.statuses if finished is not None else {}
    good, partial, failed = (statuses.get(status, 0) for status in ("succeeded", "partial", "failed"))
    if not partial and not failed:
        return 0
    return 2 if good or partial else 3
