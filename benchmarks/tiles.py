"""What a page costs under each tile policy: visual tokens, seconds to cut its images, seconds of a small model."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import get_args

from PIL import Image

from benchmarks.support import Figures, Options, Say
from benchmarks.support.pairs import timed
from benchmarks.support.scans import DPI, scans
from docproc.core.questions import Question
from docproc.core.tiles import Policy
from docproc.core.types import Page, Prompt
from docproc.engines import create_engine
from docproc.engines._looking import look, tiling_of
from docproc.imaging.store import ImageStore

OPTIONS = {"pages": 4, "rounds": 3, "model_rounds": 2, "new_tokens": 8, "threads": 1}
FACTORS = (28, 32)  # Qwen2.5-VL, Qwen3-VL
FIELDS = ("title", "author", "date", "number", "total", "currency", "sender", "recipient")


def run(say: Say, options: Options) -> Figures:
    figures: Figures = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        images = ImageStore(folder / "images")
        pages = stored(images, scans(folder, options["pages"]))
        for factor in FACTORS:
            for policy in get_args(Policy):
                figures |= cutting(images, pages, policy, factor, options["rounds"])
                say(f"{policy}, factor {factor}: {figures[f'tokens/{policy}/{factor}']} visual tokens")
        figures |= thinking(say, folder / "model", images, pages[0], options)
    return figures


def stored(images: ImageStore, files: list[Path]) -> list[Page]:
    """The scans as pages: A4 at 150 dpi, grey, dense text."""
    pages = []
    for number, file in enumerate(files, start=1):
        name = images.put(file.read_bytes(), ".jpg")
        with Image.open(file) as image:
            pages.append(Page("a" * 64, number, name, *image.size, DPI))
    return pages


def cutting(images: ImageStore, pages: list[Page], policy: str, factor: int, rounds: int) -> Figures:
    """Of a page, on average: images, visual tokens, and seconds from the stored JPEG to the images, in one thread."""
    tiling = tiling_of({"tiles": policy}, factor)
    seen = [look(Prompt((page,), ()), tiling, images) for page in pages]
    seconds = [timed(partial(look, Prompt((page,), ()), tiling, images)) for page in pages * rounds]
    tokens = sum(one.tile.tokens(factor) for shown in seen for one in shown)
    return {
        f"images/{policy}/{factor}": round(sum(map(len, seen)) / len(pages), 1),
        f"tokens/{policy}/{factor}": round(tokens / len(pages)),
        f"seconds/{policy}/{factor}": round(median(seconds), 4),
    }


def thinking(say: Say, folder: Path, images: ImageStore, page: Page, options: Options) -> Figures:
    """Seconds in which a Qwen3-VL of 38 million random parameters answers 8 questions about a page, the best of some
    rounds in which the policies take turns.
    """
    if not options["model_rounds"]:
        return {}
    lacks = [library for library in ("torch", "transformers", "llguidance") if find_spec(library) is None]
    if lacks:
        return {"model_missing": f"not installed: {', '.join(lacks)} (pip install 'docproc[qwen]')"}
    from tests.models.small import MILLIONS_38, build

    os.environ["HF_HUB_OFFLINE"] = "1"
    model = str(build(folder, "qwen3_vl", base=MILLIONS_38))
    asks = tuple(Question(field, f"What is the {field}?", "string") for field in FIELDS)
    seconds: dict[str, list[float]] = {policy: [] for policy in get_args(Policy)}
    with ExitStack() as stack:
        engines = {}
        for policy in seconds:
            settings = {"model": model, "device": "cpu", "tiles": policy, "threads": str(options["threads"])}
            settings["max_new_tokens"] = str(options["new_tokens"])
            engines[policy] = stack.enter_context(closing(create_engine("qwen", settings, images)))
            engines[policy].complete([Prompt((page,), asks[:1])])  # loads the model
        for _ in range(options["model_rounds"]):
            for policy, taken in seconds.items():
                taken.append(timed(partial(engines[policy].complete, [Prompt((page,), asks)])))
                say(f"{policy}: {taken[-1]:.2f} s for {len(asks)} questions")
    return {"questions": len(asks)} | {f"model_seconds/{policy}/32": round(min(t), 2) for policy, t in seconds.items()}
