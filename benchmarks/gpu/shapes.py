"""Configurations of real size, and models made of them on the device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docproc.core.sizing import MODELS, Model

SIZES = {
    "2b": "Qwen/Qwen3-VL-2B-Instruct",
    "4b": "Qwen/Qwen3-VL-4B-Instruct",
    "8b": "Qwen/Qwen3-VL-8B-Instruct",
    "7b": "Qwen/Qwen2.5-VL-7B-Instruct",
}
# Which layers of the vision tower feed the language model besides the last, by the tower's depth.
_DEEP = {24: [5, 11, 17], 27: [8, 16, 24]}


def named(size: str) -> Model:
    """The published model that a word of the command line means. Raises KeyError."""
    return next(model for model in MODELS if model.name == SIZES[size])


def family_of(model: Model) -> str:
    """Its model_type."""
    if "Qwen3" not in model.name:
        return "qwen2_5_vl"
    return "qwen3_vl_moe" if model.experts else "qwen3_vl"


def configuration(model: Model) -> Any:
    """transformers' configuration of a published model; the ids of special tokens are the defaults."""
    from transformers import AutoConfig

    tower, family = model.tower, family_of(model)
    newer = family != "qwen2_5_vl"
    text: dict[str, Any] = {
        "vocab_size": model.vocabulary,
        "hidden_size": model.hidden,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": model.kv_heads,
        "intermediate_size": model.inner,
        "max_position_embeddings": 128_000,
        "tie_word_embeddings": model.tied,
        "bos_token_id": None,
    }
    vision: dict[str, Any] = {"depth": tower.depth, "hidden_size": tower.hidden, "intermediate_size": tower.inner}
    vision |= {"num_heads": 16, "patch_size": tower.patch, "out_hidden_size": model.hidden}
    if newer:
        rope = {"rope_type": "default", "rope_theta": 5e6, "mrope_interleaved": True, "mrope_section": [24, 20, 20]}
        text |= {"head_dim": 128, "rope_parameters": rope}
        vision |= {"num_position_embeddings": tower.places, "deepstack_visual_indexes": _DEEP[tower.depth]}
    else:
        text |= {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]}}
        vision |= {"window_size": 112, "fullatt_block_indexes": [7, 15, 23, 31]}
    if model.experts:
        text |= {
            "num_experts": model.experts,
            "num_experts_per_tok": model.active,
            "moe_intermediate_size": model.inner,
        }
    return AutoConfig.for_model(family, text_config=text, vision_config=vision, tie_word_embeddings=model.tied)


def made(config: Any, tokenizer: Any, device: str, dtype: Any) -> Any:
    """A model of that configuration with random weights, made where it will run; it speaks the tokenizer's tokens."""
    import torch
    from transformers import AutoModelForImageTextToText, GenerationConfig

    from tests.models.small import spread

    for name, token in (("image", "image_pad"), ("video", "video_pad"), ("vision_start", "vision_start")):
        setattr(config, f"{name}_token_id", tokenizer.convert_tokens_to_ids(f"<|{token}|>"))
    config.vision_end_token_id = tokenizer.convert_tokens_to_ids("<|vision_end|>")
    torch.manual_seed(0)
    with torch.device(device):
        model = AutoModelForImageTextToText.from_config(config, dtype=dtype, attn_implementation="sdpa").eval()
    model.tie_weights()
    spread(model, 1.0)
    # Without an end token `generate` goes on to its limit, as replies that are held to a schema mostly do.
    model.generation_config = GenerationConfig(do_sample=False, pad_token_id=tokenizer.pad_token_id)
    return model.requires_grad_(False)


def small_folder(folder: Path, family: str) -> Path:
    """A folder with the family's tokenizer and processor (and a small model, which is what runs without CUDA)."""
    from tests.models.small import build

    return build(folder / family, family, layers=4)
