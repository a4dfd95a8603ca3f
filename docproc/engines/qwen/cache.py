"""Keys and values in memory that is set aside once and written in place.

`torch.cat` of all keys and values for each token, as the stock cache does, moves the whole cache through memory at
every step. Here a layer has room for what is to come, and grows by a quarter where that is not enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicLayer


class Slots(DynamicLayer):  # type: ignore[misc]  # the library has no types
    """One layer's keys and values: (rows, key heads, room, head size); the first `used` slots of all rows are told.

    While `row` is set, what comes is the beginning of that row alone: it is put there, and only it is seen. Slots that
    a row does not use hold zeros; who reads them masks them.
    """

    def __init__(self, rows: int, room: int) -> None:
        super().__init__()
        self.rows, self.room = rows, room
        self.used = 0
        self.row: int | None = None

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
        count = key_states.shape[-2]
        if self.row is not None:
            self._fit(count)
            self.keys[self.row, :, :count] = key_states[0]
            self.values[self.row, :, :count] = value_states[0]
            return key_states, value_states
        end = self.used + count
        self._fit(end)
        self.keys[:, :, self.used : end] = key_states
        self.values[:, :, self.used : end] = value_states
        self.used = end
        return self.keys[:, :, :end], self.values[:, :, :end]

    def get_seq_length(self) -> int:
        """How many slots are told; none while a row's beginning is written."""
        return 0 if self.row is not None else self.used

    def copy_row(self, source: int, targets: Sequence[int], count: int) -> None:
        """Give the rows `targets` the first `count` slots of the row `source`."""
        for target in targets:
            self.keys[target, :, :count] = self.keys[source, :, :count]
            self.values[target, :, :count] = self.values[source, :, :count]

    def keep(self, rows: torch.Tensor) -> None:
        """Forget all rows but these; the room that was not used is kept."""
        self.keys, self.values = self.keys[rows], self.values[rows]
        self.rows = len(rows)

    def _fit(self, end: int) -> None:
        room = self.keys.shape[-2]
        if end <= room:
            return
        room = max(end, room + room // 4 + 64)
        for name in ("keys", "values"):
            old = getattr(self, name)
            new = self._empty(old, room)
            new[:, :, : self.used] = old[:, :, : self.used]
            setattr(self, name, new)

    def _empty(self, like: torch.Tensor, room: int) -> torch.Tensor:
        return like.new_zeros((self.rows, like.shape[1], room, like.shape[3]))


class SlotCache(Cache):  # type: ignore[misc]  # the library has no types
    """The layers of a batch. First each row's beginning is written (`into`), then all rows go on together (`join`)."""

    def __init__(self, layers: int, rows: int, room: int) -> None:
        """`room`: slots a row that are set aside at first."""
        super().__init__(layers=[Slots(rows, room) for _ in range(layers)])

    def into(self, row: int) -> None:
        """What comes next is the beginning of this row."""
        for layer in self.layers:
            layer.row = row

    def join(self, used: int) -> None:
        """From now on all rows go on behind slot `used`."""
        for layer in self.layers:
            layer.row, layer.used = None, used

    def copy_row(self, source: int, targets: Sequence[int], count: int) -> None:
        """Give the rows `targets` the first `count` slots of the row `source`, in every layer."""
        for layer in self.layers:
            layer.copy_row(source, targets, count)

    def keep(self, rows: torch.Tensor) -> None:
        """Forget all rows but these (indices), layer by layer, so that little is held twice."""
        for layer in self.layers:
            layer.keep(rows)
