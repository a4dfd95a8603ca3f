"""More families: document readers of 2025 and 2026, and two general ones, as `other_shapes` has the older ones."""

from __future__ import annotations

from typing import Any

from tests.models.other_shapes import Files, text, vision
from tests.models.sizes import Size
from tests.models.words import PAD

_HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}


def _sections(size: Size) -> dict[str, Any]:
    half = size.head_dim // 2
    part = half // 4
    sections = [part, (half - part) // 2, half - part - (half - part) // 2]
    return {"rope_type": "default", "rope_theta": 5e5, "mrope_section": sections}


def paddleocr_vl(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "paddleocr_vl_vision", image_size=56, patch_size=14, spatial_merge_size=2)
    ids = {"image_token_id": "<|IMAGE_PLACEHOLDER|>", "video_token_id": "<|video_pad|>"}
    ids |= {"vision_start_token_id": "<|IMAGE_START|>", "vision_end_token_id": "<|IMAGE_END|>"}
    named = {key: tokens.convert_tokens_to_ids(token) for key, token in ids.items()}
    words = text(size, tokens, "paddleocr_vl_text") | {"rope_parameters": _sections(size)}
    return {"text_config": words, "vision_config": tower, "tie_word_embeddings": size.tied, **named}


def paddleocr_vl_files(size: Size) -> Files:
    pixels = {"min_pixels": 784, "max_pixels": 1003520, "patch_size": 14, "temporal_patch_size": 1, "merge_size": 2}
    return {
        "preprocessor_config.json": pixels | _HALF | {"image_processor_type": "PaddleOCRVLImageProcessor"},
        "processor_config.json": {"processor_class": "PaddleOCRVLProcessor"},
    }


def lighton_ocr(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "pixtral", image_size=224, patch_size=14, head_dim=size.vision_hidden // size.vision_heads)
    return {
        "text_config": text(size, tokens, "qwen3"), "vision_config": tower, "spatial_merge_size": 2,
        "image_token_id": tokens.convert_tokens_to_ids("<|image_pad|>"), "tie_word_embeddings": size.tied,
    }  # fmt: skip


def lighton_ocr_files(size: Size) -> Files:
    pixels = {"size": {"longest_edge": 224}, "patch_size": {"height": 14, "width": 14}} | _HALF
    about = {"patch_size": 14, "spatial_merge_size": 2, "processor_class": "LightOnOcrProcessor"}
    return {
        "preprocessor_config.json": pixels | {"image_processor_type": "PixtralImageProcessorFast"},
        "processor_config.json": about,
    }


def mistral3(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "pixtral", image_size=224, patch_size=14, head_dim=size.vision_hidden // size.vision_heads)
    return {
        "text_config": text(size, tokens, "mistral"), "vision_config": tower, "spatial_merge_size": 2,
        "image_token_index": tokens.convert_tokens_to_ids("[IMG]"), "vision_feature_layer": -1,
        "tie_word_embeddings": size.tied,
    }  # fmt: skip


def mistral3_files(size: Size) -> Files:
    pixels = {"size": {"longest_edge": 224}, "patch_size": {"height": 28, "width": 28}} | _HALF
    about = {"image_token": "[IMG]", "image_break_token": "[IMG_BREAK]", "image_end_token": "[IMG_END]"}
    return {
        "preprocessor_config.json": pixels | {"image_processor_type": "PixtralImageProcessorFast"},
        "processor_config.json": about
        | {"patch_size": 14, "spatial_merge_size": 2, "processor_class": "PixtralProcessor"},
    }


def gemma3(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "siglip_vision_model", image_size=56, patch_size=14, vision_use_head=False)
    words = text(size, tokens, "gemma3_text") | {"query_pre_attn_scalar": size.head_dim, "sliding_window": 4096}
    ids = {"boi_token_index": "<start_of_image>", "eoi_token_index": "<end_of_image>"}
    ids |= {"image_token_index": "<image_soft_token>"}
    named = {key: tokens.convert_tokens_to_ids(token) for key, token in ids.items()}
    ends = {"pad_token_id": tokens.convert_tokens_to_ids(PAD), "tie_word_embeddings": size.tied}
    return {"text_config": words, "vision_config": tower, "mm_tokens_per_image": 4, **named, **ends}


def gemma3_files(size: Size) -> Files:
    pixels = {"size": {"height": 56, "width": 56}, "do_pan_and_scan": None} | _HALF
    return {
        "preprocessor_config.json": pixels | {"image_processor_type": "Gemma3ImageProcessor"},
        "processor_config.json": {"image_seq_length": 4, "processor_class": "Gemma3Processor"},
    }


def glm_ocr(size: Size, tokens: Any) -> dict[str, Any]:
    tower = {
        "depth": size.vision_layers, "hidden_size": size.vision_hidden, "intermediate_size": size.vision_inner,
        "num_heads": size.vision_heads, "image_size": 56, "patch_size": 14, "out_hidden_size": size.hidden,
    }  # fmt: skip
    ids = {"image_token_id": "<|image|>", "video_token_id": "<|video|>"}
    for kind in ("image", "video"):
        ids |= {f"{kind}_start_token_id": f"<|begin_of_{kind}|>", f"{kind}_end_token_id": f"<|end_of_{kind}|>"}
    named = {key: tokens.convert_tokens_to_ids(token) for key, token in ids.items()}
    words = text(size, tokens, "glm_ocr_text") | {"rope_parameters": _sections(size)}
    return {"text_config": words, "vision_config": tower, "tie_word_embeddings": size.tied, **named}


def glm_ocr_files(size: Size) -> Files:
    pixels = {"size": {"shortest_edge": 12544, "longest_edge": 9633792}, "patch_size": 14, "temporal_patch_size": 2}
    return {
        "preprocessor_config.json": pixels | _HALF | {"merge_size": 2, "image_processor_type": "Glm46VImageProcessor"},
        "processor_config.json": {"processor_class": "Glm46VProcessor"},
        "video_preprocessor_config.json": _HALF | {"video_processor_type": "Glm46VVideoProcessor"},
    }
