"""A loaded model as the ways use it: see a page, go on from there, turn what it thinks into logits.

Positions are always given. The model's own `rope_deltas` are a state of the module, stale between pages and not safe
with threads; the text position after a page is not its number of tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import DynamicLayer, LinearAttentionLayer

from docproc.engines.qwen.cache import kinds_of
from docproc.engines.qwen.families import Way, family_of

TOGETHER = 8192  # tokens of pages of one shape that a GPU takes in at once


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A page as the model takes it in: `ids` (1, tokens), instructions and images; `vision` the rest of what its
    processor made (pixel values, grids, types of tokens), on the CPU; `asks` the token ids that follow, per ask.
    """

    ids: torch.Tensor
    vision: Mapping[str, torch.Tensor]
    asks: tuple[tuple[int, ...], ...]

    @property
    def length(self) -> int:
        """Tokens before the asks."""
        return int(self.ids.shape[1])


def alike(one: Sight, other: Sight) -> bool:
    """Whether two pages are of one shape: as many tokens, images of the same sizes in the same places."""
    if one.ids.shape != other.ids.shape or one.vision.keys() != other.vision.keys():
        return False
    return all(
        value.shape == other.vision[name].shape
        and (value.is_floating_point() or torch.equal(value, other.vision[name]))
        for name, value in one.vision.items()
    )


class Net:
    """The model's halves: `see` and `go_on` give hidden states, `logits` turns some of them into logits."""

    def __init__(self, model: Any) -> None:
        """`model` is what `AutoModelForImageTextToText` loads, in evaluation mode, on its device."""
        self.model = model
        self.device: torch.device = model.device
        self.dtype: torch.dtype = model.dtype
        self.text = model.config.get_text_config()
        self.layers: int = self.text.num_hidden_layers
        self.linear = LinearAttentionLayer in kinds_of(self.text)
        self.pad = pad_of(model)
        native = family_of({"model_type": model.config.model_type}).native and not self.linear
        self.most_together = TOGETHER if native and self.device.type == "cuda" else 0
        self._scaling: float = getattr(self.text, "logits_scaling", None) or 1.0  # Granite's
        self._mrope = hasattr(model.model, "get_rope_index")

    def takes(self, way: Way) -> bool:
        """Whether this very model can be run so, whatever its family: its text may have layers of any kind.

        A window of attention that slides, or a head that is more than a matrix, is for the plain way alone.
        """
        known = {DynamicLayer} if way == "packed" else {DynamicLayer, LinearAttentionLayer}
        return way == "plain" or (kinds_of(self.text) <= known and self._simple_head())

    @torch.inference_mode()  # type: ignore[untyped-decorator]  # the library has no types
    def _simple_head(self) -> bool:
        """Whether `logits` gives what the whole model gives: some scale them, or cap them, after the last matrix."""
        ids = torch.tensor([[self.pad, self.pad]], device=self.device)
        whole = self.model(input_ids=ids, use_cache=False).logits[:, -1]
        halves = self.logits(self.model.model(input_ids=ids, use_cache=False).last_hidden_state[:, -1])
        near = (whole - halves).abs().max() < 0.1 * whole.float().std()  # halves of 16 bits differ by their rounding
        return bool(near) and not getattr(self.text, "final_logit_softcapping", None)

    def vision(self, sight: Sight, longer: int = 0) -> dict[str, torch.Tensor]:
        """The page's images on the model's device. `longer`: text tokens that follow the page's own."""
        there = {}
        for name, value in sight.vision.items():
            if longer and value.shape == sight.ids.shape:  # a value per token, such as its type: 0 is text
                value = torch.nn.functional.pad(value, (0, longer))  # noqa: PLW2901 - the same value, longer
            kind = self.dtype if value.is_floating_point() else value.dtype
            there[name] = value.to(self.device, kind, non_blocking=True)
        return there

    def positions(self, ids: torch.Tensor, vision: Mapping[str, torch.Tensor]) -> tuple[torch.Tensor, int]:
        """Positions of a page's tokens, as the model wants them, and the position of the token behind them."""
        if not self._mrope:
            count = ids.shape[1]
            return torch.arange(count, device=ids.device)[None], count
        names = ("mm_token_type_ids", "image_grid_thw")
        found, delta = self.model.model.get_rope_index(ids, **{name: vision[name] for name in names if name in vision})
        return found, ids.shape[1] + int(delta[0, 0])

    def along(self, positions: torch.Tensor) -> torch.Tensor:
        """Positions of text (rows, n), as the model wants them: the same on all three axes."""
        return positions[None].expand(3, -1, -1) if self._mrope else positions

    def see(self, sights: Sequence[Sight], cache: Any) -> list[int]:
        """Take pages in that are `alike`; the cache has their keys and values then. The positions of the tokens behind
        them.
        """
        # On the CPU: to look at the images' sizes on the GPU would be to wait for it.
        placed = [self.positions(sight.ids, sight.vision) for sight in sights]
        positions = torch.cat([places for places, _ in placed], -2).to(self.device)
        ids = torch.cat([sight.ids for sight in sights]).to(self.device)
        each = [self.vision(sight) for sight in sights]
        vision = {name: torch.cat([one[name] for one in each]) for name in each[0]} if len(each) > 1 else each[0]
        self.model.model(input_ids=ids, position_ids=positions, past_key_values=cache, use_cache=True, **vision)
        return [after for _, after in placed]

    def together(self, sights: Sequence[Sight]) -> Iterator[list[Sight]]:
        """The pages in their order, those together that are taken in at once: on a GPU small models wait for their
        launches else. A page of many tokens keeps it busy alone.
        """
        group: list[Sight] = []
        for sight in sights:
            wide = (len(group) + 1) * sight.length > self.most_together
            if group and (wide or not alike(group[0], sight)):
                yield group
                group = []
            group.append(sight)
        if group:
            yield group

    def go_on(self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor | None, cache: Any) -> torch.Tensor:
        """Hidden states (rows, n, size) of text tokens `ids` (rows, n) behind what is in the cache.

        `mask`: (rows, slots) of 1 and 0, or (rows, 1, n, slots) of bool, which is taken as it is.
        """
        out = self.model.model(
            input_ids=ids,
            position_ids=self.along(positions),
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
        )
        hidden: torch.Tensor = out.last_hidden_state
        return hidden

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits (n, vocabulary) of hidden states (n, size)."""
        found: torch.Tensor = self.model.get_output_embeddings()(hidden)
        return found / self._scaling


def pad_of(model: Any) -> int:
    """A token that may stand where nothing is seen."""
    for config in (model.generation_config, model.config.get_text_config()):
        pad = getattr(config, "pad_token_id", None)
        if pad is not None:
            return int(pad)
    return 0
