"""The settings of the qwen engine: DOCPROC_QWEN_<NAME>."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from docproc.core.errors import UsageError
from docproc.engines.qwen.families import Way

EXAMPLE = "DOCPROC_QWEN_MODEL=Qwen/Qwen3-VL-4B-Instruct"
DTYPES = ("auto", "float32", "bfloat16", "float16")
ATTENTIONS = ("auto", "sdpa", "eager", "flash_attention_2")
WAYS = ("auto", "packed", "expanded", "plain")
BOXES = ("never", "auto", "always")
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d{1,3})?")
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class QwenSettings:
    """`revision` and `adapter` are empty, and `batch`, `pages` and `threads` 0, where the engine chooses by itself.

    `memory` is the share of the free GPU memory that it may use. `max_new_tokens` is a ceiling: most replies may be far
    shorter.
    """

    model: str
    revision: str = ""
    adapter: str = ""
    dtype: str = "auto"
    device: str = "auto"
    attention: str = "auto"
    way: Way | Literal["auto"] = "auto"
    batch: int = 0
    pages: int = 0
    threads: int = 0
    memory: float = 0.85
    max_new_tokens: int = 4096
    boxes: Literal["never", "auto", "always"] = "auto"
    constrain: bool = True
    trust_remote_code: bool = False


def read_settings(settings: Mapping[str, str]) -> QwenSettings:
    """The settings. Raises UsageError that names the variable, what was given and what is needed."""
    model = settings.get("model", "").strip()
    if not model:
        raise UsageError(
            "the qwen engine needs a model: set DOCPROC_QWEN_MODEL to a model of the Hugging Face hub or to a local "
            f"folder, for example {EXAMPLE}"
        )
    device = settings.get("device", "").strip() or "auto"
    if not _DEVICE.fullmatch(device):
        raise _fault("device", device, "auto, cpu, mps, cuda or cuda:0 is needed")
    trust = _switch("trust_remote_code", settings.get("trust_remote_code", ""), False)
    revision = settings.get("revision", "").strip()
    if trust and not _COMMIT.fullmatch(revision):
        raise _fault(
            "trust_remote_code",
            "on",
            "code of the model runs only from a pinned revision: set DOCPROC_QWEN_REVISION to the 40 hexadecimal "
            "digits of a commit that you have read",
        )
    return QwenSettings(
        model=model,
        revision=revision,
        adapter=settings.get("adapter", "").strip(),
        dtype=_one_of("dtype", settings.get("dtype", ""), DTYPES, "auto"),
        device=device,
        attention=_one_of("attention", settings.get("attention", ""), ATTENTIONS, "auto"),
        way=cast("Way", _one_of("way", settings.get("way", ""), WAYS, "auto")),
        batch=_count("batch", settings.get("batch", ""), 0),
        pages=_count("pages", settings.get("pages", ""), 0),
        threads=_count("threads", settings.get("threads", ""), 0),
        memory=_share("memory", settings.get("memory", ""), 0.85),
        max_new_tokens=_count("max_new_tokens", settings.get("max_new_tokens", ""), 4096),
        boxes=cast("Literal['never']", _one_of("boxes", settings.get("boxes", ""), BOXES, "auto")),
        constrain=_switch("constrain", settings.get("constrain", ""), True),
        trust_remote_code=trust,
    )


def _fault(name: str, text: str, wanted: str) -> UsageError:
    return UsageError(f"DOCPROC_QWEN_{name.upper()}={text}: {wanted}")


def _one_of(name: str, text: str, choices: Sequence[str], default: str) -> str:
    text = text.strip() or default
    if text not in choices:
        raise _fault(name, text, f"there are: {', '.join(choices)}")
    return text


def _switch(name: str, text: str, default: bool) -> bool:
    text = text.strip().lower()
    if text and text not in ("on", "off"):
        raise _fault(name, text, "on or off is needed")
    return text == "on" if text else default


def _count(name: str, text: str, default: int) -> int:
    text = text.strip()
    if text in ("", "auto"):
        return default
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) < 1:
        raise _fault(name, text, "a whole number above 0 is needed")
    return int(text)


def _share(name: str, text: str, default: float) -> float:
    text = text.strip()
    if not text:
        return default
    if not re.fullmatch(r"[0-9]*\.?[0-9]+", text) or not 0 < float(text) <= 1:
        raise _fault(name, text, "a share above 0 and up to 1 is needed, for example 0.85")
    return float(text)
