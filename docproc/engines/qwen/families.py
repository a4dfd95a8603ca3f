"""What differs between families of models: the sides of an image, the scale of boxes, the ways that are proven.

A family is a `model_type` of transformers. One that is not listed here runs the plain way, and is not asked for boxes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from docproc.core.errors import UsageError
from docproc.core.model_boxes import Convention

Way = Literal["packed", "expanded", "plain"]
SHARED: tuple[Way, ...] = ("packed", "expanded", "plain")
UNPACKED: tuple[Way, ...] = ("expanded", "plain")


@dataclass(frozen=True, slots=True)
class Family:
    """`name` is the `model_type`.

    `factor`: sides of an image are multiples of it, and a visual token is `factor` x `factor` pixels. `native`: its
    processor takes an image of any size as it is; else it resizes or cuts it by itself, so that an image is sent to it
    as a square, padded with white, which no resizing distorts and no cropping cuts. `convention`: the scale of its
    boxes, None where it was never taught to write any. `ways`: those that give the same tokens as the plain one, the
    fastest first. `image_end`: the text after the last image at which a prompt can be cut; empty: right after it.
    """

    name: str
    factor: int = 28
    native: bool = False
    convention: Convention | None = None
    ways: tuple[Way, ...] = ("plain",)
    image_end: str = ""


_QWEN = "<|vision_end|>"
_OTHERS = (
    "llava",
    "llava_next",
    "llava_onevision",
    "internvl",
    "idefics3",
    "smolvlm",
    "granite_docling",
    "paddleocr_vl",
    "lighton_ocr",
    "glm_ocr",
)
_FAMILIES = (
    Family("qwen2_vl", 28, True, "relative", SHARED, _QWEN),
    Family("qwen2_5_vl", 28, True, "absolute", SHARED, _QWEN),
    Family("qwen3_vl", 32, True, "relative", SHARED, _QWEN),
    Family("qwen3_vl_moe", 32, True, "relative", SHARED, _QWEN),
    # Three of four layers are linear attention, whose state knows no mask: nothing can be packed or padded.
    Family("qwen3_5", 32, True, "relative", UNPACKED, _QWEN),
    Family("qwen3_5_moe", 32, True, "relative", UNPACKED, _QWEN),
    *(Family(name, ways=SHARED) for name in _OTHERS),
)


def family_of(config: Mapping[str, Any]) -> Family:
    """The family of a `config.json`, with the factor that stands in it. Raises UsageError where it has none."""
    name = config.get("model_type")
    if not isinstance(name, str):
        raise UsageError("the model's config.json names no model_type: it is no model of transformers")
    known = {family.name: family for family in _FAMILIES}.get(name, Family(name))
    vision = config.get("vision_config")
    patch = vision.get("patch_size") if isinstance(vision, Mapping) else None
    merge = vision.get("spatial_merge_size") if isinstance(vision, Mapping) else None
    if not known.native or not isinstance(patch, int) or not isinstance(merge, int):
        return known
    return Family(known.name, patch * merge, known.native, known.convention, known.ways, known.image_end)


def ways_of(family: Family, attention: str) -> tuple[Way, ...]:
    """The ways that are proven for a family under an attention implementation, the fastest first: packing needs one
    that takes a mask of four dimensions as it is.
    """
    return tuple(way for way in family.ways if way != "packed" or attention in ("auto", "sdpa"))
