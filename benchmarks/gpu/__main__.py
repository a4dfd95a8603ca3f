"""python -m benchmarks.gpu: see the package's docstring."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import benchmarks.gpu
from benchmarks.gpu.setup import use

# second_look begins with the overview alone, and shows what tiles shows where that was not enough.
POLICIES = ("native", "overview", "tiles", "textbook")
WAYS = ("packed", "expanded")
Figures = dict[str, Any]


def main(given: Sequence[str] | None = None) -> int:
    options = _options(given)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    use()
    from benchmarks.support.models import lacking

    if lacks := lacking():
        say(f"not installed: {', '.join(lacks)}\n{benchmarks.gpu.__doc__}")
        return 4
    figures = measured(options)
    text = json.dumps(figures, indent=2)
    if options.json:
        Path(options.json).write_text(text + "\n", "utf-8")
    print(text)
    return 0


def measured(options: argparse.Namespace) -> Figures:
    """All figures, by size and policy."""
    import torch
    import transformers

    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    figures: Figures = {"device": device, "torch": torch.__version__, "transformers": transformers.__version__}
    if device == "cuda":
        figures["device"] = torch.cuda.get_device_name()
    else:
        figures["note"] = "no CUDA here: a small model on the CPU, which shows that it runs and nothing else"
        torch.set_num_threads(1)  # more of them wait for each other on a busy machine
        say(figures["note"])
    from benchmarks.gpu.limits import bandwidth, matmul_flops

    flops, byte_rate = matmul_flops(device, dtype), bandwidth(device)
    figures |= {"matmul_tflops": round(flops / 1e12, 2), "bandwidth_tb": round(byte_rate / 1e12, 3)}
    say(f"{figures['device']}: {figures['matmul_tflops']} TFLOP/s, {figures['bandwidth_tb']} TB/s")
    with TemporaryDirectory() as name:
        for size in options.sizes.split(",") if device == "cuda" else ["small", "small-2.5"]:
            figures[size] = sized(size, Path(name), options, (device, dtype, flops, byte_rate))
            gc.collect()
            if device == "cuda":
                torch.cuda.empty_cache()
    return figures


def sized(size: str, folder: Path, options: argparse.Namespace, chip: tuple[str, Any, float, float]) -> Figures:
    """One model under each policy."""
    from transformers import AutoConfig

    from benchmarks.gpu.measured import Bench, loaded
    from benchmarks.gpu.pages import drawn
    from benchmarks.gpu.shapes import configuration, family_of, made, named, small_folder
    from benchmarks.support.models import ASKS, Textbook
    from docproc.core.types import Prompt
    from docproc.engines.qwen.families import family_of as family_named
    from docproc.engines.qwen.processors import load_processor
    from docproc.imaging.store import ImageStore

    device, dtype, flops, byte_rate = chip
    real = not size.startswith("small")
    kind = family_of(named(size)) if real else {"small": "qwen3_vl", "small-2.5": "qwen2_5_vl"}[size]
    place = small_folder(folder, kind)
    processor = load_processor(str(place), kind)
    config = configuration(named(size)) if real else AutoConfig.from_pretrained(place)
    began = time.perf_counter()
    model = made(config, processor.tokenizer, device, dtype)
    parameters = sum(weight.numel() for weight in model.parameters())
    say(f"{size}: {parameters / 1e9:.2f} billion parameters, made in {time.perf_counter() - began:.0f} s")
    images = ImageStore(folder / "images")
    pages = drawn(images, options.pages if device == "cuda" else 2)
    family = family_named(config.to_dict())
    ready, net = loaded(model, processor, family)
    bench = Bench(ready, net, images, options.new_tokens)
    book = Textbook(model, processor.image_processor, processor.tokenizer)
    prompts = [Prompt((page,), ASKS) for page in pages]
    figures: Figures = {"parameters": parameters, "family": kind, "asks": len(ASKS), "new_tokens": options.new_tokens}
    for policy in options.policies.split(","):
        figures[policy] = dict(shown(bench, book, prompts, (policy, options.ways.split(",")), (flops, byte_rate)))
        say(f"  {policy}: {json.dumps(figures[policy])}")
    if options.train_steps:
        figures["training"] = learnt(bench, pages, options, flops, folder / size)
        say(f"  training: {json.dumps(figures['training'])}")
    return figures


def learnt(bench: Any, pages: Sequence[Any], options: argparse.Namespace, flops: float, folder: Path) -> Figures:
    """The figures of LoRA steps, under `tiles` where that is among the policies."""
    from importlib.util import find_spec

    if lacks := [library for library in ("peft", "accelerate") if find_spec(library) is None]:
        return {"missing": f"not installed: {', '.join(lacks)}"}
    from benchmarks.gpu.training import trained

    policies = options.policies.split(",")
    policy = "tiles" if "tiles" in policies else policies[0]
    return trained(bench.loaded, bench.images, list(pages[:8]), policy, options.train_steps, flops, folder)


def shown(
    bench: Any, book: Any, prompts: Sequence[Any], how: tuple[str, Sequence[str]], limits: tuple[float, float]
) -> Iterator[tuple[str, Any]]:
    """The figures of one policy under each way (`how`), by name, and of the plain loop, which shares nothing.

    Shares are of what the device was measured to do at most.
    """
    from docproc.engines._looking import look, tiling_of
    from docproc.engines.qwen import BATCH_GPU

    (policy, ways), family = how, bench.loaded.family
    tiling = tiling_of({"tiles": policy}, family.factor)
    seen = look(prompts[0], tiling, bench.images)
    yield "images", len(seen)
    yield "visual_tokens", sum(one.tile.tokens(family.factor) for one in seen)
    rates = {way: bench.pages_per_second(prompts, tiling, way, BATCH_GPU) for way in ways}
    for way, rate in rates.items():
        parts = bench.parts(prompts[:BATCH_GPU], tiling, way)
        busy = bench.busy(prompts[:8], tiling, way)
        yield way, shares(parts, rate, limits, min(len(prompts), BATCH_GPU)) | {"gpu_busy": busy}
    began = time.perf_counter()
    book.page([one.image for one in seen], prompts[0].asks, bench.new_tokens)
    plain = 1 / (time.perf_counter() - began)
    yield "plain_pages_per_second", round(plain, 4)
    yield "speedup", round(max(rates.values()) / plain, 2)


def shares(parts: Mapping[str, float], rate: float, limits: tuple[float, float], pages: int) -> Figures:
    """Rates, and the share of each limit that was reached. The whole limit of a page is the sum of both."""
    flops, byte_rate = limits
    computed, read = parts["prefill_flops"] / flops, parts.get("step_bytes", 0) / byte_rate
    limit = pages / (computed + read)
    return {
        "pages_per_second": round(rate, 3),
        "limit_pages_per_second": round(limit, 3),
        "share_of_limit": round(rate / limit, 3),
        "prefill_tokens_per_second": round(parts["prefill_tokens"] / parts["prefill_seconds"]),
        "share_of_arithmetic": round(computed / parts["prefill_seconds"], 3),
        "decode_tokens_per_second": round(parts["said"] / parts["decode_seconds"]),
        "share_of_bandwidth": round(read / parts["decode_seconds"], 3),
        "steps": int(parts.get("steps", 0)),
        "in_flight": int(parts["in_flight"]),
        "seconds_of_a_batch": {name: round(parts[f"{name}_seconds"], 3) for name in ("prefill", "ask", "decode")},
    }


def _options(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=benchmarks.gpu.__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--sizes", default="2b,4b,8b,7b", help="2b, 4b, 8b: Qwen3-VL; 7b: Qwen2.5-VL")
    parser.add_argument("--policies", default=",".join(POLICIES))
    parser.add_argument("--ways", default="packed", help="packed, expanded: how the questions of a page share it")
    parser.add_argument("--pages", type=int, default=96, help="three batches, so that cutting overlaps with the model")
    parser.add_argument("--new-tokens", type=int, default=24, help="longest reply")
    parser.add_argument("--train-steps", type=int, default=12, help="LoRA steps of a page each; 0: none")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as well")
    options = parser.parse_args(given)
    from benchmarks.gpu.shapes import SIZES

    unknown = [size for size in options.sizes.split(",") if size not in SIZES]
    unknown += [policy for policy in options.policies.split(",") if policy not in POLICIES]
    unknown += [way for way in options.ways.split(",") if way not in WAYS]
    if unknown or options.pages < 1 or options.new_tokens < 2:
        parser.error(f"not known or too small: {', '.join(unknown) or 'pages or new-tokens'}")
    return options


def say(text: str) -> None:
    """Progress goes to stderr, so that stdout is the result."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
