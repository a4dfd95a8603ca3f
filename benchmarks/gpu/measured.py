"""The engine at work with a clock in it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import torch

from benchmarks.gpu.limits import prefill_flops, slot_bytes, wait, weight_bytes
from docproc.core.tiles import Tiling
from docproc.core.types import Prompt
from docproc.engines.qwen import QwenEngine
from docproc.engines.qwen.attention import use_grouped
from docproc.engines.qwen.choose import Speaker
from docproc.engines.qwen.families import Family, Way
from docproc.engines.qwen.load import Loaded
from docproc.engines.qwen.memory import pages_in_flight
from docproc.engines.qwen.net import Net, Sight
from docproc.engines.qwen.prepare import Prepared, prepare
from docproc.engines.qwen.run import Runner
from docproc.engines.qwen.settings import QwenSettings
from docproc.engines.qwen.work import Work
from docproc.imaging.store import ImageStore


class ClockedNet(Net):
    """Notes, while `on`, what was done: seconds, operations and bytes of taking in pages, of their asks, of steps."""

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self.on = False
        self.sums: Counter[str] = Counter()
        self._fresh = False
        self._weights, self._slot = weight_bytes(model), slot_bytes(model)

    def see(self, sights: Sequence[Sight], cache: Any) -> list[int]:
        self._fresh = True
        if not self.on:
            return super().see(sights, cache)
        began = self._now()
        after = super().see(sights, cache)
        self.sums["prefill_seconds"] += self._now() - began  # type: ignore[assignment]  # a Counter may hold floats
        for sight in sights:
            patches = sight.vision["image_grid_thw"].prod(-1).tolist()
            self.sums["prefill_tokens"] += sight.length
            self.sums["prefill_flops"] += int(prefill_flops(self.model, sight.length, patches))
        return after

    def go_on(self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor | None, cache: Any) -> torch.Tensor:
        if not self.on:
            return super().go_on(ids, positions, mask, cache)
        asks, self._fresh = self._fresh, False
        began = self._now() if asks else 0.0
        hidden = super().go_on(ids, positions, mask, cache)
        if asks:
            self.sums["ask_seconds"] += self._now() - began  # type: ignore[assignment]  # as above
        else:
            slots = ids.shape[0] * cache.get_seq_length()
            self.sums["steps"] += 1
            self.sums["step_bytes"] += self._weights + slots * self._slot
        return hidden

    def _now(self) -> float:
        wait(self.device.type)
        return time.perf_counter()


@dataclass(frozen=True, slots=True)
class Bench:
    """A loaded model in the product's engine: the same preparing, batching and ways; only the weights are random."""

    loaded: Loaded
    net: ClockedNet
    images: ImageStore
    new_tokens: int
    settings: QwenSettings = field(init=False)

    def __post_init__(self) -> None:
        made = QwenSettings(model="random", max_new_tokens=self.new_tokens, boxes="never")
        object.__setattr__(self, "settings", made)

    def pages_per_second(self, prompts: Sequence[Prompt], tiling: Tiling, way: Way, batch: int) -> float:
        """Through `complete`, from as many threads as the engine wants, after one batch to warm up."""
        work = Work(self.loaded, way, tiling, self.images, self.settings)
        shares = [prompts[at : at + batch] for at in range(0, len(prompts), batch)]
        device = self.net.device.type
        try:
            work.complete(shares[0])
            wait(device)
            began = time.perf_counter()
            with ThreadPoolExecutor(QwenEngine.lanes) as lanes:
                list(lanes.map(work.complete, shares))
            wait(device)
            return len(prompts) / (time.perf_counter() - began)
        finally:
            work.close()

    def parts(self, prompts: Sequence[Prompt], tiling: Tiling, way: Way) -> dict[str, float]:
        """One batch, prepared beforehand: seconds, tokens, operations and bytes of its parts."""
        prepared = self._prepared(prompts, tiling)
        runner = Runner(self.loaded, way)
        most = pages_in_flight(self.net, prepared, self.settings.memory, self.settings.batch)
        self.net.sums.clear()
        self.net.on = True
        try:
            wait(self.net.device.type)
            began = time.perf_counter()
            said = runner.answer(prepared, most)
            wait(self.net.device.type)
            wall = time.perf_counter() - began
        finally:
            self.net.on = False
        sums = {name: float(value) for name, value in self.net.sums.items()}
        sums["wall"], sums["said"] = wall, float(sum(one.tokens_out for one in said))
        sums["decode_seconds"] = wall - sums["prefill_seconds"] - sums["ask_seconds"]
        sums["in_flight"] = float(min(most, len(prepared)))
        return sums

    def busy(self, prompts: Sequence[Prompt], tiling: Tiling, way: Way) -> float | None:
        """Share of the time in which the GPU computes; None without one."""
        if self.net.device.type != "cuda":
            return None
        from torch.profiler import ProfilerActivity, profile

        prepared = self._prepared(prompts, tiling)
        runner = Runner(self.loaded, way)
        most = pages_in_flight(self.net, prepared, self.settings.memory, self.settings.batch)
        torch.cuda.synchronize()
        with profile(activities=[ProfilerActivity.CUDA]) as seen:
            began = time.perf_counter()
            runner.answer(prepared, most)
            torch.cuda.synchronize()
            wall = time.perf_counter() - began
        microseconds = sum(event.self_device_time_total for event in seen.key_averages())
        return float(microseconds / 1e6 / wall)

    def _prepared(self, prompts: Sequence[Prompt], tiling: Tiling) -> list[Prepared]:
        given = (self.loaded, tiling, self.images, self.settings)
        return [prepare(prompt, *given) for prompt in prompts]


def loaded(model: Any, processor: Any, family: Family) -> tuple[Loaded, ClockedNet]:
    """The model as the engine's `load` hands it on."""
    use_grouped(model)
    net = ClockedNet(model)
    threads = torch.get_num_threads() if net.device.type == "cuda" else 1
    width = int(model.get_output_embeddings().weight.shape[0])
    speaker = Speaker(processor.tokenizer, [processor.tokenizer.eos_token_id], width, threads)
    return Loaded(net, processor, speaker, family), net
