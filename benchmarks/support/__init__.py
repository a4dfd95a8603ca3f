"""What the benchmarks share: documents to work on, the bare loops, the product's command, pairs of timings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Say = Callable[[str], None]
Options = Mapping[str, int]
Figures = dict[str, object]
