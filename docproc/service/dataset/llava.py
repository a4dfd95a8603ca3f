"""LLaVA's conversation JSON, read entry by entry: of whatever length, nothing is held but the entry in hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from docproc.core.errors import UsageError
from docproc.core.text.fold import one_line

IMAGE, QUESTION = "<image>", "<question>"
MOST_ENTRY = 16 * 2**20  # characters of one entry
_BLOCK = 2**20
_HUMAN, _ASSISTANT = ("human", "user"), ("gpt", "assistant", "model")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation about one image: `image` is its path as the file has it; `turns` are (human, assistant).

    `line` is where the entry begins in the file, from 1.
    """

    line: int
    id: str
    image: str
    turns: tuple[tuple[str, str], ...]
    system: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry that cannot be used, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class VisualInstructionDataset:
    """The entries of a file, a JSON array or JSON Lines, each time it is gone through. An entry has

    * `image`: a path, and `conversations`: [{"from": "human", "value": …}, {"from": "gpt", "value": …}, …], any number;
    * or, instead of these, `human` and `assistant`: a text each, or a list of as many each.

    `<image>` in what a person says marks where the image goes; it always goes first here, and the mark is taken out.
    `<question>` stands for the entry's `question`: a text, or a list with one for each turn.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[Entry | Fault]:
        """Entries and faults in the order of the file. Raises UsageError where the file cannot be read any further."""
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                begins = next(
                    (line.lstrip()[:1] for line in iter(lambda: file.readline(_BLOCK), "") if line.strip()), ""
                )
                file.seek(0)
                for line, value in _lines(file) if begins != "[" else _items(file, self.path):
                    yield value if isinstance(value, Fault) else _entry(value, line)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self.path} cannot be read: {error}") from error


def _lines(file: TextIO) -> Iterator[tuple[int, Any]]:
    number = 0
    while text := file.readline(MOST_ENTRY + 1):
        number += 1
        if len(text) > MOST_ENTRY:
            yield number, Fault(number, f"is longer than {MOST_ENTRY} characters")
            while text and not text.endswith("\n"):
                text = file.readline(_BLOCK)
            continue
        if text.strip():
            try:
                yield number, json.loads(text)
            except (ValueError, RecursionError) as error:
                yield number, Fault(number, f"is not JSON ({error})")


def _items(file: TextIO, path: Path) -> Iterator[tuple[int, Any]]:
    """The items of an array, however they are laid out."""
    buffer, at, line, ended = "", 0, 1, False
    opened = False
    while True:
        start = _next(buffer, at, "," if opened else "[")
        line += buffer.count("\n", at, start)
        at, opened = start, opened or start > 0
        if at < len(buffer) and buffer[at] == "]":
            return
        try:
            value, end = _DECODER.raw_decode(buffer, at)
        except (ValueError, RecursionError) as error:
            block = "" if len(buffer) - at > MOST_ENTRY else file.read(_BLOCK)
            ended = not block
            if ended:
                raise UsageError(f"{path}, line {line}: is not JSON from here on ({error})") from error
            buffer, at = buffer[at:] + block, 0
            continue
        yield line, value
        line += buffer.count("\n", at, end)
        at = end


def _next(buffer: str, at: int, mark: str) -> int:
    """Where the next item begins, behind white space and one `mark`."""
    seen = False
    while at < len(buffer) and (buffer[at].isspace() or (buffer[at] == mark and not seen)):
        seen = seen or buffer[at] == mark
        at += 1
    return at


def _entry(value: Any, line: int) -> Entry | Fault:
    try:
        if not isinstance(value, dict):
            raise ValueError(f"is a {type(value).__name__}, not an object")
        system, said = _said(value)
        return Entry(line, str(value.get("id") or f"line-{line}"), _image(value), _turns(value, said), system)
    except (ValueError, KeyError, TypeError) as error:
        reason = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        return Fault(line, one_line(reason, 300))


def _image(value: dict[str, Any]) -> str:
    image = value.get("image")
    if isinstance(image, list) and len(image) == 1:
        image = image[0]
    if not isinstance(image, str) or not image:
        raise ValueError("names several images" if isinstance(image, list) and image else "names no image")
    return image


def _said(value: dict[str, Any]) -> tuple[str | None, list[tuple[bool, str]]]:
    """The system's text, and who says what: whether a person, and the text."""
    if "conversations" not in value:
        people, replies = _listed(value["human"]), _listed(value["assistant"])
        if len(people) != len(replies):
            raise ValueError(f"has {len(people)} human texts and {len(replies)} of the assistant")
        pairs = zip(people, replies, strict=True)
        return None, [said for human, reply in pairs for said in ((True, human), (False, reply))]
    system, said = None, []
    for number, turn in enumerate(value["conversations"]):
        who, text = str(turn["from"]).lower(), turn["value"]
        if not isinstance(text, str):
            raise ValueError(f"turn {number + 1} is no text")
        if who == "system" and number == 0:
            system = text
        elif who in _HUMAN or who in _ASSISTANT:
            said.append((who in _HUMAN, text))
        else:
            raise ValueError(f"turn {number + 1} is from {who[:40]!r}, neither human nor gpt")
    return system, said


def _listed(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("has a turn that is no text")
    return texts


def _turns(value: dict[str, Any], said: Sequence[tuple[bool, str]]) -> tuple[tuple[str, str], ...]:
    if not said or len(said) % 2 or [human for human, _ in said] != [True, False] * (len(said) // 2):
        raise ValueError("is no conversation of human and assistant in turn")
    turns = []
    for number in range(len(said) // 2):
        human, reply = said[2 * number][1], said[2 * number + 1][1]
        if IMAGE in reply or (number and IMAGE in human) or human.count(IMAGE) > 1:
            raise ValueError(
                f"turn {number + 1} marks the place of another image; one image is shown, at the beginning"
            )
        human = human.replace(IMAGE, "").strip()
        if QUESTION in human:
            human = human.replace(QUESTION, _question(value, number))
        if not human.strip() or not reply.strip():
            raise ValueError(f"turn {number + 1} says nothing")
        turns.append((human, reply.strip()))
    return tuple(turns)


def _question(value: dict[str, Any], number: int) -> str:
    asked = _listed(value["question"])
    if number >= len(asked):
        raise ValueError(f"has no question for turn {number + 1}")
    return asked[number]
