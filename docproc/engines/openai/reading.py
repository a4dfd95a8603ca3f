"""Replies out of what a server said: the questions' shares of it, their boxes, how sure the model was; pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

from docproc.core.model_boxes import Convention, page_boxes
from docproc.core.prompts import split_page
from docproc.core.questions import Question
from docproc.core.tiles import Tile
from docproc.core.types import Reply
from docproc.engines.openai.said import Said

Span = tuple[int, int]  # of characters: the first, and the one after the last

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"\s*")
_WORD = re.compile(rb"\w|[\x80-\xff]")
_FENCE = re.compile(r"```[a-zA-Z]*\s*(\{.*?)\s*(?:```|\Z)", re.DOTALL)
# What of a reply tells the answer; the rest is form, or a place.
_TELLING = ("quote", "value")


def reply_of(said: Said, tiles: Sequence[Tile], scale: Convention | None) -> Reply:
    """The reply to a single question; `scale` is None where no boxes are wanted."""
    return _reply(said, said.text, (0, len(said.text)), tiles, scale)


def replies_of(said: Said, asks: Sequence[Question], tiles: Sequence[Tile], scale: Convention | None) -> list[Reply]:
    """The replies to questions that were asked together, in their order.

    Of a reply that was cut off, the questions that were answered in full have theirs; to the others it was cut.
    """
    if said.finish == "unreadable":
        return [Reply(said.text, "unreadable") for _ in asks]
    spans = members(said.text)
    start = said.text.find("{")
    end = max((span[1] for span in spans.values()), default=start + 1)
    whole = said.text[start:end] + "}" if start >= 0 else said.text
    replies = []
    for ask, text in zip(asks, split_page(whole, asks), strict=True):
        span = spans.get(ask.key)
        if text is None or span is None:
            replies.append(Reply("", said.finish))
        else:
            replies.append(_reply(Said(text, "stop", said.tokens), said.text, span, tiles, scale))
    return replies


def is_form(text: str, schema: Mapping[str, object]) -> bool:
    """Whether a text is a JSON object with the properties that the schema requires."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    required = schema.get("required")
    return isinstance(said, dict) and isinstance(required, list) and all(name in said for name in required)


def members(text: str, within: Span | None = None) -> dict[str, Span]:
    """Where the whole members of the first JSON object in a text stand: the span of each value, by its name.

    The object may break off; a number at the very end of the text may lack digits, and counts as not whole.
    """
    start, stop = within or (0, len(text))
    fence = _FENCE.search(text, start, stop)
    at = fence.start(1) if fence else text.find("{", start, stop)
    spans: dict[str, Span] = {}
    if at < 0:
        return spans
    at += 1
    while at < stop:
        try:
            name, after = _DECODER.raw_decode(text, _skip(text, at))
            colon = _skip(text, after)
            if not isinstance(name, str) or text[colon : colon + 1] != ":":
                break
            begin = _skip(text, colon + 1)
            _, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            break
        if end == len(text) and text[end - 1].isdigit():
            break
        spans[name] = (begin, end)
        at = _skip(text, end)
        if text[at : at + 1] != ",":
            break
        at += 1
    return spans


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _reply(said: Said, whole: str, span: Span, tiles: Sequence[Tile], scale: Convention | None) -> Reply:
    """The reply `said.text`, which stands at `span` of the `whole` text that the tokens make up."""
    logprobs = _logprobs(said, whole, span)
    mean = sum(logprobs) / len(logprobs) if logprobs else None
    return Reply(
        said.text,
        said.finish,
        confidence=None if mean is None else math.exp(mean),
        boxes=() if scale is None else page_boxes(said.text, scale, tiles),
        logprob=mean,
        least=min(logprobs, default=None),
    )


def _logprobs(said: Said, whole: str, span: Span) -> list[float]:
    """The log-probabilities of the tokens that tell the answer: those of the value and the quote, where the reply has
    the form that was asked for, else all. Marks of JSON and punctuation tell nothing, and where a schema forced them
    their probability is no opinion.
    """
    spoken = b"".join(token.text for token in said.tokens)
    offset = spoken.find(whole.encode("utf-8", "replace")) if whole else -1
    found = members(whole, span)
    telling = [found[name] for name in _TELLING if name in found] or [span]
    if offset < 0:  # the tokens do not spell the text: special ones are among them
        return [token.logprob for token in said.tokens if _WORD.search(token.text)] if len(whole) == span[1] else []
    ranges = [
        (offset + len(whole[:a].encode("utf-8", "replace")), offset + len(whole[:b].encode("utf-8", "replace")))
        for a, b in telling
    ]
    logprobs, at = [], 0
    for token in said.tokens:
        end = at + len(token.text)
        if _WORD.search(token.text) and any(at < b and end > a for a, b in ranges):
            logprobs.append(token.logprob)
        at = end
    return logprobs
