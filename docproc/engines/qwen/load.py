"""Bring a model into memory: weights, adapter, processor, tokenizer. The same for a model of the hub and a folder."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from huggingface_hub.errors import HfHubHTTPError
from transformers import AutoModelForImageTextToText
from transformers.utils import logging

from docproc.core.errors import EngineUnavailable, UsageError
from docproc.engines.qwen.attention import use_grouped
from docproc.engines.qwen.choose import Speaker
from docproc.engines.qwen.families import Family
from docproc.engines.qwen.identity import Source
from docproc.engines.qwen.net import Net
from docproc.engines.qwen.processors import load_processor
from docproc.engines.qwen.settings import QwenSettings


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model that is ready: its net, its processor (with its tokenizer), and what chooses its tokens."""

    net: Net
    processor: Any
    speaker: Speaker
    family: Family

    @property
    def tokenizer(self) -> Any:
        """Text to token ids and back."""
        return self.processor.tokenizer


def load(settings: QwenSettings, source: Source, adapter: Source | None, family: Family) -> Loaded:
    """The model, on its device, ready to answer.

    Raises UsageError where its files are damaged or do not fit, EngineUnavailable where they cannot be had now or do
    not fit into memory.
    """
    device = device_of(settings.device)
    hub: dict[str, Any] = {"revision": source.revision} if source.revision else {}
    hub["trust_remote_code"] = settings.trust_remote_code
    if settings.threads:
        torch.set_num_threads(settings.threads)
    with _explained(source), _quiet():
        processor = load_processor(source.place, family.name, **hub)
        processor.tokenizer(
            ""
        )  # drops the padding and truncation it was saved with; no two threads may do that at once
        model = AutoModelForImageTextToText.from_pretrained(
            source.place,
            dtype=dtype_of(settings.dtype, device),
            attn_implementation="sdpa" if settings.attention == "auto" else settings.attention,
            **({"device_map": {"": device}} if device.type == "cuda" and find_spec("accelerate") else {}),
            **hub,
        )
        if adapter is not None:
            model = _adapted(model, adapter)
        model = model.to(device).eval()
    model.requires_grad_(False)
    use_grouped(model)
    net = Net(model)
    threads = torch.get_num_threads() if device.type == "cuda" else 1
    width = int(model.get_output_embeddings().weight.shape[0])
    return Loaded(
        net, processor, Speaker(processor.tokenizer, _ends(model, processor.tokenizer), width, threads), family
    )


def device_of(name: str) -> torch.device:
    """The device of that name; "auto": CUDA where there is one, then Apple's, else the CPU. Raises UsageError."""
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}.get(device.type)
    if there is not None and not there():
        raise UsageError(f"DOCPROC_QWEN_DEVICE={name}: torch {torch.__version__} sees no such device here; auto works")
    if device.index is not None and device.index >= torch.cuda.device_count():
        raise UsageError(f"DOCPROC_QWEN_DEVICE={name}: there are {torch.cuda.device_count()} CUDA devices, from cuda:0")
    return device


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """The number format of that name; "auto": bfloat16 on CUDA, float16 where it cannot, float32 on a CPU."""
    if name == "auto":
        if device.type == "cuda":
            return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.float16 if device.type == "mps" else torch.float32
    dtype: torch.dtype = getattr(torch, name)
    return dtype


def _adapted(model: Any, adapter: Source) -> Any:
    """The model with the adapter's weights added to its own, so that it costs nothing more."""
    from peft import PeftModel  # noqa: PLC0415 - of another extra

    hub = {"revision": adapter.revision} if adapter.revision else {}
    with warnings.catch_warnings():  # peft asks the library for a name that the library has given up
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        return PeftModel.from_pretrained(model, adapter.place, **hub).merge_and_unload()


def _ends(model: Any, tokenizer: Any) -> list[int]:
    """The tokens that end a reply."""
    named = model.generation_config.eos_token_id
    ends = list(named) if isinstance(named, list | tuple) else [named]
    ends.append(tokenizer.eos_token_id)
    return sorted({end for end in ends if end is not None})


@contextmanager
def _explained(source: Source) -> Iterator[None]:
    """Errors of the libraries, as ours."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise EngineUnavailable(
            f"{source.name} does not fit into the memory that is free on the device: take a smaller model, "
            "DOCPROC_QWEN_DTYPE=bfloat16, or another device"
        ) from error
    except HfHubHTTPError as error:
        raise EngineUnavailable(f"{source.name} cannot be had from the hub now: {error}") from error
    except (OSError, ValueError, ImportError, RuntimeError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())[:500]
        raise UsageError(
            f"{source.name} cannot be loaded ({type(error).__name__}: {reason}); is it a whole image-text-to-text "
            "model that the installed transformers knows, and the adapter made for it?"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the library's notes on what is new in it, and its progress bars, while a model is loaded."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
