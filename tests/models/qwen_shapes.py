"""Configurations and processor files of the Qwen families, laid out as the published folders have them."""

from __future__ import annotations

from typing import Any

from tests.models.sizes import Size
from tests.models.words import END, PAD

_CLIP = {
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
_HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}


def fields(family: str, size: Size, tokens: Any) -> dict[str, Any]:
    """The fields of the family's configuration; `tokens` is the tokenizer."""
    text = _text(size, tokens)
    vision: dict[str, Any] = {"depth": size.vision_layers, "num_heads": size.vision_heads}
    if family == "qwen2_vl":
        text["rope_parameters"] = _rope(size, interleaved=False)
        vision |= {"embed_dim": size.vision_hidden, "hidden_size": size.hidden, "patch_size": 14}
        vision["mlp_ratio"] = size.vision_inner // size.vision_hidden
    elif family == "qwen2_5_vl":
        text["rope_parameters"] = _rope(size, interleaved=False)
        vision |= {"hidden_size": size.vision_hidden, "intermediate_size": size.vision_inner, "patch_size": 14}
        vision |= {
            "window_size": 112,
            "fullatt_block_indexes": [size.vision_layers - 1],
            "out_hidden_size": size.hidden,
        }
    else:
        text |= {"head_dim": size.head_dim, "rope_parameters": _rope(size, interleaved=True)}
        vision |= {"hidden_size": size.vision_hidden, "intermediate_size": size.vision_inner, "patch_size": 16}
        vision |= {"num_position_embeddings": 48 * 48, "out_hidden_size": size.hidden}
        text |= _hybrid(size) if family.startswith("qwen3_5") else {}
        if not family.startswith("qwen3_5"):
            vision["deepstack_visual_indexes"] = [index for index in (0, 2, 4) if index < size.vision_layers - 1]
        if family.endswith("_moe"):
            text |= {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": size.inner}
            text |= {"shared_expert_intermediate_size": size.inner} if family == "qwen3_5_moe" else {}
    names = {"image_token_id": "image_pad", "video_token_id": "video_pad"}
    names |= {"vision_start_token_id": "vision_start", "vision_end_token_id": "vision_end"}
    ids = {key: tokens.convert_tokens_to_ids(f"<|{name}|>") for key, name in names.items()}
    return {"text_config": text, "vision_config": vision, "tie_word_embeddings": size.tied, **ids}


def files(family: str, size: Size) -> dict[str, dict[str, Any]]:
    """The processor's files as they are published, by name: written for torchvision and with a video half."""
    patch = 14 if family in ("qwen2_vl", "qwen2_5_vl") else 16
    processor = {"qwen2_vl": "Qwen2VLProcessor", "qwen2_5_vl": "Qwen2_5_VLProcessor"}.get(family, "Qwen3VLProcessor")
    shared = {"patch_size": patch, "temporal_patch_size": 2, "merge_size": 2, "processor_class": processor}
    if patch == 14:
        limits: dict[str, Any] = {"min_pixels": 3136, "max_pixels": 12845056} | _CLIP
        return {"preprocessor_config.json": shared | limits | {"image_processor_type": "Qwen2VLImageProcessor"}}
    limits = {"size": {"shortest_edge": 65536, "longest_edge": 16777216}} | _HALF
    video = {"size": {"shortest_edge": 4096, "longest_edge": 25165824}} | _HALF
    return {
        "preprocessor_config.json": shared | limits | {"image_processor_type": "Qwen2VLImageProcessorFast"},
        "video_preprocessor_config.json": shared | video | {"video_processor_type": "Qwen3VLVideoProcessor"},
    }


def _text(size: Size, tokens: Any) -> dict[str, Any]:
    return {
        "vocab_size": -(-len(tokens) // 64) * 64,  # padded, as the published ones are
        "hidden_size": size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.kv_heads,
        "intermediate_size": size.inner,
        "max_position_embeddings": 32768,
        "rms_norm_eps": 1e-6,
        "bos_token_id": None,
        "eos_token_id": tokens.convert_tokens_to_ids(END),
        "pad_token_id": tokens.convert_tokens_to_ids(PAD),
        "tie_word_embeddings": size.tied,
    }


def _rope(size: Size, interleaved: bool) -> dict[str, Any]:
    """Positions in three parts that sum to half a head: 16, 24, 24 of 64 in Qwen2-VL, 24, 20, 20 in Qwen3-VL."""
    half = size.head_dim // 2
    if interleaved:
        part = half // 6 * 2 if half >= 12 else half // 3
        sections = [half - 2 * part, part, part]
        return {"rope_type": "default", "rope_theta": 5e6, "mrope_interleaved": True, "mrope_section": sections}
    time, height = half // 4, (half - half // 4) // 2
    return {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [time, height, half - time - height]}


def _hybrid(size: Size) -> dict[str, Any]:
    """Three of four layers are linear attention, the last of the four is not."""
    kinds = ["full_attention" if index % 4 == 3 else "linear_attention" for index in range(size.layers)]
    width = size.head_dim
    return {
        "layer_types": [*kinds[:-1], "full_attention"],
        "linear_key_head_dim": width,
        "linear_value_head_dim": width,
        "linear_num_key_heads": size.kv_heads,
        "linear_num_value_heads": size.heads,
    }
