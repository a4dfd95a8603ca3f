"""Configurations and processor files of the families beside Qwen's, laid out as the published folders have them.

Pictures are 56 or 64 pixels here instead of 336 to 512, so that an image is a few tokens; nothing else is simplified.
"""

from __future__ import annotations

from typing import Any

from tests.models.sizes import Size
from tests.models.words import END, PAD

PINPOINTS = [[56, 112], [112, 56], [112, 112]]
_CLIP = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
_HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
Files = dict[str, dict[str, Any]]


def text(size: Size, tokens: Any, kind: str) -> dict[str, Any]:
    """The language model's part of a configuration; `kind` is its model type."""
    return {
        "model_type": kind,
        "vocab_size": -(-len(tokens) // 64) * 64,
        "hidden_size": size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "head_dim": size.head_dim,
        "intermediate_size": size.inner,
        "max_position_embeddings": 32768,
        "bos_token_id": None,
        "eos_token_id": tokens.convert_tokens_to_ids(END),
        "pad_token_id": tokens.convert_tokens_to_ids(PAD),
        "tie_word_embeddings": size.tied,
    }


def vision(size: Size, kind: str, **more: Any) -> dict[str, Any]:
    """The vision tower's part, for families that name its widths as a language model's."""
    return {
        "model_type": kind,
        "hidden_size": size.vision_hidden,
        "intermediate_size": size.vision_inner,
        "num_hidden_layers": size.vision_layers,
        "num_attention_heads": size.vision_heads,
        **more,
    }


def llava(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "clip_vision_model", image_size=56, patch_size=14, projection_dim=32)
    image = tokens.convert_tokens_to_ids("<image>")
    return {
        "text_config": text(size, tokens, "llama"), "vision_config": tower, "image_token_index": image,
        "image_seq_length": 16, "vision_feature_layer": -2, "vision_feature_select_strategy": "default",
    }  # fmt: skip


def llava_files(size: Size) -> Files:
    pixels = {"crop_size": {"height": 56, "width": 56}, "size": {"shortest_edge": 56}, "do_center_crop": True} | _CLIP
    about = {"patch_size": 14, "num_additional_image_tokens": 1, "vision_feature_select_strategy": "default"}
    return {
        "preprocessor_config.json": pixels | {"image_processor_type": "CLIPImageProcessor"},
        "processor_config.json": about | {"image_token": "<image>", "processor_class": "LlavaProcessor"},
    }


def llava_next(size: Size, tokens: Any) -> dict[str, Any]:
    return llava(size, tokens) | {"image_grid_pinpoints": PINPOINTS}


def llava_next_files(size: Size) -> Files:
    files = llava_files(size)
    grid = {"image_processor_type": "LlavaNextImageProcessor", "image_grid_pinpoints": PINPOINTS}
    files["preprocessor_config.json"] |= grid
    files["processor_config.json"] |= {"processor_class": "LlavaNextProcessor"}
    return files


def onevision(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "siglip_vision_model", image_size=56, patch_size=14, vision_use_head=False)
    return {
        "text_config": text(size, tokens, "qwen2"), "vision_config": tower, "image_grid_pinpoints": PINPOINTS,
        "image_token_index": tokens.convert_tokens_to_ids("<image>"),
        "video_token_index": tokens.convert_tokens_to_ids("<video>"),
        "vision_feature_layer": -1, "vision_feature_select_strategy": "full", "vision_aspect_ratio": "anyres_max_9",
    }  # fmt: skip


def onevision_files(size: Size) -> Files:
    pixels = {"size": {"height": 56, "width": 56}, "image_grid_pinpoints": PINPOINTS} | _HALF
    about = {"num_image_tokens": 16, "vision_feature_select_strategy": "full", "vision_aspect_ratio": "anyres_max_9"}
    names = {"image_token": "<image>", "video_token": "<video>", "processor_class": "LlavaOnevisionProcessor"}
    video = {"size": {"height": 56, "width": 56}, "video_processor_type": "LlavaOnevisionVideoProcessor"} | _HALF
    return {
        "preprocessor_config.json": pixels | {"image_processor_type": "LlavaOnevisionImageProcessor"},
        "processor_config.json": about | names,
        "video_preprocessor_config.json": video,
    }


def internvl(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "internvl_vision", image_size=[56, 56], patch_size=[14, 14])
    return {
        "text_config": text(size, tokens, "qwen2"), "vision_config": tower, "image_seq_length": 4,
        "image_token_id": tokens.convert_tokens_to_ids("<IMG_CONTEXT>"), "downsample_ratio": 0.5,
        "tie_word_embeddings": size.tied,
    }  # fmt: skip


def internvl_files(size: Size) -> Files:
    pixels = {"size": {"height": 56, "width": 56}, "crop_to_patches": False, "max_patches": 12} | _CLIP
    video = {"size": {"height": 56, "width": 56}, "video_processor_type": "InternVLVideoProcessor"} | _CLIP
    return {
        "preprocessor_config.json": pixels | {"image_processor_type": "GotOcr2ImageProcessorFast"},
        "processor_config.json": {"image_seq_length": 4, "processor_class": "InternVLProcessor"},
        "video_preprocessor_config.json": video,
    }


def idefics3(size: Size, tokens: Any) -> dict[str, Any]:
    return _idefics(size, tokens, "idefics3_vision")


def smolvlm(size: Size, tokens: Any) -> dict[str, Any]:
    return _idefics(size, tokens, "smolvlm_vision")


def _idefics(size: Size, tokens: Any, tower: str) -> dict[str, Any]:
    return {
        "text_config": text(size, tokens, "llama"),
        "vision_config": vision(size, tower, image_size=64, patch_size=16),
        "image_token_id": tokens.convert_tokens_to_ids("<image>"), "scale_factor": 2,
        "pad_token_id": tokens.convert_tokens_to_ids(PAD), "tie_word_embeddings": size.tied,
    }  # fmt: skip


def idefics3_files(size: Size) -> Files:
    return _idefics_files("Idefics3", {})


def smolvlm_files(size: Size) -> Files:
    video = {"size": {"longest_edge": 64}, "max_image_size": {"longest_edge": 64}} | _HALF
    return _idefics_files("SmolVLM", {"video_preprocessor_config.json": video})


def _idefics_files(name: str, more: Files) -> Files:
    pixels = {"size": {"longest_edge": 128}, "max_image_size": {"longest_edge": 64}, "do_image_splitting": True}
    return {
        "preprocessor_config.json": pixels | _HALF | {"image_processor_type": f"{name}ImageProcessor"},
        "processor_config.json": {"image_seq_len": 4, "processor_class": f"{name}Processor"},
    } | more


def granite_docling(size: Size, tokens: Any) -> dict[str, Any]:
    tower = vision(size, "granite_docling_vision", image_size=64, patch_size=16, scale_factor=2)
    tower |= {"out_hidden_size": size.hidden, "deepstack_visual_indexes": [0], "use_fine_route": False}
    return {
        "text_config": text(size, tokens, "granite_docling_text"), "vision_config": tower,
        "image_token_id": tokens.convert_tokens_to_ids("<image>"),
        "pad_token_id": tokens.convert_tokens_to_ids(PAD), "tie_word_embeddings": size.tied,
    }  # fmt: skip


def granite_docling_files(size: Size) -> Files:
    pixels = {"size": {"height": 64, "width": 64}, "crop_to_patches": True, "min_patches": 1, "max_patches": 4}
    return {
        "preprocessor_config.json": pixels | _HALF | {"image_processor_type": "GraniteDoclingImageProcessor"},
        "processor_config.json": {"image_seq_len": 4, "processor_class": "GraniteDoclingProcessor"},
    }
