"""A training run, shown: a live line on a terminal, a line now and then elsewhere; Ctrl-C ends it with a checkpoint."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import asdict
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

if TYPE_CHECKING:
    from docproc.service.train import Step

_EVERY = 5.0  # seconds between lines where there is no terminal
_SECONDS_SHOWN = 100


class Display:
    """Shows steps. Standard output carries only JSON lines where they are asked for."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._console = Console(stderr=True, highlight=False)
        self._live = Live(console=self._console, refresh_per_second=4, transient=True)
        self._last = 0.0
        self._held: float | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, step: Step) -> None:
        """Show one step."""
        if self._json:
            sys.stdout.write(json.dumps(asdict(step)) + "\n")
            sys.stdout.flush()
        if step.validation is not None:
            self._held = step.validation
        if step.loss is None:
            return
        parts = [f"step {step.step}/{step.steps}", f"loss {step.loss:.4g}"]
        parts += [f"held out {self._held:.4g}"] if self._held is not None else []
        parts += [f"rate {step.rate:.1e}"] if step.rate is not None else []
        parts += [f"{_time(step.left)} left"] if step.left is not None else []
        line = ", ".join(parts)
        if self._console.is_terminal:
            self._live.update(Text(line, overflow="ellipsis", no_wrap=True))
        elif step.seconds - self._last >= _EVERY:
            self._last = step.seconds
            self._console.print(line, soft_wrap=True)


class Stop:
    """Ctrl-C and SIGTERM, which let the step in hand be ended and kept; the second one ends at once."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._told)

    def _told(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __call__(self) -> bool:
        return self.asked


def _time(seconds: float) -> str:
    if seconds < _SECONDS_SHOWN:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
