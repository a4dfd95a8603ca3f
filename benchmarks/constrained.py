"""What it costs to hold replies to their schemas, and whether a model that knows nothing stays within them."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from benchmarks.support import Figures, Options, Say
from benchmarks.support.models import by_turns, lacking, opened, scanned
from benchmarks.support.vocabulary import END, QWEN, large_tokenizer
from docproc.core.kinds import kinds
from docproc.core.prompts import reply_schema
from docproc.core.questions import Column, Question
from docproc.core.types import Manner, Page, Prompt
from docproc.imaging.store import ImageStore

if TYPE_CHECKING:
    import torch

    from docproc.engines.qwen.choose import Speaker

OPTIONS = {"rounds": 5, "rows": 8, "steps": 120, "new_tokens": 120, "threads": 1}
FAMILIES = ("qwen3_vl", "qwen2_5_vl")
SMALL = {"tiles": "overview", "overview_tokens": "60"}
# What a model that does as it is asked says to each kind.
WILLING = {
    "string": '{"value":"' + " ".join(["ACME Trading Company Limited"] * 12) + '"}',
    "money": '{"quote":"GBP 1,021.91","value":"1021.91 GBP"}',
    "date": '{"quote":"Wednesday, 31 October 2018","value":"2018-10-31"}',
    "table": '{"count":9,"value":[' + ",".join(['{"name":"Pen","amount":"1.20 EUR"}'] * 9) + "]}",
}


@dataclass(frozen=True)
class Talk:
    """Asks that are answered from made-up logits: `said(row, step)` is the token that row wants then, None for any."""

    schemas: Sequence[Any]
    noise: torch.Tensor
    wants: Sequence[Sequence[int]] = ()

    def logits(self, rows: Sequence[int], step: int) -> torch.Tensor:
        """Another stretch of the noise for each row and step."""
        import torch

        starts = [(step * 37 + row * 911) % (len(self.noise) - QWEN) for row in rows]
        made = torch.stack([self.noise[start : start + QWEN] for start in starts])
        for at, row in enumerate(rows):
            if self.wants and step < len(self.wants[row]):
                made[at, self.wants[row][step]] = 40.0
        return made


def run(say: Say, options: Options) -> Figures:
    if lacks := lacking():
        return {"missing": f"not installed: {', '.join(lacks)} (./do setup qwen)"}
    figures = at_full_size(say, options)
    with TemporaryDirectory() as name:
        folder = Path(name)
        images = ImageStore(folder / "images")
        pages = scanned(folder, images, 1)
        figures |= validity(say, folder, images, pages)
        figures |= decoding(say, folder, images, pages, options)
    cost, decode = figures["microseconds_per_token"], figures["decode_microseconds"]
    # The most that it can be: the masks of a large vocabulary, the decoding of a small model.
    figures["share_of_decode"] = round(cost / (cost + decode), 3)  # type: ignore[operator]  # numbers
    return figures


def at_full_size(say: Say, options: Options) -> Figures:
    """Microseconds a token, over tokens that are chosen freely, with the vocabulary of the published models: of a model
    that only wants to end, so that every token is masked, and of one that says what it is asked for.
    """
    import torch

    from docproc.engines.qwen.choose import Speaker

    torch.set_num_threads(options["threads"])
    tokenizer = large_tokenizer()
    speaker = Speaker(SimpleNamespace(backend_tokenizer=tokenizer), [tokenizer.token_to_id(END)], QWEN)
    began = time.perf_counter()
    _ = speaker.grammars
    figures: Figures = {"seconds_to_begin": round(time.perf_counter() - began, 2)}
    names = [list(WILLING)[row % len(WILLING)] for row in range(options["rows"])]
    schemas = [reply_schema(_question(name)) for name in names]
    noise = torch.randn(QWEN + 50_000, generator=torch.Generator().manual_seed(0)) * 3
    wants = [tokenizer.encode(WILLING[name]).ids for name in names]
    unwilling = [[tokenizer.token_to_id(END)] * options["steps"]] * len(schemas)
    talks = {"": Talk(schemas, noise, unwilling), "_willing": Talk(schemas, noise, wants)}
    free = Talk([None] * len(schemas), noise)
    for name, talk in talks.items():
        spent = []
        for number in range(options["rounds"]):
            held, chosen = _step_time(speaker, talk, options["steps"]), _step_time(speaker, free, options["steps"])
            spent.append((held - chosen) * 1e6)
            say(f"  round {number + 1}{name}: {held * 1e6:.0f} us a token held, {chosen * 1e6:.0f} free")
        figures[f"microseconds_per_token{name}"] = round(median(spent), 1)
    return figures


def _step_time(speaker: Speaker, talk: Talk, steps: int) -> float:
    """CPU seconds a token, all rows together; what makes the logits is not counted."""
    from docproc.engines.qwen.choose import Voices

    count = len(talk.schemas)
    voices = Voices(speaker, talk.schemas, [4096] * count, [Manner()] * count)
    spent, tokens = 0.0, 0
    for step in range(steps):
        rows = [row for row in range(count) if not voices.done(row)]
        if not rows:
            break
        logits = talk.logits(rows, step)
        began = time.thread_time()
        voices.choose(rows, logits)
        spent += time.thread_time() - began
        tokens += len(rows)
    return spent / tokens


def _question(kind: str) -> Question:
    columns = (Column("name", "string"), Column("amount", "money")) if kind == "table" else ()
    choices = ("invoice", "receipt", "letter") if kind == "choice" else ()
    return Question(kind, "What is it?", kind, choices=choices, columns=columns)


def validity(say: Say, folder: Path, images: ImageStore, pages: Sequence[Page]) -> Figures:
    """The share of replies of random models that are valid by their schema: every kind, with and without boxes, greedy
    and drawn, on each Qwen family. Random models seldom end by themselves: `ended` is the share that did.
    """
    from jsonschema import Draft202012Validator

    from tests.models.small import build

    asks = tuple(_question(name) for name in sorted(kinds()))
    valid, ended = [], []
    for family in FAMILIES:
        model = build(folder / family, family)
        for boxes in ("never", "always"):
            with opened(model, images, **SMALL, boxes=boxes, max_new_tokens="300") as engine:
                prompts = [Prompt(tuple(pages), asks, Manner(temperature=heat, seed=7)) for heat in (0.0, 1.0)]
                for done in engine.complete(prompts):
                    for ask, reply in zip(asks, done.replies, strict=True):
                        schema = Draft202012Validator(reply_schema(ask, boxes == "always"))
                        valid.append(schema.is_valid(_json(reply.text)))
                        ended.append(reply.finish == "stop")
        say(f"  {family}: {sum(valid)} of {len(valid)} replies valid so far")
    return {"valid": sum(valid) / len(valid), "ended": round(sum(ended) / len(ended), 3), "replies": len(valid)}


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return ...  # valid by no schema


def decoding(say: Say, folder: Path, images: ImageStore, pages: Sequence[Page], options: Options) -> Figures:
    """Microseconds of CPU that a token costs in free replies of a model of 38 million parameters, the asks of a page
    together; what goes before the first token is taken off.
    """
    from tests.models.small import MILLIONS_38, build

    model = build(folder / "larger", "qwen3_vl", base=MILLIONS_38)
    prompt = Prompt(tuple(pages), tuple(Question(f"text{row}", "Read it.", "text") for row in range(options["rows"])))
    settings = {**SMALL, "boxes": "never", "threads": str(options["threads"]), "constrain": "off"}
    with ExitStack() as stack:
        counts = {"long": options["new_tokens"], "short": 1}
        engines = {
            name: stack.enter_context(opened(model, images, **settings, max_new_tokens=str(count)))
            for name, count in counts.items()
        }
        said = {name: engine.complete([prompt])[0].tokens_out for name, engine in engines.items()}  # loads the model
        ways = {name: partial(engine.complete, [prompt]) for name, engine in engines.items()}
        laps = by_turns(say, options["rounds"], ways)
    took = {name: median(cpu for _, cpu in rounds) for name, rounds in laps.seconds.items()}
    each = (took["long"] - took["short"]) / (said["long"] - said["short"])
    return {"decode_microseconds": round(each * 1e6)}
