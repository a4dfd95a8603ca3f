"""An untrained reader: tokenizer, processor, chat template and weights as in the folder of a published Qwen3-VL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_NAMES = (
    *("endoftext", "im_start", "im_end", "object_ref_start", "object_ref_end", "box_start", "box_end"),
    *("quad_start", "quad_end", "vision_start", "vision_end", "vision_pad", "image_pad", "video_pad"),
)
SPECIAL = tuple(f"<|{name}|>" for name in _NAMES)
PATCH, MERGE, FRAMES = 16, 2, 2
HIDDEN, LAYERS, HEADS, KEYS = 128, 5, 4, 2
SEEING, SEEING_LAYERS, SEEING_HEADS = 96, 2, 4
# Qwen's template without its tools and videos.
TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if loop.first and message.role != 'system' -%}"
    "{{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' -}}{%- endif -%}"
    "{{- '<|im_start|>' + message.role + '\\n' -}}"
    "{%- if message.content is string -%}{{- message.content -}}"
    "{%- else -%}{%- for part in message.content -%}"
    "{%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}"
    "{{- '<|vision_start|><|image_pad|><|vision_end|>' -}}"
    "{%- elif 'text' in part -%}{{- part.text -}}{%- endif -%}"
    "{%- endfor -%}{%- endif -%}"
    "{{- '<|im_end|>\\n' -}}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}"
)


def tokenizer(texts: Sequence[str], size: int = 498) -> Any:
    """A byte-level BPE tokenizer of Qwen's form, learnt from these texts; at most `size` ordinary tokens."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX, Qwen2Tokenizer

    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated", invert=False)
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False))
    learnt = json.loads(raw.to_str())["model"]
    made = Qwen2Tokenizer(
        vocab=learnt["vocab"],
        merges=[tuple(pair) for pair in learnt["merges"]],
        unk_token=None,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        bos_token=None,
        extra_special_tokens=[name for name in SPECIAL if name not in ("<|im_end|>", "<|endoftext|>")],
        model_max_length=32768,
    )
    made.chat_template = TEMPLATE
    return made


def image_processor() -> Any:
    """The image half of Qwen's processor, which needs no torchvision."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(**_sizes())


def model(tokens: Any) -> Any:
    """An untrained model of the Qwen3-VL architecture for this tokenizer."""
    from transformers import AutoModelForImageTextToText, GenerationConfig, Qwen3VLConfig

    ids = {name: tokens.convert_tokens_to_ids(name) for name in SPECIAL}
    text = {
        "vocab_size": (len(tokens) + 63) // 64 * 64,
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEYS,
        "head_dim": HIDDEN // HEADS,
        "intermediate_size": HIDDEN * 3,
        "max_position_embeddings": 32768,
        "pad_token_id": ids["<|endoftext|>"],
        "bos_token_id": None,
        "eos_token_id": ids["<|im_end|>"],
        # A base that suits the few hundred positions of its prompts.
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10_000.0,
            "mrope_interleaved": True,
            "mrope_section": [6, 5, 5],
        },
    }
    vision = {
        "depth": SEEING_LAYERS,
        "hidden_size": SEEING,
        "intermediate_size": SEEING * 2,
        "num_heads": SEEING_HEADS,
        "patch_size": PATCH,
        "deepstack_visual_indexes": [0],
        "num_position_embeddings": 256,
        "out_hidden_size": HIDDEN,
    }
    marks = ("image_pad", "video_pad", "vision_start", "vision_end")
    names = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
    marked = {name: ids[f"<|{mark}|>"] for name, mark in zip(names, marks, strict=True)}
    config = Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=True, **marked)
    made = AutoModelForImageTextToText.from_config(config)
    ends = [ids["<|im_end|>"], ids["<|endoftext|>"]]
    made.generation_config = GenerationConfig(do_sample=False, pad_token_id=ends[1], eos_token_id=ends)
    return made


def save(folder: Path, tokens: Any, trained: Any) -> None:
    """Write the folder as the published ones look; the weights as bfloat16."""
    import torch

    trained.to(torch.bfloat16).save_pretrained(folder)
    tokens.save_pretrained(folder)
    common = {**_sizes(), "processor_class": "Qwen3VLProcessor"}
    for name, kind, value in (
        ("preprocessor_config.json", "image_processor_type", "Qwen2VLImageProcessorFast"),
        ("video_preprocessor_config.json", "video_processor_type", "Qwen3VLVideoProcessor"),
    ):
        (folder / name).write_text(json.dumps({**common, kind: value}, indent=2) + "\n")


def _sizes() -> dict[str, Any]:
    grey = [0.5, 0.5, 0.5]
    size = {"shortest_edge": 1024, "longest_edge": 1 << 24}
    patches = {"patch_size": PATCH, "temporal_patch_size": FRAMES, "merge_size": MERGE}
    return {**patches, "image_mean": grey, "image_std": grey, "size": size}
