"""What is recorded with each answer: everything that changes what the engine says."""

from __future__ import annotations

import hashlib

from docproc.core.tiles import Tiling
from docproc.engines._wording import wording
from docproc.engines.qwen.identity import Source
from docproc.engines.qwen.settings import QwenSettings

LONGEST = 256  # characters of a fingerprint that the store takes


def fingerprint(settings: QwenSettings, model: Source, adapter: Source | None, tiling: Tiling) -> str:
    """`qwen:model@revision+adapter;settings`, at most 256 characters; not the way, which changes nothing.

    `dtype` stands in it as it was set: "auto" is what suits the device.
    """
    name = f"{model.name}@{model.mark}" + (f"+{adapter.mark}" if adapter else "")
    parts = [
        f"{tiling.policy}-{_short(repr(tiling))}",
        settings.dtype,
        f"boxes-{settings.boxes}",
        "json" if settings.constrain else "free",
        str(settings.max_new_tokens),
        f"words-{wording()}",
    ]
    said = f"qwen:{name};{','.join(parts)}"
    return said if len(said) <= LONGEST else f"qwen:…{said[-200:]}#{_short(said)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
