"""The openai engine's settings, DOCPROC_OPENAI_<NAME>, read and checked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from docproc.core.errors import UsageError

Requests = Literal["ask", "page"]
Form = Literal["json_schema", "json_object", "off"]
Switch = Literal["on", "off"]
Boxes = Literal["never", "auto", "always"]
Streaming = Literal["auto", "on", "off"]
Scale = Literal["relative", "absolute"]

EXAMPLE = "http://127.0.0.1:8000/v1"
# The families whose visual token is 28 x 28 pixels; every other one that is served today has 32, or does not mind.
_TOKEN_OF_28 = re.compile(r"qwen-?_?(?:vl|2(?:[._]5)?-?_?vl)", re.IGNORECASE)
# The one family that names boxes in pixels of the image it was shown.
_IN_PIXELS = re.compile(r"qwen-?_?2[._]5-?_?vl", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a server is reached and asked; `timeout` and `patience` in seconds, `tokens` bounds every reply.

    `requests`: one for each ask, or one for all asks of a page. With the page's prefix shared, asking one by one is 4.8
    to 6.8 times as fast as without, and one long reply 2.1 to 2.9 times (in process, 8 asks of 30 tokens); vLLM and
    SGLang share it. A server that does not (`transformers serve`: 8 asks in 35.5 s, all in one in 11.7) wants "page".
    `factor` and `scale` are None where the model's name is to tell. `extra` is merged into every request's body; null
    takes a field out of it.
    """

    base_url: str
    model: str
    api_key: str = field(repr=False)
    concurrency: int
    requests: Requests
    timeout: float
    patience: float
    retries: int
    form: Form
    logprobs: bool
    boxes: Boxes
    factor: int | None
    scale: Scale | None
    tokens: int
    extra: Mapping[str, Any]
    streaming: Streaming
    pages: int


def read_settings(settings: Mapping[str, str]) -> ServerSettings:
    """Raises UsageError that names the variable and says what it may be."""
    return ServerSettings(
        base_url=_base_url(settings.get("base_url", "")),
        model=settings.get("model", "").strip(),
        api_key=_key(settings.get("api_key", "")),
        concurrency=_whole("concurrency", settings.get("concurrency", ""), 32, 1024),
        requests=_one_of("requests", settings.get("requests", ""), "ask", Requests),
        timeout=_seconds("timeout", settings.get("timeout", ""), 300),
        patience=_seconds("patience", settings.get("patience", ""), 600),
        retries=_whole("retries", settings.get("retries", ""), 4, 100, least=0),
        form=_one_of("response_format", settings.get("response_format", ""), "json_schema", Form),
        logprobs=_one_of("logprobs", settings.get("logprobs", ""), "on", Switch) == "on",
        boxes=_one_of("boxes", settings.get("boxes", ""), "auto", Boxes),
        factor=_factor(settings.get("factor", "")),
        scale=_one_of("box_scale", settings.get("box_scale", ""), None, Scale),
        tokens=_whole("max_tokens", settings.get("max_tokens", ""), 4096, 1_000_000),
        extra=_object(settings.get("extra", "")),
        streaming=_one_of("stream", settings.get("stream", ""), "auto", Streaming),
        pages=_whole("pages", settings.get("pages", ""), 8, 256),
    )


def factor_of(model: str) -> int:
    """The side in pixels of the square that a visual token of the model stands for, by its name."""
    return 28 if _TOKEN_OF_28.search(model) else 32


def scale_of(model: str) -> Scale | None:
    """The numbers of the model's boxes, by its name: 0 to 1000 of the image, or the image's pixels.

    None for a model that may never have been taught to write any.
    """
    if _IN_PIXELS.search(model):
        return "absolute"
    return "relative" if "qwen" in model.lower() else None


def _base_url(text: str) -> str:
    text = text.strip()
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        # The text is not repeated: somebody may have put a key into it.
        problem = "is not the address of a server" if text else "is not set"
        raise UsageError(f"DOCPROC_OPENAI_BASE_URL {problem}: where is it? For example {EXAMPLE}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            f"DOCPROC_OPENAI_BASE_URL has more than an address; it looks like {EXAMPLE}, "
            "and a key belongs in DOCPROC_OPENAI_API_KEY"
        )
    return text.rstrip("/")


def _key(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise UsageError("DOCPROC_OPENAI_API_KEY has characters that no key has: spaces, quotation marks or the like")
    return text


def _whole(name: str, text: str, default: int, most: int, least: int = 1) -> int:
    if not text.strip():
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()) or not least <= int(text) <= most:
        raise _fault(name, text, f"a whole number from {least} to {most}")
    return int(text)


def _seconds(name: str, text: str, default: float) -> float:
    try:
        number = float(text) if text.strip() else default
    except ValueError:
        number = 0
    if not (math.isfinite(number) and number > 0):
        raise _fault(name, text, "a number of seconds above 0")
    return number


def _factor(text: str) -> int | None:
    if text.strip() not in ("", "28", "32"):
        raise _fault("factor", text, "28 (Qwen2-VL, Qwen2.5-VL) or 32 (Qwen3-VL)")
    return int(text) if text.strip() else None


def _one_of(name: str, text: str, default: str | None, choices: Any) -> Any:
    """The choice that the text is, of a Literal's."""
    chosen = text.strip().lower()
    if chosen and chosen not in get_args(choices):
        raise _fault(name, text, f"one of {', '.join(get_args(choices))}")
    return chosen or default


def _object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        example = '{"mm_processor_kwargs": {"max_pixels": 1003520}}'
        raise UsageError(f"DOCPROC_OPENAI_EXTRA is a JSON object that is merged into every request, such as {example}")
    return said


def _fault(name: str, text: str, wanted: str) -> UsageError:
    return UsageError(f"DOCPROC_OPENAI_{name.upper()}={text}: {wanted} is needed")
