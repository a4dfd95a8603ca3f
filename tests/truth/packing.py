"""Lessons as a batch: each row is one page and all its questions behind it, none of which sees another.

That is how the engine's packed way asks; it makes five examples of the price of one page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from docproc.core.prompts import SYSTEM, question_text
from docproc.core.questions import Question
from tests.truth.lessons import CHUNKS, FACTOR, PAIR, UNTAUGHT, Lesson

PAGE, PADDING = -1, -2  # owners of tokens that belong to no question
_MARK = "<|vision_end|>"


@dataclass(frozen=True)
class Batch:
    """`rows` lessons, `length` tokens with padding at the end, `seen` visual tokens in all.

    ids, labels, owners (rows, length): labels are UNTAUGHT but where a reply is said, owners the question's number,
    PAGE or PADDING. positions (3, rows, length). pixels and grids as the image processor gives them. letters and spots
    (seen, 2) and tags (rows, length) as in `Lesson`; a token before one that is read from the page has the tag of what
    it is to be read from.
    """

    ids: Tensor
    labels: Tensor
    owners: Tensor
    positions: Tensor
    pixels: Tensor
    grids: Tensor
    letters: Tensor
    tags: Tensor
    spots: Tensor

    @property
    def mask(self) -> Tensor:
        """(rows, 1, length, length): each token sees the page, and of its own question what is before it."""
        owners, length = self.owners, self.owners.shape[1]
        same = owners[:, None, :] == owners[:, :, None]
        seen = (same | (owners[:, None, :] == PAGE)) & torch.ones(length, length, dtype=torch.bool).tril()
        return seen[:, None]


class Packer:
    """Makes batches for one model and its tokenizer."""

    def __init__(self, tokens: Any, images: Any, model: Any, asked: Sequence[Question]) -> None:
        self._tokens, self._images, self._model = tokens, images, model
        self._pad = tokens.convert_tokens_to_ids("<|image_pad|>")
        self._prefixes: dict[tuple[tuple[int, int], ...], tuple[list[int], Tensor, int]] = {}
        self._asks = {
            boxes: [self._ids(self._chat(1, question_text(ask, boxes)).rpartition(_MARK)[2]) for ask in asked]
            for boxes in (False, True)
        }

    def pixels(self, lessons: Sequence[Lesson]) -> tuple[Tensor, Tensor]:
        """All images of the lessons, as the image processor gives them."""
        images = [image for lesson in lessons for image in lesson.images]
        made = self._images(images=images, do_resize=False, return_tensors="pt")
        return made["pixel_values"], made["image_grid_thw"]

    def batch(self, lessons: Sequence[Lesson]) -> Batch:
        """The lessons in one batch."""
        rows = [self._row(lesson) for lesson in lessons]
        length = max(len(row[0]) for row, _ in rows)
        fills = (0, UNTAUGHT, PADDING, UNTAUGHT)
        ids, labels, owners, tags = (torch.full((len(rows), length), fill) for fill in fills)
        positions = torch.zeros(3, len(rows), length, dtype=torch.long)
        for at, (row, row_positions) in enumerate(rows):
            for whole, part in zip((ids, labels, owners, tags), row, strict=True):
                whole[at, : len(part)] = torch.tensor(part)
            positions[:, at, : len(row[0])] = row_positions
        pixels, grids = self.pixels(lessons)
        letters = torch.tensor([pair for lesson in lessons for pair in lesson.letters])
        spots = torch.tensor([spot for lesson in lessons for spot in lesson.spots])
        return Batch(ids, labels, owners, positions, pixels, grids, letters, tags, spots)

    def _row(self, lesson: Lesson) -> tuple[tuple[list[int], ...], Tensor]:
        """ids, labels, owners and tags of one row, and its positions (3, length)."""
        prefix, prefix_positions, following = self._prefix(lesson)
        ids, labels, owners = list(prefix), [UNTAUGHT] * len(prefix), [PAGE] * len(prefix)
        shown = iter(lesson.tags)
        tags = [next(shown) if token == self._pad else UNTAUGHT for token in prefix]
        positions = [prefix_positions]
        for number, (ask, said) in enumerate(zip(self._asks[lesson.boxes], lesson.replies, strict=True)):
            answer, sources = self._answer(said, lesson.values[number], 1 + number * CHUNKS)
            ids += ask + answer
            labels += [UNTAUGHT] * len(ask) + answer
            tags += [UNTAUGHT] * (len(ask) - 1) + sources + [UNTAUGHT]
            owners += [number] * (len(ask) + len(answer))
            positions.append(torch.arange(following, following + len(ask) + len(answer)).expand(3, -1))
        return (ids, labels, owners, tags), torch.cat(positions, 1)

    def _answer(self, said: str, value: str | None, first: int) -> tuple[list[int], list[int]]:
        """The reply's token ids, and for each the tag of what it is read from: `first` and the following ones."""
        made = self._tokens(said + "<|im_end|>", add_special_tokens=False, return_offsets_mapping=True)
        sources = [0] * len(made["input_ids"])
        for match in re.finditer(f'"(?:quote|value)":"?({re.escape(value or "null")})', said):
            begin = match.start(1)
            for at, (start, _) in enumerate(made["offset_mapping"]):
                part = max(0, start - begin) // PAIR
                if match.group().rindex(":") < start - match.start() <= match.end(1) - match.start() and part < CHUNKS:
                    sources[at] = first + part
        for match in re.finditer(r'"image":(\d+),"bbox_2d":.\d+,\d+,(\d+),(\d+)', said) if value else ():
            for at, (start, _) in enumerate(made["offset_mapping"]):
                if match.start(1) <= start < match.end(3):
                    sources[at] = first + (0 if start < match.start(2) else (len(value or "") - 1) // PAIR)
        return list(made["input_ids"]), sources

    def _prefix(self, lesson: Lesson) -> tuple[list[int], Tensor, int]:
        """Instructions and images: token ids, positions (3, length) and the position that follows."""
        shape = tuple((image.width // FACTOR, image.height // FACTOR) for image in lesson.images)
        if shape not in self._prefixes:
            text = self._chat(len(shape), "").rpartition(_MARK)[0] + _MARK
            sizes = iter(shape)
            ids = []
            for token in self._ids(text):
                columns, rows = next(sizes) if token == self._pad else (1, 1)
                ids += [token] * (columns * rows)
            row = torch.tensor([ids])
            grids = torch.tensor([[1, rows * 2, columns * 2] for columns, rows in shape])
            positions, delta = self._model.model.get_rope_index(
                row, mm_token_type_ids=(row == self._pad).int(), image_grid_thw=grids
            )
            self._prefixes[shape] = ids, positions[:, 0], len(ids) + int(delta)
        return self._prefixes[shape]

    def _chat(self, images: int, text: str) -> str:
        content = [*({"type": "image"} for _ in range(images)), {"type": "text", "text": text}]
        turns = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": content}]
        return str(self._tokens.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))

    def _ids(self, text: str) -> list[int]:
        return list(self._tokens(text, add_special_tokens=False)["input_ids"])
