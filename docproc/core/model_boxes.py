"""Where a model says that it saw the answer: the boxes in a reply's text, in fractions of the page.

Models write boxes in these forms; which scale the numbers have is a matter of the family, so the caller says it:

* Qwen-VL `<ref>x</ref><box>(x1,y1),(x2,y2)</box>`, 0-1000 of the image;
* Qwen2-VL `<|object_ref_start|>x<|object_ref_end|><|box_start|>(x1,y1),(x2,y2)<|box_end|>`, 0-1000 of the image, also
  with the special tokens lost on the way, as most servers lose them;
* Qwen2.5-VL JSON `{"bbox_2d": [x1, y1, x2, y2], "label": …}`, pixels of the image as the model was shown it;
* Qwen3-VL the same JSON, 0-1000 of the image again (0-999 on some servers; the difference is a thousandth).

The JSON form may stand in a list, in docproc's own reply `{"value": …, "image": 2, "bbox_2d": […]}`, between chatter
or in JSON that breaks off. `image` counts the images of the prompt from 1; where it is not said, the first is meant.
A model's text is data: numbers are read with patterns and a JSON parser, nothing of it is ever run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Literal

from docproc.core.boxes import Box, PageBox
from docproc.core.tiles import Tile

Convention = Literal["relative", "absolute"]

RELATIVE = 1000.0
# A corner may lie outside the image by so much of its side: models round. Further out it is not a place.
MOST_OUTSIDE = 0.1
MOST_BOXES = 256
MOST_TEXT = 1_000_000  # characters of a reply in which boxes are sought
MOST_STARTS = 64  # places that look like the beginning of JSON and are none

_KEY = "bbox_2d"
_GAP = r"\s{0,8}"
_NUMBER = rf"{_GAP}(-?\d{{1,7}}(?:\.\d{{1,9}})?){_GAP}"
_CORNERS = rf"\({_NUMBER},{_NUMBER}\){_GAP},?{_GAP}\({_NUMBER},{_NUMBER}\)"
_TAGGED = re.compile(rf"(?:<box>|<\|box_start\|>){_GAP}{_CORNERS}")
_BARE = re.compile(_CORNERS)
_BROKEN = re.compile(
    rf'(?:"image"{_GAP}:{_GAP}(\d{{1,4}}){_GAP},{_GAP})?"{_KEY}"{_GAP}:{_GAP}\[{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\]'
)
_REF = re.compile(r"</?ref>|<\|object_ref_(?:start|end)\|>")
_BOX = re.compile(rf"{_TAGGED.pattern}(?:[\s,]|{_CORNERS})*(?:</box>|<\|box_end\|>)?")
_START = re.compile(r"[{\[]")
_DECODER = json.JSONDecoder()

Said = tuple[object, Sequence[object]]  # the image's number and the four sides, as they were said


def page_boxes(text: str, convention: Convention, tiles: Sequence[Tile]) -> tuple[PageBox, ...]:
    """The boxes that a reply names, in its order, none twice; `tiles` are the prompt's images in their order.

    Corners that are swapped are put right. Left out is what is no place: boxes without area, on an image that the
    prompt did not have, far outside their image, or wholly on the margin that a canvas was padded with. A box that
    reaches out of the tile's picture is cut to it. Never raises, whatever the text.
    """
    found: dict[PageBox, None] = {}
    for image, sides in _said(text[:MOST_TEXT]):
        tile = _tile(image, tiles)
        box = _on_canvas(sides, convention, tile) if tile is not None else None
        if tile is not None and box is not None:
            on_page = tile.to_page(box)
            if on_page.width > 0 and on_page.height > 0:
                found[PageBox(tile.page, on_page)] = None
        if len(found) >= MOST_BOXES:
            break
    return tuple(found)


def without_marks(text: str) -> str:
    """A reply without the tags of Qwen-VL and Qwen2-VL and the corners between them; what they name stays."""
    bare, boxes = _BOX.subn("", text)
    return _REF.sub("", bare) if boxes else text


def _said(text: str) -> Iterator[Said]:
    """The boxes of the form that the text has: JSON, else tags, else bare pairs of corners."""
    if f'"{_KEY}"' in text:
        values = list(_json_in(text))
        yield from (said for value in values for said in _in_json(value))
        if not values:
            for match in _BROKEN.finditer(text):
                yield (int(match[1]) if match[1] else None), [float(side) for side in match.groups()[1:]]
        return
    tagged = list(_TAGGED.finditer(text))
    for match in tagged or _BARE.finditer(text):
        yield None, [float(side) for side in match.groups()]


def _json_in(text: str) -> Iterator[object]:
    """The JSON objects and lists in a text that name a box, the outermost ones."""
    at = tries = 0
    while tries < MOST_STARTS:
        start = _START.search(text, at)
        if start is None:
            return
        at = start.start()
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at, tries = at + 1, tries + 1
            continue
        if text.find(f'"{_KEY}"', at, end) >= 0:
            yield value
        at = end


def _in_json(value: object) -> Iterator[Said]:
    """The boxes of a JSON value, however deep, in the order of the text; an object's `image` is of its own boxes."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            sides = value.get(_KEY)
            if isinstance(sides, list):
                several = sides if sides and all(isinstance(side, list) for side in sides) else [sides]
                yield from ((value.get("image"), four) for four in several)
            waiting.extend(reversed([inner for key, inner in value.items() if key != _KEY]))


def _tile(image: object, tiles: Sequence[Tile]) -> Tile | None:
    if image is None:
        image = 1
    if isinstance(image, bool) or not isinstance(image, int) or not 1 <= image <= len(tiles):
        return None
    return tiles[image - 1]


def _on_canvas(sides: Sequence[object], convention: Convention, tile: Tile) -> Box | None:
    """The box in pixels of the tile's canvas, cut to the picture on it; None for what is no place."""
    if len(sides) != 4:
        return None
    numbers: list[float] = []
    for at, side in enumerate(sides):
        full = RELATIVE if convention == "relative" else float(tile.canvas[at % 2])
        if isinstance(side, bool) or not isinstance(side, int | float):
            return None
        if not -MOST_OUTSIDE * full <= side <= (1 + MOST_OUTSIDE) * full or not isfinite(side):
            return None
        numbers.append(side * tile.canvas[at % 2] / full)
    x0, x1 = sorted(numbers[0::2])
    y0, y1 = sorted(numbers[1::2])
    left, top, right, bottom = tile.inner
    box = Box(max(x0, left), max(y0, top), min(x1, right), min(y1, bottom))
    return box if box.width > 0 and box.height > 0 else None
