"""How large a small model is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Widths and depths; the defaults make a model of about 0.2 million parameters that loads in a tenth of a second.

    `hidden` must be `heads` times `head_dim` for Qwen2-VL, Qwen2.5-VL and the LLaVAs; `head_dim` a multiple of 8.
    `vocabulary` counts the ordinary tokens (at least 256). `tied` makes the embeddings the output layer as well.
    """

    hidden: int = 64
    layers: int = 2
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 16
    inner: int = 128
    vision_hidden: int = 32
    vision_layers: int = 2
    vision_heads: int = 2
    vision_inner: int = 64
    vocabulary: int = 512
    tied: bool = False


MILLIONS_38 = Size(512, 8, 8, 4, 64, 1408, 320, 8, 5, 1280, 512)
MILLIONS_137 = Size(896, 12, 14, 2, 64, 2816, 512, 12, 8, 2048, 512)
