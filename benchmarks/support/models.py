"""What the benchmarks of models share: pages, questions, and the loop that every tutorial shows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from benchmarks.support import Say
from docproc.core.prompts import SYSTEM, question_text
from docproc.core.questions import Question
from docproc.core.types import Page
from docproc.engines import Engine, create_engine
from docproc.imaging.store import ImageStore

LIBRARIES = ("torch", "transformers", "llguidance")
# Eight short questions of an invoice, of five kinds.
ASKS = (
    Question("number", "What is the invoice number?", "string"),
    Question("date", "What is the date of issue?", "date"),
    Question("due", "When is the payment due?", "date"),
    Question("seller", "What is the name of the seller?", "string"),
    Question("buyer", "What is the name of the buyer?", "string"),
    Question("total", "What is the total amount due?", "money"),
    Question("lines", "How many line items are there?", "integer"),
    Question("signed", "Is the document signed?", "boolean"),
)


def lacking() -> list[str]:
    """The libraries of the extra `qwen` that are not installed."""
    return [library for library in LIBRARIES if find_spec(library) is None]


def scanned(folder: Path, images: ImageStore, count: int) -> list[Page]:
    """A4 pages of dense text at 150 dpi with noise, stored as scans are."""
    from benchmarks.support.scans import DPI, scans  # draws with PyMuPDF, which a machine with a GPU may lack

    pages = []
    for number, file in enumerate(scans(folder, count), start=1):
        name = images.put(file.read_bytes(), ".jpg")
        with Image.open(file) as image:
            pages.append(Page("a" * 64, number, name, *image.size, DPI))
    return pages


@contextmanager
def opened(model: Path, images: ImageStore, **settings: str) -> Iterator[Engine]:
    """The qwen engine on a model's folder, on the CPU; closed at the end."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    engine = create_engine("qwen", {"model": str(model), "device": "cpu", **settings}, images)
    try:
        yield engine
    finally:
        engine.close()


class Textbook:
    """The loop over questions of the model cards, for Qwen-VL folders: a chat, the processor, `generate`, for each.

    It shares no code with the engine but the wording of the questions. (The stock processor wants torchvision for its
    video half; here its image half and the tokenizer do what it does with images.)
    """

    def __init__(self, model: Any, pixels: Any, words: Any) -> None:
        """`pixels` is the image processor, `words` the tokenizer."""
        self.model, self.pixels, self.words = model, pixels, words

    @classmethod
    def of(cls, folder: Path, threads: int) -> Textbook:
        """The model of that folder, on the CPU in float32."""
        import torch
        from transformers import AutoModelForImageTextToText, AutoTokenizer
        from transformers.models.auto.image_processing_auto import AutoImageProcessor
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(threads)
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
        pixels = AutoImageProcessor.from_pretrained(folder, backend="pil")
        return cls(model, pixels, AutoTokenizer.from_pretrained(folder))

    def page(self, images: Sequence[Image.Image], asks: Sequence[Question], new_tokens: int) -> list[str]:
        """The replies, one after another; each takes the images in anew."""
        return [self.reply(images, question_text(ask), new_tokens) for ask in asks]

    def reply(self, images: Sequence[Image.Image], question: str, new_tokens: int) -> str:
        """The greedy reply to one question, at most `new_tokens` long."""
        import torch

        given = self._inputs(images, question)
        with torch.inference_mode():
            out = self.model.generate(**given, max_new_tokens=new_tokens, do_sample=False)
        new = out[0, given["input_ids"].shape[1] :]
        text: str = self.words.decode(new, skip_special_tokens=True)
        return text

    def _inputs(self, images: Sequence[Image.Image], question: str) -> Mapping[str, Any]:
        pad = "<|image_pad|>"
        content = [*({"type": "image"} for _ in images), {"type": "text", "text": question}]
        chat = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": content}]
        text = self.words.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
        made = dict(self.pixels(images=list(images), return_tensors="pt"))
        parts = text.split(pad)
        counts = [int(grid.prod()) // self.pixels.merge_size**2 for grid in made["image_grid_thw"]]
        whole = parts[0] + "".join(pad * count + part for count, part in zip(counts, parts[1:], strict=True))
        made |= dict(self.words(whole, return_tensors="pt"))
        made["mm_token_type_ids"] = (made["input_ids"] == self.words.convert_tokens_to_ids(pad)).long()
        kinds = {name: self.model.dtype for name, value in made.items() if value.is_floating_point()}
        return {name: value.to(self.model.device, kinds.get(name, value.dtype)) for name, value in made.items()}


@dataclass(frozen=True)
class Laps:
    """Wall and CPU seconds of each round, by way."""

    seconds: Mapping[str, list[tuple[float, float]]]

    def ratio(self, slow: str, fast: str, clock: int = 0) -> float:
        """How many times faster `fast` is than `slow`, the median of the rounds; clock 0: wall, 1: CPU."""
        pairs = zip(self.seconds[slow], self.seconds[fast], strict=True)
        return round(median(one[clock] / other[clock] for one, other in pairs), 2)

    def least(self, way: str) -> float:
        """Wall seconds of the fastest round."""
        return round(min(wall for wall, _ in self.seconds[way]), 3)


def by_turns(say: Say, rounds: int, ways: Mapping[str, Callable[[], object]]) -> Laps:
    """Runs all ways by turns, each time another first, so that a machine that is busy for a while is so for all."""
    laps: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    names = list(ways)
    for number in range(rounds):
        for name in [*names[number % len(names) :], *names[: number % len(names)]]:
            wall, cpu = time.perf_counter(), time.process_time()
            ways[name]()
            laps[name].append((time.perf_counter() - wall, time.process_time() - cpu))
        told = ", ".join(f"{name} {laps[name][-1][0]:.2f} s" for name in names)
        say(f"  round {number + 1}: {told}")
    return Laps(laps)
