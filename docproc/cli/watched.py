"""A watched folder, shown: a line per file as it ends, a summary at the end."""

from __future__ import annotations

import json
import sys
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.text import Text

from docproc.service.watching.news import News, Over, Placed, Told, Watches


class Display:
    """Shows news. Standard output carries a line per file, with `as_json` an object; standard error the rest."""

    def __init__(self, as_json: bool) -> None:
        self.over: Over | None = None
        self._json = as_json
        self._console = Console(stderr=True, highlight=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.stdout.flush()

    def show(self, news: News) -> None:
        """Show one piece of news."""
        if isinstance(news, Watches):
            self._say(f"watching {news.inbox} by {news.how}; a file is taken when it has stood still {news.settle:g} s")
            self._say(f"answered files go to {news.done}, failed ones with their reason to {news.failed}")
        elif isinstance(news, Placed):
            line = json.dumps(news.line, ensure_ascii=False) if self._json else _line(news.line)
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        elif isinstance(news, Told):
            self._say(news.text)
        else:
            self.over = news
            self._summary(news)

    def _say(self, text: str) -> None:
        self._console.print(Text(f"docproc: {text}"), soft_wrap=True)

    def _summary(self, over: Over) -> None:
        named = [(over.statuses.get(status, 0), word) for status, word in _WORDS.items()]
        counts = ", ".join(f"{count} {word}" for count, word in named if count) or "no file came"
        self._say(f"{counts}; {over.seconds:.0f} s")
        if over.in_hand:
            self._say(f"{over.in_hand} files are in hand; start again to go on with them")
        for reason, count in sorted(over.left.items()):
            self._say(f"{count} left alone: {reason}")


_WORDS = {"succeeded": "done", "partial": "partly answered", "failed": "failed", "cancelled": "cancelled"}


def exit_code(over: Over | None) -> int:
    """0: all succeeded; 2: some failed or are partial; 3: nothing succeeded."""
    statuses = over.statuses if over is not None else {}
    good, partly = statuses.get("succeeded", 0), statuses.get("partial", 0)
    bad = sum(statuses.values()) - good
    if not bad:
        return 0
    return 2 if good or partly else 3


def _line(line: dict[str, Any]) -> str:
    shown = f"{_WORDS.get(line['status'], line['status'])}  {line['file']}  {line['outcome']}"
    if line["job"] is not None:
        shown += f"  job {line['job']}"
    if "duplicate_of" in line:
        shown += f"  the same as {line['duplicate_of']['file']} of job {line['duplicate_of']['job']}"
    if line["status"] != "succeeded" and line.get("message"):
        shown += f": {line['message']}"
    return shown
