"""What a server answers, whole or in pieces, as a value; pure. Nothing in it is trusted to be there."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docproc.core.loops import Loop, cut_loop
from docproc.core.types import Finish

_PIECE = re.compile(r"\w+|\s+|[^\w\s]")
_THOUGHTS = "<think>"
# Reasons to finish that servers name when it was they who broke off.
_BROKEN = ("abort", "error", "cancelled")


class Malformed(Exception):
    """An answer that is no chat completion; str(error) says in what way, without a word of the reply."""


class Failed(Exception):
    """An error that the server reports inside an answer with status 200; `body` is as it was sent."""

    def __init__(self, body: object) -> None:
        super().__init__("the server reports an error in its answer")
        self.body = body


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a reply: its UTF-8 bytes, which may be half a character, and its natural-log probability."""

    text: bytes
    logprob: float


@dataclass(frozen=True, slots=True)
class Said:
    """A reply, and the tokens that the server counted: of the prompt, and of the reply.

    `tokens` is empty where the server tells no log-probabilities. `thought`: the model thought aloud before it replied.
    """

    text: str
    finish: Finish
    tokens: tuple[Token, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    thought: bool = False


def read_completion(data: bytes) -> Said:
    """The reply in the body of an answer. Raises Malformed and Failed."""
    answer = _json(data)
    choice = _choice(answer)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise Malformed("its choice has no message")
    text, refusal = message.get("content"), message.get("refusal")
    if not isinstance(text, str):
        if text is not None and not isinstance(text, list):
            raise Malformed("its message has no text")
        text = "".join(_text(part) for part in text or ())
    if refusal and not text:
        return Said(str(refusal)[:1000], "unreadable", (), *_usage(answer))
    finish = _finish(choice.get("finish_reason"))
    said = spoken(text)
    thought = said != text or _thinks(message) or text.lstrip().startswith(_THOUGHTS)
    if finish == "length" and (begun := cut_loop(said)) is not None:
        said, finish = begun, "loop"
    return Said(said, finish, _tokens(choice), *_usage(answer), thought)


class Stream:
    """A reply that comes in pieces. `push` takes the data of one event and says whether the reply is to go on.

    `rows`: the reply is a list or a table, which may rightly repeat itself.
    """

    def __init__(self, rows: bool) -> None:
        self._loop = Loop(rows)
        self._texts: list[str] = []
        self._rest = ""
        self._tokens: list[Token] = []
        self._refused: list[str] = []
        self._usage = (0, 0)
        self._finish: Finish | None = None
        self._thought = False

    def push(self, data: bytes) -> bool:
        """False once it repeats itself without end. Raises Malformed and Failed."""
        event = _json(data)
        self._usage = _usage(event) if event.get("usage") else self._usage
        if event.get("choices") == []:  # the last one, with the usage alone
            return True
        choice = _choice(event)
        if choice.get("finish_reason") is not None:
            self._finish = _finish(choice["finish_reason"])
        self._tokens += _tokens(choice)
        delta = choice.get("delta")
        text = delta.get("content") if isinstance(delta, Mapping) else None
        if isinstance(delta, Mapping):
            self._thought = self._thought or _thinks(delta)
            self._refused += [delta["refusal"]] if isinstance(delta.get("refusal"), str) else []
        if isinstance(text, str) and text:
            self._texts.append(text)
            if self._loops(text):
                self._finish = "loop"
                return False
        return True

    def said(self) -> Said:
        """The reply. Raises Malformed where the stream ended before the reply did."""
        text = "".join(self._texts)
        if self._finish is None:
            raise Malformed("it breaks off in the middle of the reply")
        if self._refused and not text:
            return Said("".join(self._refused)[:1000], "unreadable", (), *self._usage)
        if self._finish == "loop":
            text = cut_loop(text) or text
        tokens_in, tokens_out = self._usage
        said, tokens = spoken(text), tuple(self._tokens)
        thought = said != text or self._thought or text.lstrip().startswith(_THOUGHTS)
        return Said(said, self._finish, tokens, tokens_in, tokens_out or len(tokens), thought)

    def _loops(self, text: str) -> bool:
        """Whether the reply loops with what came. Servers cut pieces where they like, so whole words are watched."""
        pieces = _PIECE.findall(self._rest + text)
        self._rest = pieces.pop() if pieces else ""
        return any(self._loop.push(piece) for piece in pieces)


def spoken(text: str) -> str:
    """A reply without the thoughts that a thinking model puts before it, where its server leaves them in."""
    thoughts, end, rest = text.partition("</think>")
    return rest.lstrip() if end and not thoughts.lstrip().startswith("{") else text


def _thinks(message: Mapping[str, Any]) -> bool:
    """Whether thoughts stand beside the reply, by the names that servers give them."""
    return any(message.get(name) for name in ("reasoning_content", "reasoning"))


def _json(data: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise Malformed("it is not a JSON object")
    if answer.get("error"):
        raise Failed(answer)
    return answer


def _choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        raise Malformed("it has no choices")
    return choices[0]


def _text(part: object) -> str:
    said = part.get("text") if isinstance(part, Mapping) else None
    return said if isinstance(said, str) else ""


def _finish(reason: object) -> Finish:
    if reason in _BROKEN:
        raise Malformed(f"the server ended the reply ({reason})")
    if reason == "length":
        return "length"
    return "unreadable" if reason == "content_filter" else "stop"


def _usage(answer: Mapping[str, Any]) -> tuple[int, int]:
    usage = answer.get("usage")
    counts = [usage.get(name) if isinstance(usage, Mapping) else 0 for name in ("prompt_tokens", "completion_tokens")]
    told, said = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    return told, said


def _tokens(choice: Mapping[str, Any]) -> tuple[Token, ...]:
    logprobs = choice.get("logprobs")
    content = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    return tuple(token for entry in content or () if (token := _token(entry)) is not None)


def _token(entry: object) -> Token | None:
    if not isinstance(entry, Mapping):
        return None
    text, raw, logprob = entry.get("token"), entry.get("bytes"), entry.get("logprob")
    if isinstance(logprob, bool) or not isinstance(logprob, int | float) or not math.isfinite(logprob):
        return None
    if isinstance(raw, list) and raw and all(isinstance(byte, int) and 0 <= byte < 256 for byte in raw):
        return Token(bytes(raw), min(0.0, float(logprob)))
    return Token(text.encode("utf-8", "replace"), min(0.0, float(logprob))) if isinstance(text, str) else None
