"""Trains the reader from nothing: `python -m tests.truth.train OUT --minutes 75`; goes on where it was stopped.

First it learns to see letters (a linear layer names the two characters under each visual token), then to answer. Both
that layer and another, which names half way up the language model the part of a value that a token shows or is about
to be read from, are taught beside the replies and thrown away in the end: without them the loss stays for long where
the replies' form alone brings it.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear

from docproc.core.prompts import SYSTEM, question_text
from tests.truth import folder, page
from tests.truth.gaze import Gaze
from tests.truth.lessons import (
    CHUNKS,
    KEYS,
    LETTERS,
    PAIR,
    SETTINGS,
    UNTAUGHT,
    WIDTHS,
    Lesson,
    any_lesson,
    lesson,
    letters_lesson,
    questions,
)
from tests.truth.packing import Batch, Packer

TAGGED = 2  # layers of the language model under the one whose states name the parts of values
READING = (0, 2)  # heads of the layer above it that are to look at the part that is said
WARM = 60  # steps
# How well every policy must be read before lessons ask for boxes as well, and the share of those that then do.
BOXES_FROM, BOXES_SHARE = 0.93, 0.5


class Reader:
    """The model and its two teachers."""

    def __init__(self) -> None:
        self.asked = questions()
        texts = [question_text(ask, boxes) for ask in self.asked for boxes in (False, True)] * 50
        self.tokens = folder.tokenizer([*texts, *[SYSTEM, "system\n", "user\n", "assistant\n", "null"] * 200], 562)
        self.model = folder.model(self.tokens)
        self.letters = nn.Linear(folder.HIDDEN, PAIR * len(LETTERS))
        self.tags = nn.Linear(folder.HIDDEN, 1 + len(KEYS) * CHUNKS)
        self.spots = nn.Linear(folder.HIDDEN, sum(WIDTHS) + page.ROWS)
        kept = {"model": self.model, "letters": self.letters, "tags": self.tags, "spots": self.spots}
        self.parts = nn.ModuleDict(kept)
        self.packer = Packer(self.tokens, folder.image_processor(), self.model, self.asked)
        self._states: list[Tensor] = []
        embed = self.model.model.visual.patch_embed
        embed.forward = lambda pixels: linear(pixels, embed.proj.weight.flatten(1), embed.proj.bias)  # ten times faster
        layer = self.model.model.language_model.layers[TAGGED - 1]
        self._gaze = Gaze(self.model.model.language_model.layers[TAGGED].self_attn, READING)
        layer.register_forward_hook(lambda _, __, out: self._states.append(out if isinstance(out, Tensor) else out[0]))

    def see(self, pixels: Tensor, grids: Tensor, letters: Tensor) -> tuple[Any, Tensor, Tensor]:
        """The vision features, the loss of the letters, and the share of tokens whose letters are right."""
        features = self.model.model.get_image_features(pixels, grids, return_dict=True)
        logits = self.letters(torch.cat(list(features.pooler_output))).view(-1, PAIR, len(LETTERS))
        loss = cross_entropy(logits.flatten(0, 1), letters.flatten(), ignore_index=UNTAUGHT)
        inked = letters.sum(-1) > 0
        return features, loss, (logits.argmax(-1) == letters).all(-1)[inked].float().mean()

    def say(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """What the tokens before the replies' tokens say, and the losses."""
        features, seeing, right = self.see(batch.pixels, batch.grids, batch.letters)
        self._states.clear()
        states = self.model.model(
            input_ids=batch.ids,
            image_grid_thw=batch.grids,
            mm_encoder_outputs={"image": features},
            position_ids=batch.positions,
            attention_mask=batch.mask,
            use_cache=False,
        ).last_hidden_state
        tagged = batch.tags != UNTAUGHT
        half_way = self._states.pop()
        tagging = cross_entropy(self.tags(half_way[tagged]), batch.tags[tagged])
        column, row = self.spots(half_way[batch.ids == self.model.config.image_token_id]).split(
            [sum(WIDTHS), page.ROWS], 1
        )
        placing = sum(
            cross_entropy(guess, spot, ignore_index=UNTAUGHT)
            for guess, spot in zip((column, row), batch.spots.T, strict=True)
        )
        following = batch.labels[:, 1:]
        said = self.model.lm_head(states[:, :-1][following != UNTAUGHT])
        saying = cross_entropy(said, following[following != UNTAUGHT])
        gazing = self._gaze.loss(batch)
        losses = {"saying": saying, "seeing": seeing, "tagging": tagging, "gazing": gazing, "placing": placing}
        return said, {**losses, "right": right}


def exact(reader: Reader, lessons: Sequence[Lesson]) -> float:
    """The share of replies of which every token is the likeliest: those that greedy decoding makes."""
    reader.parts.eval()
    asks = len(lessons[0].replies)
    right = 0
    for at in range(0, len(lessons), 16):
        batch = reader.packer.batch(lessons[at : at + 16])
        with torch.inference_mode():
            said, _ = reader.say(batch)
        taught = batch.labels[:, 1:] != UNTAUGHT
        rows = torch.arange(len(batch.ids))[:, None].expand(-1, taught.shape[1])
        owner = (rows * asks + batch.owners[:, 1:])[taught]
        wrong = said.argmax(-1) != batch.labels[:, 1:][taught]
        right += len(batch.ids) * asks - len(owner[wrong].unique())
    reader.parts.train()
    return right / len(lessons) / asks


def unseen(look: str, count: int, boxes: bool = False) -> list[Lesson]:
    """Pages that no training has shown, under one policy."""
    rng, asked = Random(f"unseen {look}"), questions()
    sheets = [page.sheet(rng) for _ in range(count)]
    return [lesson(sheet, page.draw(sheet, page.Print.drawn(rng)), look, asked, boxes) for sheet in sheets]


class Training:
    """The state of a training that can be stopped and taken up again; `work` is where it is kept."""

    def __init__(self, work: Path, seed: int, rate: float) -> None:
        torch.manual_seed(seed)
        self.reader, self.rng = Reader(), Random(seed)
        self.steps, self.seconds, self.rate, self.boxes = 0, 0.0, rate, False
        self._kept = work / "training.pt"
        self.optimizer = torch.optim.AdamW(
            self.reader.parts.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.01
        )
        work.mkdir(parents=True, exist_ok=True)
        if self._kept.exists():
            kept = torch.load(self._kept, weights_only=False)
            self.reader.parts.load_state_dict(kept["reader"])
            self.optimizer.load_state_dict(kept["optimizer"])
            self.rng.setstate(kept["rng"])
            self.steps, self.seconds, self.boxes = kept["steps"], kept["seconds"], kept["boxes"]

    def keep(self) -> None:
        """Write the state down."""
        states = {"reader": self.reader.parts.state_dict(), "optimizer": self.optimizer.state_dict()}
        partial = self._kept.with_suffix(".part")
        counts = {"steps": self.steps, "seconds": self.seconds, "boxes": self.boxes}
        torch.save({**states, **counts, "rng": self.rng.getstate()}, partial)
        partial.replace(self._kept)

    def see(self, pages: int) -> dict[str, float]:
        """One step of learning to see."""
        lessons = [letters_lesson(self.rng) for _ in range(pages)]
        letters = torch.tensor([pair for lesson in lessons for pair in lesson.letters])
        _, loss, right = self.reader.see(*self.reader.packer.pixels(lessons), letters)
        self._learn(loss, self.rate * 2)
        return {"seeing": loss.item(), "right": right.item()}

    def answer(self, pages: int, share: float) -> dict[str, float]:
        """One step of learning to answer; `share` in [0, 1] is how much of the time has passed."""
        boxes = self.boxes and self.rng.random() < BOXES_SHARE
        lessons = [any_lesson(self.rng, self.reader.asked, boxes) for _ in range(pages)]
        _, losses = self.reader.say(self.reader.packer.batch(lessons))
        rate = self.rate * (0.5 + 0.5 * math.cos(math.pi * min(1.0, share))) + self.rate / 50
        loss = losses["saying"] + losses["seeing"] + losses["tagging"] + 0.3 * (losses["gazing"] + losses["placing"])
        norm = self._learn(loss, rate)
        return {**{name: loss.item() for name, loss in losses.items()}, "norm": norm}

    def _learn(self, loss: Tensor, rate: float) -> float:
        """One step down the gradient, whose length is returned."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * min(1.0, (self.steps + 1) / WARM)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.reader.parts.parameters(), 1.0)
        self.optimizer.step()
        self.steps += 1
        return float(norm)


def write(training: Training, out: Path) -> dict[str, Any]:
    """The reader's folder, and how it was made."""
    folder.save(out, training.reader.tokens, copy.deepcopy(training.reader.model))
    digest = hashlib.sha256((out / "model.safetensors").read_bytes()).hexdigest()
    return {"sha256": digest, "steps": training.steps, "minutes": round(training.seconds / 60, 1)}


def tell(line: str) -> None:
    """A line of the log."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Train until every policy is read well enough or the time is up; write the folder at every test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=Path("/tmp/truth"))
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--sight", type=int, default=400, help="steps of learning to see")
    parser.add_argument("--pages", type=int, default=16, help="in a step")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--enough", type=float, default=0.995)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    training = Training(args.work, args.seed, args.rate)
    tests = {look: unseen(look, 32) for look in SETTINGS}
    shown = {f"{look} boxes": unseen(look, 16, boxes=True) for look in SETTINGS}
    before = training.seconds - time.monotonic()
    while training.seconds < args.minutes * 60:
        if training.steps < args.sight:
            told = training.see(args.pages)
        else:
            told = training.answer(args.pages, training.seconds / 60 / args.minutes)
        training.seconds = before + time.monotonic()
        if training.steps % 25 == 0:
            numbers = " ".join(f"{name} {value:.4f}" for name, value in told.items())
            tell(f"{training.steps} {training.seconds:.0f} s {numbers}")
        if training.steps % 200 == 0 and training.steps > args.sight:
            asked = tests | shown if training.boxes else tests
            scores = {look: round(exact(training.reader, test), 4) for look, test in asked.items()}
            tell(json.dumps({**write(training, args.out), "exact": scores}))
            if training.boxes and min(scores.values()) >= args.enough:
                break
            training.boxes |= min(scores.values()) >= BOXES_FROM
            training.keep()
    tell(json.dumps(write(training, args.out)))


if __name__ == "__main__":
    main()
