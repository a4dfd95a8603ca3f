"""What a finder sees of a prompt, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from docproc.core.boxes import Box
from docproc.core.types import Page, Reading
from docproc.imaging.store import ImageStore


@dataclass(frozen=True, slots=True)
class View:
    """The readings of a prompt's pages, in page order; `numbers` are their page numbers, `pages` the pages themselves.

    `images` holds the pages' images, for the few questions that look at pixels.
    """

    readings: tuple[Reading, ...]
    numbers: tuple[int, ...]
    pages: tuple[Page, ...]
    images: ImageStore | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A value that a finder found.

    `value` is what `Kind.parse` takes: a text (canonical or as printed), or a list or object for list and table kinds.
    `quote` is the text as printed; `confidence`, in [0, 1], is meant as the probability of being right; `at` holds
    (index into `View.readings`, box in pixels of that reading's upright frame) pairs.
    """

    value: Any
    quote: str = ""
    confidence: float = 0.5
    at: tuple[tuple[int, Box], ...] = ()
