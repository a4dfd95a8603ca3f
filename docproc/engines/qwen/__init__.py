"""Vision-language models in this process: Qwen-VL and, by the same code, other image-text-to-text models.

A page is taken in once and shared by all its questions. Nothing heavy is imported before the first prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from threading import Lock
from typing import TYPE_CHECKING

from docproc.core.errors import EngineUnavailable, MissingExtra, UsageError
from docproc.core.tiles import Tiling
from docproc.core.types import Completion, Prompt
from docproc.engines._looking import tiling_of
from docproc.engines.qwen.families import Family, Way, family_of, ways_of
from docproc.engines.qwen.fingerprint import fingerprint
from docproc.engines.qwen.identity import Source, find
from docproc.engines.qwen.settings import QwenSettings, read_settings
from docproc.imaging.store import ImageStore

if TYPE_CHECKING:
    from docproc.engines.qwen.work import Work

PROMPT_TOKENS = 16_384  # of images that one prompt may show
MOST_PAGES = 32
BATCH_GPU, BATCH_CPU = 32, 4  # prompts a call; how many are in flight together is seen from the memory that is free


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, before anything is loaded."""

    settings: QwenSettings
    model: Source
    adapter: Source | None
    family: Family
    tiling: Tiling
    way: Way


class QwenEngine:
    """Answers with a model in this process. The model is loaded for the first prompt.

    Two threads may be inside `complete`: while one has the model, the other cuts and reads the images of its pages.
    """

    name = "qwen"
    lanes = 2
    manners = frozenset({"temperature", "turn", "closer"})

    def __init__(self, choice: Choice, images: ImageStore) -> None:
        self.choice = choice
        self.fingerprint = fingerprint(choice.settings, choice.model, choice.adapter, choice.tiling)
        self.pages = choice.settings.pages or max(1, min(MOST_PAGES, PROMPT_TOKENS // choice.tiling.overview_tokens))
        self.glances = choice.tiling.policy == "second_look"
        self._images = images
        self._work: Work | None = None
        self._closed = False
        self._lock = Lock()

    @cached_property
    def batch(self) -> int:
        """How many prompts one call likes: more where there is a GPU to look for."""
        settings = self.choice.settings
        if settings.batch or settings.device in ("cpu", "mps"):
            return settings.batch or BATCH_CPU
        from docproc.engines.qwen.load import device_of  # noqa: PLC0415 - imports torch

        return BATCH_GPU if device_of(settings.device).type == "cuda" else BATCH_CPU

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """One completion per prompt, in their order.

        Raises UsageError where the model cannot be loaded, PageFailed where a page cannot be shown to it or does not
        fit into memory.
        """
        if not any(prompt.asks for prompt in prompts):
            return [Completion(()) for _ in prompts]
        return self._ready().complete(prompts)

    def close(self) -> None:
        """Free the model."""
        with self._lock:
            work, self._work, self._closed = self._work, None, True
        if work is not None:
            from docproc.engines.qwen.work import forget  # noqa: PLC0415 - imports torch

            work.close()
            del work
            forget()

    def _ready(self) -> Work:
        with self._lock:
            if self._closed:
                raise EngineUnavailable("the qwen engine is closed")
            if self._work is None:
                from docproc.engines.qwen.load import load  # noqa: PLC0415 - imports torch and transformers
                from docproc.engines.qwen.work import Work  # noqa: PLC0415 - imports torch and transformers

                choice = self.choice
                loaded = load(choice.settings, choice.model, choice.adapter, choice.family)
                self._work = Work(loaded, choice.way, choice.tiling, self._images, choice.settings)
            return self._work


def create(settings: Mapping[str, str], images: ImageStore) -> QwenEngine:
    """The engine. Reads the settings and the model's configuration; nothing is loaded yet.

    Raises MissingExtra where a library is missing, UsageError for a wrong setting or a model that there is not,
    EngineUnavailable where the hub is away and the model not in its cache.
    """
    for library in ("torch", "transformers", "llguidance"):
        if find_spec(library) is None:
            raise MissingExtra("qwen", "the qwen engine")
    chosen = read_settings(settings)
    if chosen.adapter and find_spec("peft") is None:
        raise MissingExtra("lora", f"DOCPROC_QWEN_ADAPTER={chosen.adapter}")
    model = find(chosen.model, chosen.revision)
    adapter = find(chosen.adapter, "", "adapter_config.json") if chosen.adapter else None
    family = family_of(model.config)
    if chosen.boxes == "always" and family.convention is None:
        raise UsageError(f"DOCPROC_QWEN_BOXES=always: {family.name} was not taught to write boxes; never works")
    tiling = tiling_of(settings, family.factor, "qwen")
    return QwenEngine(Choice(chosen, model, adapter, family, tiling, _way(chosen, family)), images)


def _way(settings: QwenSettings, family: Family) -> Way:
    ways = ways_of(family, settings.attention)
    if settings.way == "auto":
        return ways[0]
    if settings.way not in ways:
        raise UsageError(
            f"DOCPROC_QWEN_WAY={settings.way}: for {family.name} with DOCPROC_QWEN_ATTENTION={settings.attention} it "
            f"is not proven to give the answers of the plain way; there are: auto, {', '.join(ways)}"
        )
    return settings.way
