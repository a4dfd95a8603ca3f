"""What went wrong with a request, and whose matter it is: the moment's, the page's, or a setting's; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Literal

from docproc.core.text.fold import one_line

# busy: the server has too much to do; all requests wait. slow: so it seems. again: this one may go well the next time.
# page: this one never will, others may. setting: none will before somebody changes something. away: none will for long.
Matter = Literal["busy", "slow", "again", "page", "setting", "away"]

MOST_MESSAGE = 300  # characters of what a server says that are passed on

_IMAGE = re.compile(r"data:image/[^,\s]*,[A-Za-z0-9+/=]*|[A-Za-z0-9+/=]{120,}")
_TOO_LONG = re.compile(
    r"context.{0,20}(?:length|window|size)|maximum.{0,20}(?:length|context)|too (?:long|large)|longer than|"
    r"exceeds? (?:the |its )?(?:maximum|limit|available|model)|at most \d+ (?:image|multimodal)|too many images",
    re.IGNORECASE,
)
_FEWER = (
    "DOCPROC_OPENAI_PAGE_TOKENS, DOCPROC_OPENAI_TILES=native, DOCPROC_OPENAI_PAGES and DOCPROC_OPENAI_MAX_TOKENS make "
    "requests smaller, or let the server take longer ones and more images"
)
_QUOTA = re.compile(r"insufficient_quota|exceeded your current quota|billing|credit", re.IGNORECASE)
_NO_MODEL = re.compile(
    r"model.{0,120}(?:not exist|not found|unknown)|pinned to|model_not_found", re.IGNORECASE | re.DOTALL
)
_BLIND = re.compile(
    r"not a multimodal model|(?:not support|no support|unsupported|not accept).{0,40}(?:image|vision|multimodal)|"
    r"(?:image|vision|multimodal).{0,40}(?:not supported|unsupported)",
    re.IGNORECASE,
)
# What a server may not know, by the words in which it says so, and the setting that leaves it out.
_FEATURES: Sequence[tuple[re.Pattern[str], str, str]] = tuple(
    (re.compile(words, re.IGNORECASE), what, setting)
    for words, what, setting in (
        (
            "response_?format|json_?schema|json_?object|guided|structured.?output|grammar",
            "replies held to a JSON schema (response_format)",
            "DOCPROC_OPENAI_RESPONSE_FORMAT=json_object, or =off",
        ),
        ("log_?probs", "log-probabilities (logprobs)", "DOCPROC_OPENAI_LOGPROBS=off"),
        ("stream_?options", "stream_options", 'DOCPROC_OPENAI_EXTRA={"stream_options": null}'),
        (r"\bstream(?:ing|ed)?\b", "streaming", "DOCPROC_OPENAI_STREAM=off"),
        (
            r"\bmax_tokens\b",
            "max_tokens",
            'DOCPROC_OPENAI_EXTRA={"max_tokens": null, "max_completion_tokens": 4096}',
        ),
        (r"\btemperature\b", "this temperature", 'DOCPROC_OPENAI_EXTRA={"temperature": null}'),
        (r"\bseed\b", "seeds", 'DOCPROC_OPENAI_EXTRA={"seed": null}'),
    )
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`message` ends the sentence "the server at … ". `after`: seconds that the server asks to wait, None unsaid."""

    matter: Matter
    message: str
    after: float | None = None


class Trouble(Exception):
    """A request went wrong."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def judge(status: int, body: object, extra: Sequence[str] = (), secret: str = "") -> Fault:
    """The fault that an answer with this HTTP status and body tells. `extra`: fields that the user has added."""
    said = message_of(body, secret)
    told = f"answers {status}" + (f": {said}" if said else "")
    if status >= 500 or status in (402, 408, 409, 425, 429):
        spent = status == 402 or (status == 429 and _QUOTA.search(f"{body}"))
        return Fault("away" if spent else "busy" if status in (429, 503) else "again", told)
    if status == 403 and (refused := _feature(said, told)) is not None:  # so OpenAI refuses logprobs for some models
        return refused
    if status in (401, 403):
        return Fault("setting", f"refuses the key, see DOCPROC_OPENAI_API_KEY ({told})")
    if status in (404, 400, 422) and _NO_MODEL.search(said):
        return Fault("setting", f"does not serve that model, see DOCPROC_OPENAI_MODEL ({told})")
    if status in (400, 413, 422):
        return _refusal(status, said, told, extra)
    where = "see DOCPROC_OPENAI_BASE_URL, which mostly ends in /v1"
    return Fault("setting", f"is no OpenAI-compatible server at this address, {where} ({told})")


def _refusal(status: int, said: str, told: str, extra: Sequence[str]) -> Fault:
    if status == 413 or _TOO_LONG.search(said):
        return Fault("page", f"{told}. {_FEWER}")
    if _BLIND.search(said):
        return Fault("setting", f"serves a model that sees no images, see DOCPROC_OPENAI_MODEL ({told})")
    for name in extra:
        if re.search(rf"\b{re.escape(name)}\b", said):
            return Fault("setting", f"does not take {name!r}, which DOCPROC_OPENAI_EXTRA adds ({told})")
    return _feature(said, told) or Fault("page", told)


def _feature(said: str, told: str) -> Fault | None:
    """The fault where a server says that it does not know what it was asked to do."""
    for words, what, setting in _FEATURES:
        if words.search(said):
            return Fault("setting", f"does not take {what}; set {setting} ({told})")
    return None


def message_of(body: object, secret: str = "") -> str:
    """What a server says of an error, in one line, without images and the key."""
    said = _said(body)
    if secret:
        said = said.replace(secret, "***")
    return one_line(_IMAGE.sub("(data)", said), MOST_MESSAGE)


def _said(body: object) -> str:
    """The sentence in an error's body. Pydantic's list of faults repeats the request: only its messages are taken."""
    if isinstance(body, str):
        return "" if body.lstrip().startswith("<") else body  # a proxy's page
    if isinstance(body, Sequence):
        return "; ".join(filter(None, map(_said, body)))
    if not isinstance(body, Mapping):
        return ""
    if "msg" in body:
        place = body.get("loc")
        where = ".".join(map(str, place)) if isinstance(place, list | tuple) else ""
        return f"{where}: {body['msg']}" if where else str(body["msg"])
    for name in ("error", "message", "detail"):
        if said := _said(body.get(name)):
            param = body.get("param")
            return f"{said} ({param})" if isinstance(param, str) and param not in said else said
    return ""


def waiting(fault: Fault, headers: Mapping[str, str], now: float) -> Fault:
    """The fault with the time that the server asks to wait: seconds, milliseconds, or a date; `now` as a POSIX time."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        text = headers.get(name, "").strip()
        if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
            return replace(fault, after=float(text) / unit)
    try:
        then = parsedate_to_datetime(headers.get("retry-after", "")).timestamp()
    except (ValueError, OverflowError, OSError):
        return fault
    return replace(fault, after=max(0.0, then - now))
