"""How engines with a vision model are shown the pages of a prompt; no engine itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from docproc.core.anyres import LEAST_TOKENS, MOST_TOKENS
from docproc.core.errors import UsageError
from docproc.core.tiles import Policy, Tile, Tiling, plan, without_blank
from docproc.core.types import Manner, Page, Prompt
from docproc.imaging.crop import open_image
from docproc.imaging.cut import Ink, cut, turned
from docproc.imaging.store import ImageStore

if TYPE_CHECKING:
    from PIL import Image

SETTINGS = ("tiles", "page_tokens", "overview_tokens", "tile", "grids", "overlap")
PROMPT_TOKENS = 16_384  # visual tokens that several pages in one prompt share
MOST_PAGE_TOKENS = 1_000_000
MOST_SIDE = 128  # tokens: 128 x 128 are the 16,384 of one image
MOST_ALONG = 32  # close-ups in a row or column
MOST_OVERLAP = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One image of a prompt: `image` is RGB and `tile.canvas` pixels large."""

    tile: Tile
    image: Image.Image


def tiling_of(settings: Mapping[str, str], factor: int, engine: str = "<ENGINE>") -> Tiling:
    """The tiling that an engine's settings name, for a model whose visual token is `factor` x `factor` pixels.

    Settings: `tiles` (the policy), `page_tokens`, `overview_tokens`, `tile` (pixels), `grids` ("1x1,2x3": columns x
    rows) and `overlap` (pixels). Raises UsageError that names the variable DOCPROC_<ENGINE>_<SETTING>.
    """
    ranges = {
        "page_tokens": (LEAST_TOKENS, MOST_PAGE_TOKENS),
        "overview_tokens": (LEAST_TOKENS, MOST_TOKENS),
        "tile": (4 * factor, MOST_SIDE * factor),
        "overlap": (0, MOST_OVERLAP),
    }
    given: dict[str, Any] = {}
    for name, (least, most) in ranges.items():
        if text := settings.get(name, "").strip():
            if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
                raise _fault(engine, name, text, f"a whole number from {least} to {most} is needed")
            given[name] = int(text)
    if policy := settings.get("tiles", "").strip():
        if policy not in get_args(Policy):
            raise _fault(engine, "tiles", policy, f"there are: {', '.join(get_args(Policy))}")
        given["policy"] = policy
    if grids := settings.get("grids", "").strip():
        given["grids"] = _grids(grids, engine)
    return replace(Tiling(factor=factor), **given)


def _grids(text: str, engine: str) -> tuple[tuple[int, int], ...]:
    grids = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,2})x([0-9]{1,2})\s*", part)
        grid = (int(match[1]), int(match[2])) if match else (0, 0)
        if not all(1 <= count <= MOST_ALONG for count in grid):
            wanted = f"columns x rows from 1x1 to {MOST_ALONG}x{MOST_ALONG}, separated by commas: 1x1,1x2,2x3"
            raise _fault(engine, "grids", text, wanted)
        grids.append(grid)
    return tuple(grids)


def _fault(engine: str, name: str, text: str, wanted: str) -> UsageError:
    return UsageError(f"DOCPROC_{engine.upper()}_{name.upper()}={text}: {wanted}")


def look(prompt: Prompt, tiling: Tiling, images: ImageStore) -> list[Seen]:
    """The images that show a prompt's pages, in order, upright as far as their reading tells, and turned on by
    `prompt.manner.turn`. Close-ups without ink are left out.

    Several pages share `PROMPT_TOKENS`, but each gets as much as its overview takes. Raises NotFound or PageFailed
    where a page image is gone or damaged.
    """
    least = min(tiling.overview_tokens, tiling.page_tokens)
    share = max(min(tiling.page_tokens, PROMPT_TOKENS // max(1, len(prompt.pages))), least)
    shared = replace(tiling, page_tokens=share)
    return [seen for page in prompt.pages for seen in _look_at(page, shared, prompt.manner, images)]


def _look_at(page: Page, tiling: Tiling, manner: Manner, images: ImageStore) -> list[Seen]:
    with open_image(images, page.image) as stored:
        turn = turn_of(page, manner)
        image = turned(stored, turn)
        tiles = plan(page.number, stored.size, tiling, turn, manner.closer)
        if len(tiles) > 1:
            ink = Ink(image)
            tiles = without_blank(tiles, lambda tile: ink.within(tile.crop))
        return [Seen(tile, cut(image, tile)) for tile in tiles]


def turn_of(page: Page, manner: Manner) -> int:
    """By how many degrees clockwise the stored page image is turned before it is shown: 0, 90, 180 or 270."""
    leaning = page.reading.turn if page.reading else 0
    return (manner.turn - leaning) % 360


def opening(seen: Sequence[Seen]) -> list[str | Seen]:
    """What a prompt's user content begins with: the images in order; of several pages each is announced ("Page 3:")."""
    several = len({one.tile.page for one in seen}) > 1
    parts: list[str | Seen] = []
    last = None
    for one in seen:
        if several and one.tile.page != last:
            parts.append(f"Page {one.tile.page}:")
        last = one.tile.page
        parts.append(one)
    return parts
