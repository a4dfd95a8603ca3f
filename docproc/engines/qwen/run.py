"""Answer prepared prompts: several pages at a time, fewer where memory ends."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Sequence
from itertools import chain

import torch

from docproc.core.errors import EngineUnavailable, PageFailed
from docproc.core.types import Completion
from docproc.engines.qwen.choose import Voices
from docproc.engines.qwen.expanded import expanded
from docproc.engines.qwen.families import Way
from docproc.engines.qwen.load import Loaded
from docproc.engines.qwen.net import Net, Sight
from docproc.engines.qwen.packed import packed
from docproc.engines.qwen.plain import plain
from docproc.engines.qwen.prepare import Prepared
from docproc.engines.qwen.replies import completion

FULL = re.compile(r"out of memory|can't allocate memory")  # what a CPU and Apple's GPU say
WAYS: dict[Way, Callable[[Net, Sequence[Sight], Voices], None]] = {
    "packed": packed,
    "expanded": expanded,
    "plain": plain,
}


class Runner:
    """Runs a loaded model. One thread at a time."""

    def __init__(self, loaded: Loaded, way: Way) -> None:
        self._loaded, self._way = loaded, WAYS[way]

    def answer(self, prompts: Sequence[Prepared], most: int) -> list[Completion]:
        """A completion per prompt, in their order; at most `most` of them at once, fewer where memory ends.

        Raises PageFailed where a single prompt does not fit into memory.
        """
        # Pages of like length and shape together: a batch is as wide as its longest.
        order = sorted(range(len(prompts)), key=lambda at: prompts[at].shape, reverse=True)
        found: dict[int, Completion] = {}
        while order:
            now, rest = order[:most], order[most:]
            said = self._together([prompts[at] for at in now])
            if said is None:
                if len(now) == 1:
                    raise _too_large(prompts[now[0]])
                most = max(1, len(now) // 2)
                continue
            found.update(zip(now, said, strict=True))
            order = rest
        return [found[at] for at in range(len(prompts))]

    def _together(self, prompts: list[Prepared]) -> list[Completion] | None:
        """The completions of a batch; None where it does not fit into memory.

        Raises EngineUnavailable where the device failed.
        """
        try:
            return self._batch(prompts)
        except torch.AcceleratorError as error:
            raise EngineUnavailable(f"the device failed; start the process again: {error}") from error
        except RuntimeError as error:
            if not (isinstance(error, torch.OutOfMemoryError) or FULL.search(str(error))):
                raise
        # Outside, where the error no longer holds what filled the memory.
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return None

    def _batch(self, prompts: list[Prepared]) -> list[Completion]:
        voices = Voices(
            self._loaded.speaker,
            list(chain.from_iterable(one.schemas for one in prompts)),
            list(chain.from_iterable(one.limits for one in prompts)),
            [one.prompt.manner for one in prompts for _ in one.limits],
        )
        with torch.inference_mode():
            self._way(self._loaded.net, [one.sight for one in prompts], voices)
        completions, number = [], 0
        for one in prompts:
            said = [voices.said(number + at) for at in range(len(one.limits))]
            number += len(one.limits)
            convention = self._loaded.family.convention
            completions.append(completion(one, said, self._loaded.tokenizer, convention))
        return completions


def _too_large(prepared: Prepared) -> PageFailed:
    page = prepared.prompt.pages[0]
    return PageFailed(
        f"page {page.number} of document {page.document[:12]} with {len(prepared.prompt.pages)} page(s), "
        f"{len(prepared.limits)} question(s) and {prepared.tokens} tokens does not fit into the device's memory: lower "
        "DOCPROC_QWEN_PAGE_TOKENS or DOCPROC_QWEN_MAX_NEW_TOKENS, or take a smaller model",
        "out_of_memory",
    )
