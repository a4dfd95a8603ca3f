"""What docproc costs around a model: the time inside of the model over that of the whole pipeline; 1 is nothing."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.support import Figures, Options, Say
from benchmarks.support.bare_model import BareModel, Passes
from benchmarks.support.models import ASKS, by_turns, lacking, opened
from benchmarks.support.pdfs import born_digital
from docproc.core.types import Completion, Prompt
from docproc.engines import Engine
from docproc.imaging import Renderer
from docproc.imaging.store import ImageStore

OPTIONS = {"pages": 8, "rounds": 3, "new_tokens": 24, "threads": 1}
SHOWN = {"tiles": "tiles", "overview_tokens": "110", "tile": "320", "grids": "2x3", "boxes": "never"}
SET = "engine_benchmark"


def run(say: Say, options: Options) -> Figures:
    if lacks := lacking():
        return {"missing": f"not installed: {', '.join(lacks)} (./do setup qwen)"}
    import torch

    from tests.models.small import MILLIONS_38, build

    # OpenMP counts threads per thread: the engine's setting reaches those that it loads and works in, not this one.
    torch.set_num_threads(options["threads"])
    with TemporaryDirectory() as name:
        folder = Path(name)
        home, images = folder / "home", ImageStore(folder / "images")
        pdf = born_digital(folder / "text.pdf", options["pages"])
        model = build(folder / "model", "qwen3_vl", base=MILLIONS_38)
        numbers = {"threads": str(options["threads"]), "max_new_tokens": str(options["new_tokens"])}
        with opened(model, images, **SHOWN, **numbers) as engine, pipeline(folder, images, engine) as work:
            work.run(pdf, home)  # starts the children, loads the model
            calls, shares = list(work.engine.calls), []
            bare, passes = BareModel(engine, calls), Passes(engine)

            def whole() -> None:
                began = time.perf_counter()
                with passes:
                    work.run(pdf, home)
                shares.append(passes.seconds / (time.perf_counter() - began))

            say(f"{options['pages']} pages of {len(ASKS)} questions, in {len(calls)} calls")
            laps = by_turns(say, options["rounds"], {"pipeline": whole, "bare": bare.run})
    return {
        "ratio_to_bare_model": round(median(shares), 3),
        "ratio_to_the_passes_again": laps.ratio("bare", "pipeline"),
        "pages_per_second": round(options["pages"] / laps.least("pipeline"), 3),
        "bare_pages_per_second": round(options["pages"] / laps.least("bare"), 3),
    }


@dataclass
class Kept:
    """The engine for several runs: it stays open, is asked everything once (no retries), and notes what it is asked."""

    engine: Engine
    calls: list[Sequence[Prompt]] = field(default_factory=list)
    manners: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        self.calls.append(prompts)
        return self.engine.complete(prompts)

    def close(self) -> None:
        """Later."""


class Open(Renderer):
    """A renderer whose children stay for the next run."""

    def close(self) -> None:
        """Later."""


@dataclass
class Pipeline:
    """`docproc run` in this process, with an engine and rendering children that are ready."""

    parts: Any
    engine: Kept

    def run(self, pdf: Path, home: Path) -> None:
        """The document, on an empty database."""
        from docproc.service.run import run as docproc_run
        from docproc.store.database import open_database

        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        self.engine.calls.clear()
        database = open_database(f"sqlite:///{home / 'docproc.db'}")
        try:
            database.upgrade()
            events = list(docproc_run(replace(self.parts, home=home, database=database), [str(pdf)], SET, "qwen"))
        finally:
            database.close()
        assert events


@contextmanager
def pipeline(folder: Path, images: ImageStore, engine: Engine) -> Iterator[Pipeline]:
    """Ready to run; the children end with it."""
    from docproc import wiring

    sets = folder / "sets"
    sets.mkdir()
    lines = [f"  - {{key: the_{ask.key}, ask: '{ask.ask}', type: {ask.kind}, pages: '*'}}" for ask in ASKS]
    (sets / f"{SET}.yaml").write_text(f"name: {SET}\ndescription: Eight questions\nquestions:\n" + "\n".join(lines))
    os.environ["DOCPROC_HOME"] = str(folder / "unused")
    parts = wiring.assembled()
    parts.database.close()
    first = parts.renderer()
    settings, limits, workers = first.settings, first.limits, 1
    first.close()
    renderer = Open(settings, limits, images.root, workers)
    kept = Kept(engine)
    try:
        made = replace(parts, images=images, set_folders=(sets,), renderer=lambda: renderer, engine=lambda _: kept)
        yield Pipeline(made, kept)
    finally:
        Renderer.close(renderer)
