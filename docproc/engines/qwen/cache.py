"""Keys and values in memory that is set aside once and written in place.

`torch.cat` of all keys and values for each token, as the stock cache does, moves the whole cache through memory at
every step. Here a layer has room for what is to come, and grows by a quarter where that is not enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer, LinearAttentionLayer


class Slots(DynamicLayer):  # type: ignore[misc]  # the library has no types
    """One layer's keys and values: (rows, key heads, room, head size).

    While `into` is set, what comes belongs to those rows alone and stands behind what they have already, which is of
    one length. Else all rows go on together behind slot `used`. Slots that a row does not use hold zeros; who reads
    them masks them.
    """

    def __init__(self, rows: int, room: int) -> None:
        super().__init__()
        self.rows, self.room = rows, room
        self.used = 0
        self.into: slice | None = None
        self.told = [0] * rows

    def lazy_initialization(self, key_states: torch.Tensor, value_states: torch.Tensor) -> None:
        """Set the memory aside, in the shape that the first keys and values show."""
        self.dtype, self.device = key_states.dtype, key_states.device
        self.keys = self._empty(key_states, self.room)
        self.values = self._empty(value_states, self.room)
        self.is_initialized = True

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Put new keys and values (rows, heads, n, d) behind those there are; all that a query may look at."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        start = self.get_seq_length()
        end = start + key_states.shape[-2]
        rows = self.into or slice(None)
        self._fit(end)
        self.keys[rows, :, start:end] = key_states
        self.values[rows, :, start:end] = value_states
        if self.into is None:
            self.used = end
        else:
            self.told[self.into] = [end] * key_states.shape[0]
        if start == 0:
            return key_states, value_states
        return self.keys[rows, :, :end], self.values[rows, :, :end]

    def get_seq_length(self) -> int:
        """How many slots stand before what comes next."""
        return self.used if self.into is None else self.told[self.into.start]

    def copy_row(self, source: int, targets: Sequence[int]) -> None:
        """Give the rows `targets` what the row `source` has."""
        count = self.told[source]
        for target in targets:
            self.keys[target, :, :count] = self.keys[source, :, :count]
            self.values[target, :, :count] = self.values[source, :, :count]
            self.told[target] = count

    def keep(self, rows: torch.Tensor) -> None:
        """Forget all rows but these; the room that was not used is kept."""
        self.keys, self.values = self.keys[rows], self.values[rows]
        self.rows = len(rows)

    def _fit(self, end: int) -> None:
        room = self.keys.shape[-2]
        if end <= room:
            return
        more = max(end, room + room // 4 + 64)
        for name in ("keys", "values"):
            old = getattr(self, name)
            new = self._empty(old, more)
            new[:, :, :room] = old
            setattr(self, name, new)

    def _empty(self, like: torch.Tensor, room: int) -> torch.Tensor:
        return like.new_zeros((self.rows, like.shape[1], room, like.shape[3]))


class SlotCache(Cache):  # type: ignore[misc]  # the library has no types
    """The layers of a batch. First each row's beginning is written (`into`), then all rows go on together (`join`).

    A layer of linear attention has a state in place of keys and values: until they join, each row has its own layer.
    """

    def __init__(self, text: Any, rows: int, room: int) -> None:
        """`text`: the configuration of the language half. `room`: slots a row that are set aside at first."""
        stock = DynamicCache(config=text).layers
        self._linear = {
            at: [deepcopy(layer) for _ in range(rows)]
            for at, layer in enumerate(stock)
            if type(layer) is LinearAttentionLayer
        }
        super().__init__(
            layers=[self._linear[at][0] if at in self._linear else Slots(rows, room) for at in range(len(stock))]
        )

    def into(self, row: int, count: int = 1) -> None:
        """What comes next belongs to the `count` rows from this one on: to one where there is linear attention."""
        for layer in self._slots():
            layer.into = slice(row, row + count)
        for at, states in self._linear.items():
            self.layers[at] = states[row]

    def join(self, used: int) -> None:
        """From now on all rows go on behind slot `used`."""
        for layer in self._slots():
            layer.into, layer.used = None, used
        for at, states in self._linear.items():
            self.layers[at] = _joined(states)
        self._linear = {}

    def copy_row(self, source: int, targets: Sequence[int]) -> None:
        """Give the rows `targets` what the row `source` has, in every layer."""
        for layer in self._slots():
            layer.copy_row(source, targets)
        for states in self._linear.values():
            for target in targets:
                states[target] = deepcopy(states[source])

    def keep(self, rows: torch.Tensor) -> None:
        """Forget all rows but these (indices), layer by layer, so that little is held twice."""
        for layer in self.layers:
            if isinstance(layer, Slots):
                layer.keep(rows)
            else:
                layer.reorder_cache(rows)

    def _slots(self) -> list[Slots]:
        return [layer for layer in self.layers if isinstance(layer, Slots)]


def _joined(rows: Sequence[Any]) -> Any:
    """A layer of linear attention with the states of these layers of one row each."""
    first = rows[0]
    for name in ("conv_states", "recurrent_states"):
        states = getattr(first, name)
        for number, state in states.items():
            if state is not None:
                states[number] = torch.cat([getattr(row, name)[number] for row in rows])
    return first


def kinds_of(text: Any) -> frozenset[type]:
    """The kinds of layers of a language half: `SlotCache` knows `DynamicLayer` and `LinearAttentionLayer`."""
    return frozenset(type(layer) for layer in DynamicCache(config=text).layers)
