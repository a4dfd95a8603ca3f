"""Lessons as a batch: each row is one page and all its questions behind it, none of which sees another.

That is how the engine's packed way asks; it makes five examples of the price of one page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from docproc.core.prompts import SYSTEM, question_text
from docproc.core.questions import Question
from tests.truth.lessons import FACTOR, UNTAUGHT, Lesson

PAGE, PADDING = -1, -2  # owners of tokens that belong to no question
_MARK = "<|vision_end|>"


@dataclass(frozen=True)
class Batch:
    """`rows` lessons, `length` tokens with padding at the end, `seen` visual tokens in all.

    ids, labels, owners (rows, length): labels are UNTAUGHT but where a reply is said, owners the question's number,
    PAGE or PADDING. positions (3, rows, length). pixels and grids as the image processor gives them. letters (seen, 2),
    tags (seen).
    """

    ids: Tensor
    labels: Tensor
    owners: Tensor
    positions: Tensor
    pixels: Tensor
    grids: Tensor
    letters: Tensor
    tags: Tensor

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
        self._asks = [self._ids(self._chat(1, question_text(question)).rpartition(_MARK)[2]) for question in asked]

    def pixels(self, lessons: Sequence[Lesson]) -> tuple[Tensor, Tensor]:
        """All images of the lessons, as the image processor gives them."""
        images = [image for lesson in lessons for image in lesson.images]
        made = self._images(images=images, do_resize=False, return_tensors="pt")
        return made["pixel_values"], made["image_grid_thw"]

    def batch(self, lessons: Sequence[Lesson]) -> Batch:
        """The lessons in one batch."""
        rows = [self._row(lesson) for lesson in lessons]
        length = max(len(row[0]) for row in rows)
        ids, labels, owners = (torch.full((len(rows), length), fill) for fill in (0, UNTAUGHT, PADDING))
        positions = torch.zeros(3, len(rows), length, dtype=torch.long)
        for at, (row_ids, row_labels, row_owners, row_positions) in enumerate(rows):
            ids[at, : len(row_ids)] = torch.tensor(row_ids)
            labels[at, : len(row_ids)] = torch.tensor(row_labels)
            owners[at, : len(row_ids)] = torch.tensor(row_owners)
            positions[:, at, : len(row_ids)] = row_positions
        pixels, grids = self.pixels(lessons)
        letters = torch.tensor([pair for lesson in lessons for pair in lesson.letters])
        tags = torch.tensor([tag for lesson in lessons for tag in lesson.tags])
        return Batch(ids, labels, owners, positions, pixels, grids, letters, tags)

    def _row(self, lesson: Lesson) -> tuple[list[int], list[int], list[int], Tensor]:
        prefix, prefix_positions, following = self._prefix(lesson)
        ids, labels, owners = list(prefix), [UNTAUGHT] * len(prefix), [PAGE] * len(prefix)
        positions = [prefix_positions]
        for number, (ask, said) in enumerate(zip(self._asks, lesson.replies, strict=True)):
            answer = self._ids(said + "<|im_end|>")
            ids += ask + answer
            labels += [UNTAUGHT] * len(ask) + answer
            owners += [number] * (len(ask) + len(answer))
            positions.append(torch.arange(following, following + len(ask) + len(answer)).expand(3, -1))
        return ids, labels, owners, torch.cat(positions, 1)

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
