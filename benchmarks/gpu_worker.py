"""A fleet's worker with a small Qwen model against that model's engine alone on the same pages."""

from __future__ import annotations

import itertools
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say
from benchmarks.support.bare_model import Passes
from benchmarks.support.fleet import Fleet, fleet_in
from benchmarks.support.models import ASKS, lacking
from benchmarks.support.pdfs import born_digital
from docproc.core.types import Completion, Prompt
from docproc.engines import Engine

# `pages` wait when the worker begins, in two documents, and as many are submitted at that moment.
OPTIONS = {"pages": 4, "rounds": 3, "batch": 4, "new_tokens": 24, "threads": 1}
SHOWN = {"TILES": "tiles", "OVERVIEW_TOKENS": "110", "TILE": "320", "GRIDS": "2x3", "BOXES": "never"}
SET = "gpu_worker"


def run(say: Say, options: Options) -> Figures:
    if lacks := lacking():
        return {"missing": f"not installed: {', '.join(lacks)} (./do setup qwen)"}
    from tests.models.small import MILLIONS_38, build

    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        shown = {**SHOWN, "MODEL": str(build(folder / "model", "qwen3_vl", base=MILLIONS_38)), "DEVICE": "cpu"}
        shown |= {"BATCH": str(options["batch"]), "THREADS": str(options["threads"])}
        shown["MAX_NEW_TOKENS"] = str(options["new_tokens"])
        settings = {f"DOCPROC_QWEN_{key}": value for key, value in shown.items()}
        fleet = stack.enter_context(fleet_in(folder / "fleet", **settings, DOCPROC_ENGINE="qwen", HF_HUB_OFFLINE="1"))
        _write_set(fleet.docproc.home / "sets")
        stack.enter_context(_environment(fleet.docproc.environment()))
        bench = stack.enter_context(_bench(fleet, folder, options))
        bench.worker(2)  # loads the model, starts the processes
        rounds = []
        for number in range(options["rounds"]):
            rounds.append(bench.round(options["pages"], alone_first=number % 2 == 1))
            say(f"  round {number + 1}: {rounds[-1]}")
        pages = 2 * options["pages"]
    middle = {key: round(median(one[key] for one in rounds), 3) for key in rounds[0]}
    return {
        "ratio_to_engine": middle["ratio"],
        "ratio_of_model_shares": round(middle["model"] / middle["model alone"], 3),
        "batch_fill": middle["fill"],
        "engine_idle_share": middle["idle"],
        "model_share": middle["model"],
        "model_share_of_engine_alone": middle["model alone"],
        "pages_per_second": round(pages / middle["seconds"], 3),
    }


@dataclass
class Clocked:
    """The engine, kept open between shifts, asked everything once (no retries), with what it was asked and when."""

    engine: Engine
    threads: int
    calls: list[tuple[float, float, Sequence[Prompt]]] = field(default_factory=list)
    manners: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        import torch

        # OpenMP counts threads per thread, and those that call are the worker's in one case and ours in the other.
        torch.set_num_threads(self.threads)
        began = time.perf_counter()
        said = self.engine.complete(prompts)
        self.calls.append((began, time.perf_counter(), prompts))
        return said

    def close(self) -> None:
        """Later."""

    def busy(self) -> float:
        """Seconds in which at least one call was under way."""
        total, until = 0.0, 0.0
        for began, ended, _ in sorted(self.calls, key=lambda call: call[0]):
            total += max(0.0, ended - max(began, until))
            until = max(until, ended)
        return total


@dataclass
class Bench:
    """The fleet, of which this process is the worker that asks; another one draws."""

    fleet: Fleet
    folder: Path
    parts: Any
    open_parts: Any
    engine: Clocked
    passes: Passes | None = None
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def round(self, pages: int, alone_first: bool) -> dict[str, float]:
        """One of each. The engine alone answers the prompts of the worker of this round, or of the one before it."""
        earlier = self._asked() if alone_first else []
        if earlier:
            alone = self.alone(earlier)
            asked = self.worker(pages)
        else:
            asked = self.worker(pages)
            prompts = self._asked()
            kept = list(self.engine.calls)
            alone = self.alone(prompts)
            self.engine.calls[:] = kept
        return {"ratio": alone["seconds"] / asked["seconds"], "model alone": alone["model"], **asked}

    def worker(self, pages: int) -> dict[str, float]:
        """As many pages again are submitted when the shift begins. Seconds until the last answer is stored."""
        from docproc.service.fleet import Shift, ask_for

        self.fleet.empty()
        self._submit(pages // 2, pages - pages // 2)
        while self.fleet.number("SELECT count(*) FROM tasks WHERE stage = 'ask' AND number > 0") < pages:
            time.sleep(0.1)
        self.engine.calls.clear()
        late = threading.Thread(target=self._submit, args=(pages // 2, pages - pages // 2))
        began, clock = time.perf_counter(), time.time()
        late.start()
        with closing(self.parts.queue("celery")) as bell, self._timed() as passes:
            while self.fleet.number("SELECT count(*) FROM tasks WHERE number > 0 AND state = 'answered'") < 2 * pages:
                ask_for(self.parts, self.open_parts, bell, Shift(300.0, lambda: False))
        late.join()
        seconds = self.fleet.number("SELECT max(finished_at) FROM tasks WHERE number > 0") - clock
        fill = [len(prompts) / self.engine.batch for _, _, prompts in self.engine.calls]
        first = min(call[0] for call in self.engine.calls) - began
        return {
            "seconds": seconds,
            "fill": sum(fill) / len(fill),
            "idle": 1 - self.engine.busy() / seconds,
            "before the first call": first,
            "model": passes.seconds / seconds,
        }

    def alone(self, prompts: list[Prompt]) -> dict[str, float]:
        """The engine at its best: full batches, as many threads as it likes."""
        size = self.engine.batch
        batches: queue.SimpleQueue[list[Prompt]] = queue.SimpleQueue()
        for at in range(0, len(prompts), size):
            batches.put(prompts[at : at + size])

        def lane() -> None:
            while not batches.empty():
                try:
                    self.engine.complete(batches.get_nowait())
                except queue.Empty:
                    return

        began = time.perf_counter()
        with self._timed() as passes, ThreadPoolExecutor(self.engine.lanes) as pool:
            for ended in [pool.submit(lane) for _ in range(self.engine.lanes)]:
                ended.result()
        seconds = time.perf_counter() - began
        return {"seconds": seconds, "model": passes.seconds / seconds}

    def _asked(self) -> list[Prompt]:
        return [prompt for _, _, prompts in self.engine.calls for prompt in prompts]

    @contextmanager
    def _timed(self) -> Iterator[Passes]:
        if self.passes is None:
            self.passes = Passes(self.engine)
        with self.passes:
            yield self.passes

    def _submit(self, *counts: int) -> None:
        pdfs = [born_digital(self.folder / f"{next(self.numbers)}.pdf", count) for count in counts if count]
        for pdf in pdfs:  # other bytes each time: another document
            pdf.write_bytes(pdf.read_bytes() + f"% {pdf.name}\n".encode())
        self.fleet.docproc("run", *map(str, pdfs), "-q", SET, "--no-wait")


@contextmanager
def _bench(fleet: Fleet, folder: Path, options: Options) -> Iterator[Bench]:
    from docproc import wiring
    from docproc.service.work.opening import opened

    fleet.start("raster,io")
    parts = wiring.assembled()
    engine = parts.engine("qwen")
    clocked = Clocked(engine, options["threads"])
    with closing(parts.database), closing(engine):
        made = replace(parts, engine=lambda _: clocked)
        with opened(made, "qwen") as open_parts:
            yield Bench(fleet, folder, made, open_parts, clocked)


def _write_set(sets: Path) -> None:
    lines = [f"  - {{key: the_{ask.key}, ask: '{ask.ask}', type: {ask.kind}, pages: '*'}}" for ask in ASKS]
    text = f"name: {SET}\ndescription: Eight questions\nquestions:\n" + "\n".join(lines)
    sets.mkdir(parents=True, exist_ok=True)
    (sets / f"{SET}.yaml").write_text(text)


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
