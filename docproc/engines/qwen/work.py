"""The loaded model at work: prompts are prepared outside its lock, and answered inside."""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock

import torch

from docproc.core.errors import UsageError
from docproc.core.tiles import Tiling
from docproc.core.types import Completion, Prompt
from docproc.engines.qwen.families import Way
from docproc.engines.qwen.load import Loaded
from docproc.engines.qwen.memory import pages_in_flight
from docproc.engines.qwen.prepare import prepare
from docproc.engines.qwen.run import Runner
from docproc.engines.qwen.settings import QwenSettings
from docproc.imaging.store import ImageStore

PREPARERS = 4  # threads that cut images beside a GPU


class Work:
    """Threads may share it: while one has the model, the others prepare."""

    def __init__(self, loaded: Loaded, way: Way, tiling: Tiling, images: ImageStore, settings: QwenSettings) -> None:
        self._loaded, self._settings = loaded, settings
        taken = possible(loaded, way, settings)
        self._runner, self._repeated = Runner(loaded, taken), taken == "expanded"
        self._prepare = partial(prepare, loaded=loaded, tiling=tiling, images=images, settings=settings)
        gpu = loaded.net.device.type == "cuda"
        self._pool = ThreadPoolExecutor(min(PREPARERS, os.cpu_count() or 1)) if gpu else None
        self._lock = Lock()

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """A completion per prompt. Raises PageFailed where a page cannot be shown or does not fit into memory."""
        asked = [prompt for prompt in prompts if prompt.asks]
        prepared = list(self._pool.map(self._prepare, asked) if self._pool else map(self._prepare, asked))
        answered: list[Completion] = []
        if prepared:
            with self._lock:
                memory, batch = self._settings.memory, self._settings.batch
                most = pages_in_flight(self._loaded.net, prepared, memory, batch, self._repeated)
                answered = self._runner.answer(prepared, most)
        coming = iter(answered)
        return [next(coming) if prompt.asks else Completion(()) for prompt in prompts]

    def close(self) -> None:
        """Let the threads end; the caller lets the model go."""
        if self._pool is not None:
            self._pool.shutdown()


def possible(loaded: Loaded, way: Way, settings: QwenSettings) -> Way:
    """The way, or the next that this very model takes. Raises UsageError where the setting names another."""
    if loaded.net.takes(way):
        return way
    if settings.way != "auto":
        raise UsageError(
            f"DOCPROC_QWEN_WAY={way}: this model's attention (a sliding window, or layers of another kind) or its head "
            "does not take it; auto works"
        )
    return next(other for other in loaded.family.ways if loaded.net.takes(other))


def forget() -> None:
    """Give back the memory of a model that nobody holds any more."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
