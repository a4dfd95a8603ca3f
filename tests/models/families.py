"""The families that a small real model can be made of, and why the others cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.models import more_shapes as more
from tests.models import other_shapes as other
from tests.models import qwen_shapes, templates
from tests.models.sizes import Size
from tests.models.words import QWEN_TOKENS

_CHAT = ("<|im_start|>", "<image>", "<video>")
_GRID = tuple(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7))
_IDEFICS = ("<|im_start|>", "<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>", *_GRID)
_GRANITE = (*_IDEFICS, "<|start_of_role|>", "<|end_of_role|>")
_INTERNVL = {
    "start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>",
    "video_token": "<video>",
}  # fmt: skip
_LIGHTON = {
    "image_token": "<|image_pad|>", "image_break_token": "<|vision_pad|>", "image_end_token": "<|vision_end|>",
}  # fmt: skip
_PADDLE = ("<|IMAGE_START|>", "<|IMAGE_END|>", "<|video_pad|>")
_GEMMA = {
    "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>",
}  # fmt: skip
_MISTRAL = ("[IMG]", "[IMG_BREAK]", "[IMG_END]", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]")
_GLM = (
    "<|system|>", "<|user|>", "<|assistant|>", "<|image|>", "<|video|>", "<|begin_of_image|>", "<|end_of_image|>",
    "<|begin_of_video|>", "<|end_of_video|>",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Family:
    """How a family's folder is made. `configure` makes the configuration's fields of the size and the tokenizer;
    `files` makes the processor's files, by name. `end` is the token that ends a reply.
    """

    template: str
    configure: Callable[[Size, Any], Mapping[str, Any]]
    files: Callable[[Size], other.Files]
    special: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    end: str = "<|im_end|>"


def _qwen(name: str) -> Family:
    configure = partial(qwen_shapes.fields, name)
    return Family(templates.QWEN, configure, partial(qwen_shapes.files, name), QWEN_TOKENS)


QWEN = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe")
FAMILIES: Mapping[str, Family] = {name: _qwen(name) for name in QWEN} | {
    "llava": Family(templates.LLAVA, other.llava, other.llava_files, _CHAT),
    "llava_next": Family(templates.LLAVA_NEXT, other.llava_next, other.llava_next_files, _CHAT),
    "llava_onevision": Family(templates.ONEVISION, other.onevision, other.onevision_files, _CHAT),
    "internvl": Family(templates.INTERNVL, other.internvl, other.internvl_files, ("<|im_start|>",), _INTERNVL),
    "idefics3": Family(templates.IDEFICS, other.idefics3, other.idefics3_files, _IDEFICS, end="<end_of_utterance>"),
    "smolvlm": Family(templates.IDEFICS, other.smolvlm, other.smolvlm_files, _IDEFICS, end="<end_of_utterance>"),
    "granite_docling": Family(templates.GRANITE, other.granite_docling, other.granite_docling_files, _GRANITE),
    "paddleocr_vl": Family(
        templates.PADDLE, more.paddleocr_vl, more.paddleocr_vl_files, _PADDLE, {"image_token": "<|IMAGE_PLACEHOLDER|>"}
    ),
    "lighton_ocr": Family(templates.LIGHTON, more.lighton_ocr, more.lighton_ocr_files, ("<|im_start|>",), _LIGHTON),
    "mistral3": Family(templates.MISTRAL, more.mistral3, more.mistral3_files, _MISTRAL),
    "gemma3": Family(
        templates.GEMMA, more.gemma3, more.gemma3_files, ("<start_of_turn>", "<end_of_turn>"), _GEMMA, "<end_of_turn>"
    ),
    "glm_ocr": Family(templates.GLM, more.glm_ocr, more.glm_ocr_files, _GLM),
}
UNBUILT: Mapping[str, str] = {
    "deepseek_ocr2": "its processor writes its own prompt and takes no chat of system and user",
    "got_ocr2": "its processor writes a fixed prompt (OCR, with format) and takes no question",
    "minicpmv4_6": "its processor reads settings of its video half, which exists for torchvision only",
}


def known(family: str) -> bool:
    """Whether the installed transformers has the family (granite_docling came after 5.17)."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    return family in CONFIG_MAPPING_NAMES
