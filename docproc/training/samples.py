"""Samples of a dataset folder: pages with what is asked of them and what is to be said.

The folder has `train.jsonl`, `validation.jsonl` and `test.jsonl` (only the first is needed), and `images/`, which is an
image store.
A line is a conversation in the chat format of Qwen's fine-tuning:

    {"id": …, "messages": [{"role": "system", "content": …},
      {"role": "user", "content": [{"type": "image", "image": "images/ab/abcd….jpg"}, {"type": "text", "text": …}]},
      {"role": "assistant", "content": …}, …],
     "docproc": {"independent": true, "document": …, "page": 1, "turn": 0, …}}

`independent` turns are single questions of one page, none of which knows the others: as docproc asks. Other
conversations go on from turn to turn. Only the first user turn has an image.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docproc.core.errors import UsageError

SPLITS = ("train", "validation", "test")
IMAGES = "images"


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person says, and what the assistant is to say."""

    human: str
    said: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A page image (a name in the image store) that lies `turn` degrees clockwise from upright, and its turns.

    `document`, `page` and `keys` (the questions of the turns) say what it is about, where the folder tells.
    """

    id: str
    image: str
    turn: int
    turns: tuple[Turn, ...]
    independent: bool
    system: str | None
    document: str = ""
    page: int = 0
    keys: tuple[str, ...] = ()


def samples(folder: Path, split: str) -> list[Sample]:
    """All samples of a split; none where it has no file. Raises UsageError that names file and line."""
    path = folder / f"{split}.jsonl"
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as file:
        return list(_read(file, path))


def _read(lines: Any, path: Path) -> Iterator[Sample]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield _sample(json.loads(line), f"{path.stem}-{number}")
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise UsageError(
                f"{path}, line {number}: is no conversation ({type(error).__name__}: {error}); "
                "make the dataset with `docproc dataset`"
            ) from error


def _sample(line: dict[str, Any], name: str) -> Sample:
    messages = list(line["messages"])
    system = _text(messages.pop(0)["content"]) if messages[0]["role"] == "system" else None
    told = line.get("docproc") or {}
    asked, said = messages[::2], messages[1::2]
    if not said or len(asked) != len(said):
        raise ValueError("a conversation is questions and answers in turn")
    roles = {message["role"] for message in asked}, {message["role"] for message in said}
    if roles != ({"user"}, {"assistant"}):
        raise ValueError(f"the roles are {sorted(roles[0] | roles[1])}, not user and assistant in turn")
    turns = tuple(Turn(_text(one["content"]), _text(two["content"])) for one, two in zip(asked, said, strict=True))
    return Sample(
        id=str(line.get("id") or name),
        image=_image(asked),
        turn=int(told.get("turn") or 0),
        turns=turns,
        independent=bool(told.get("independent", False)),
        system=system,
        document=str(told.get("document") or ""),
        page=int(told.get("page") or 0),
        keys=tuple(map(str, told.get("keys") or ())),
    )


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part["type"] == "text")


def _image(asked: list[dict[str, Any]]) -> str:
    found = [
        part["image"]
        for message in asked
        if not isinstance(message["content"], str)
        for part in message["content"]
        if part["type"] == "image"
    ]
    if len(found) != 1:
        raise ValueError(f"a conversation has one image, not {len(found)}")
    folder, _, name = str(found[0]).partition("/")
    if folder != IMAGES or ".." in name:
        raise ValueError(f"the image {found[0]!r} is not in {IMAGES}/")
    return name
