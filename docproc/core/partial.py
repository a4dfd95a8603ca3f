"""Long replies that broke off, or that end before their own count: what they hold, and how to ask for the rest."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from docproc.core.prompts import COUNTED
from docproc.core.questions import Question
from docproc.core.types import Reply

# Kinds whose values can be continued: a list by its items, a text by its characters. Tables that tell their own place
# ("tables") are few and are asked for again as a whole.
CONTINUED = ("list", "dates", "table", "text")
_TAIL = 160  # characters of a text that are shown as its end
_COUNT = re.compile(r'\s*\{\s*"count"\s*:\s*(\d{1,9})\s*[,}]')
_VALUE = re.compile(r'"value"\s*:\s*')
_ESCAPE = len("\\u0000")  # the longest escape of one character in JSON
_DECODER = json.JSONDecoder()


def items_in(text: str) -> list[object]:
    """The whole items of the list that is the `value` of a reply, also of one that breaks off in the middle."""
    found = _VALUE.search(text)
    at = found.end() if found else len(text) - len(text.lstrip())
    if at >= len(text) or text[at] != "[":
        return []
    items: list[object] = []
    at += 1
    while at < len(text):
        while at < len(text) and text[at] in ", \t\r\n":
            at += 1
        try:
            item, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        # A number at the very end may have lost its last digits.
        if end == len(text) and not text.endswith(("]", "}", '"')):
            break
        items.append(item)
        at = end
    return items


def text_in(text: str) -> str:
    """The text that is the `value` of a reply, as far as it goes."""
    found = _VALUE.search(text)
    if found is None or not text.startswith('"', found.end()):
        return "" if text.lstrip().startswith("{") else text
    try:
        whole, _ = _DECODER.raw_decode(text, found.end())
        return str(whole)
    except (ValueError, RecursionError):
        pass
    body = text[found.end() + 1 :]
    for end in range(len(body), max(-1, len(body) - _ESCAPE), -1):
        try:
            said = str(json.loads(f'"{body[:end]}"', strict=False))
        except ValueError:
            continue
        return said[:-1] if "\ud800" <= said[-1:] <= "\udbff" else said  # half of a character
    return ""


def count_in(text: str) -> int | None:
    """How many items a reply says that there are, before it lists them."""
    found = _COUNT.match(text)
    return int(found[1]) if found else None


def falls_short(question: Question, reply: Reply) -> bool:
    """Whether a list has fewer items than its reply says that there are."""
    count = count_in(reply.text) if question.kind in COUNTED else None
    return count is not None and 0 < len(items_in(reply.text)) < count


def rest_of(question: Question, text: str) -> Question | None:
    """The question for what follows the part of the value that stands in a reply; None where nothing stands there."""
    if question.kind == "text":
        said = text_in(text)
        end = json.dumps(said[-_TAIL:], ensure_ascii=False)
        more = f"It has been given up to {end}. Give only what follows."
    else:
        items = items_in(text)
        said = json.dumps(items[-1], ensure_ascii=False) if items else ""
        more = f"{len(items)} have been listed, the last of them {said}. List only those that follow it."
    return replace(question, ask=f"{question.ask}\n{more}") if said else None


def joined(question: Question, first: Reply, more: Reply) -> Reply:
    """One reply out of the beginning and its continuation. What the seam says twice is kept once."""
    if question.kind == "text":
        value: object = _sewn(text_in(first.text), text_in(more.text))
        text = json.dumps({"value": value}, ensure_ascii=False)
    else:
        items, following = items_in(first.text), items_in(more.text)
        while following and following[0] == items[-1]:
            following = following[1:]
        every = items + following
        text = json.dumps({"count": max(count_in(first.text) or 0, len(every)), "value": every}, ensure_ascii=False)
    known = [reply for reply in (first, more) if reply.logprob is not None]
    return replace(
        first,
        text=text,
        finish=more.finish,
        confidence=min((r.confidence for r in (first, more) if r.confidence is not None), default=None),
        logprob=min((r.logprob for r in known if r.logprob is not None), default=None),
        least=min((r.least for r in known if r.least is not None), default=None),
        boxes=first.boxes + more.boxes,
    )


def _sewn(first: str, more: str) -> str:
    for length in range(min(len(first), len(more), _TAIL), 7, -1):
        if first.endswith(more[:length]):
            return first + more[length:]
    return first + more
