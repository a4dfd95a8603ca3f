"""Samples as batches: the engine's own tiles, words and tokens, and which tokens are to be learnt.

Shared, a row is one page and all its independent turns behind it, none of which sees another, as the engine's packed
way asks them; else a row is a page and one turn. The turns of a conversation follow each other in one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from docproc.core.errors import UsageError
from docproc.core.tiles import Tiling
from docproc.core.types import Manner, Page, Prompt
from docproc.engines._looking import Seen, look, opening
from docproc.engines.qwen.load import Loaded
from docproc.engines.qwen.prepare import Writer
from docproc.imaging.store import ImageStore
from docproc.training.samples import Sample, Turn

UNTAUGHT = -100
PAGE, PADDING = -1, -2  # owners of tokens that belong to no turn


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A page and turns behind it. ids, labels, owners (n,), positions (axes, n) or (n,); `vision`: the processor's.

    `labels` is UNTAUGHT but where the assistant speaks, and for the token that ends what it says.
    """

    ids: Tensor
    labels: Tensor
    owners: Tensor
    positions: Tensor
    vision: dict[str, Tensor]


class Collator:
    """Makes batches for one model; called by the Trainer with the rows' numbers of samples and turns."""

    def __init__(self, loaded: Loaded, images: ImageStore, tiling: Tiling, shared: bool) -> None:
        """`shared`: independent turns of a page stand in one row; else each has a row of its own (see `units`)."""
        self._loaded, self._images, self._tiling = loaded, images, tiling
        self._shared = shared

    def units(self, samples: Sequence[Sample]) -> list[Sample]:
        """What stands in a row each."""
        if self._shared:
            return list(samples)
        return [one for sample in samples for one in _alone(sample)]

    def __call__(self, units: Sequence[Sample]) -> dict[str, Tensor]:
        """A batch: input_ids, labels (rows, n), position_ids, attention_mask and the images of all rows.

        The mask is (rows, 1, n, n) of bool where turns are independent, (rows, n) else. Raises UsageError for a sample
        that cannot be shown to the model.
        """
        rows = [self.row(unit) for unit in units]
        length = max(len(row.ids) for row in rows)
        batch = {"input_ids": _padded([row.ids for row in rows], self._loaded.net.pad, length)}
        batch["labels"] = _padded([row.labels for row in rows], UNTAUGHT, length)
        batch["position_ids"] = _padded([row.positions for row in rows], 0, length)
        if batch["position_ids"].dim() == 3:
            batch["position_ids"] = batch["position_ids"].transpose(0, 1)  # (axes, rows, n)
        owners = _padded([row.owners for row in rows], PADDING, length)
        single = all(unit.independent is False or len(unit.turns) == 1 for unit in units)
        batch["attention_mask"] = (owners != PADDING).long() if single else tree_mask(owners)
        for name in rows[0].vision:
            batch[name] = _together([row.vision[name] for row in rows])
        return batch

    def row(self, sample: Sample) -> Row:
        """One row. Raises UsageError."""
        seen = self._look(sample)
        writer = Writer(self._loaded, opening(seen), sample.system)
        parts = _independent(writer, sample.turns) if sample.independent else _conversation(writer, sample.turns)
        tokens = [self._tokens(writer, part) for part in parts]
        page, vision = writer.page([one.image for one in seen])
        positions, after = self._loaded.net.positions(page, vision)
        # What is told per token (its type) is for those who compute positions: they are given here.
        rest = {name: value for name, value in vision.items() if value.shape != page.shape}
        row = _joined(page[0], positions.squeeze(-2), after, tokens, sample.independent, rest)
        most = getattr(self._loaded.net.text, "max_position_embeddings", None)
        if most and int(row.positions.max()) >= most:
            raise UsageError(
                f"{sample.id} takes {len(row.ids)} tokens, the model takes {most}: show pages smaller "
                "(DOCPROC_QWEN_PAGE_TOKENS, or DOCPROC_QWEN_TILES=overview)"
            )
        return row

    def _look(self, sample: Sample) -> list[Seen]:
        page = Page(document=sample.id, number=1, image=sample.image, width=0, height=0, dpi=0)
        # Under second_look a first look may be too coarse to read: what is learnt is learnt from the second.
        closer = self._tiling.policy == "second_look"
        prompt = Prompt((page,), (), Manner(turn=-sample.turn % 360, closer=closer))
        return look(prompt, self._tiling, self._images)

    def _tokens(self, writer: Writer, part: _Part) -> tuple[list[int], list[bool]]:
        """Token ids of a part behind the page, and which of them are learnt."""
        tokenizer = self._loaded.tokenizer

        def ids(text: str) -> list[int]:
            return list(tokenizer(text, add_special_tokens=False)["input_ids"])

        before = list(writer.ask(part.question)) if part.first else ids(part.between)
        said, end = ids(part.said), ids(part.end)[:1]
        learnt = [False] * len(before)
        if not part.first and learnt:
            learnt[0] = True  # the token that ends the reply before
        return before + said + end, learnt + [True] * (len(said) + len(end))


@dataclass(frozen=True, slots=True)
class _Part:
    """A turn in the model's template: `between` stands between the reply before it and its own, `end` behind that."""

    question: str
    between: str
    said: str
    end: str
    first: bool


def tree_mask(owners: Tensor) -> Tensor:
    """Who may see whom, (rows, 1, n, n) of bool: the page, and in a token's own turn what stands before it.

    `owners` (rows, n): a turn's number, PAGE or PADDING. Padding sees itself, so that no row of attention is empty.
    """
    length = owners.shape[1]
    mask = (owners[:, None, :] == owners[:, :, None]) | (owners[:, None, :] == PAGE)
    return (mask & torch.ones(length, length, dtype=torch.bool, device=owners.device).tril())[:, None]


def _independent(writer: Writer, turns: Sequence[Turn]) -> list[_Part]:
    return [_Part(turn.human, "", turn.said, _end(writer, turn), True) for turn in turns]


def _conversation(writer: Writer, turns: Sequence[Turn]) -> list[_Part]:
    parts: list[_Part] = []
    told: list[tuple[str, str]] = []
    written = ""
    for turn in turns:
        text = writer.written(turn.human, told)
        if not text.startswith(written):
            raise UsageError("the model's chat template changes earlier turns: conversations cannot be trained with it")
        parts.append(_Part(turn.human, text[len(written) :], turn.said, "", not told))
        written = text + turn.said
        told.append((turn.human, turn.said))
    tail = writer.written(None, told)[len(written) :]
    last = parts[-1]
    parts[-1] = _Part(last.question, last.between, last.said, tail, last.first)
    return parts


def _end(writer: Writer, turn: Turn) -> str:
    """What the template writes behind a reply; its first token ends it."""
    return writer.written(None, [(turn.human, turn.said)])[len(writer.written(turn.human)) + len(turn.said) :]


def _joined(
    page: Tensor,
    positions: Tensor,
    after: int,
    turns: Sequence[tuple[list[int], list[bool]]],
    independent: bool,
    vision: dict[str, Tensor],
) -> Row:
    ids, labels, owners = page.tolist(), [UNTAUGHT] * len(page), [PAGE] * len(page)
    places: list[int] = []
    for number, (tokens, learnt) in enumerate(turns):
        start = after if independent or not places else places[-1] + 1
        places += range(start, start + len(tokens))
        ids += tokens
        labels += [token if taught else UNTAUGHT for token, taught in zip(tokens, learnt, strict=True)]
        owners += [number if independent else 0] * len(tokens)
    behind = torch.tensor(places)
    if positions.dim() == 2:
        behind = behind.expand(len(positions), -1)
    whole = torch.cat([positions, behind], -1)
    return Row(torch.tensor(ids), torch.tensor(labels), torch.tensor(owners), whole, vision)


def _alone(sample: Sample) -> list[Sample]:
    if not sample.independent:
        return [sample]
    return [
        Sample(f"{sample.id}#{number}", sample.image, sample.turn, (turn,), True, sample.system)
        for number, turn in enumerate(sample.turns)
    ]


def _together(values: Sequence[Tensor]) -> Tensor:
    """All along the first axis; where others differ (close-ups an image, sides of an image), zeros fill what is
    missing, as the families' own processors do.
    """
    sides = [max(value.shape[axis] for value in values) for axis in range(1, values[0].dim())]
    filled = []
    for value in values:
        missing = [wide - value.shape[axis] for axis, wide in enumerate(sides, 1)]
        pads = [number for more in reversed(missing) for number in (0, more)]
        filled.append(torch.nn.functional.pad(value, pads) if any(missing) else value)
    return torch.cat(filled)


def _padded(values: Sequence[Tensor], fill: int, length: int) -> Tensor:
    made: Any = [torch.nn.functional.pad(value, (0, length - value.shape[-1]), value=fill) for value in values]
    return torch.stack(made)
