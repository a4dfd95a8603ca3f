"""Dataset folders are read strictly: a wrong line is named with its file and number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from docproc.core.errors import UsageError
from docproc.training.samples import samples

USER = {"role": "user", "content": [{"type": "image", "image": "images/ab/abc.jpg"}, {"type": "text", "text": "What?"}]}
SAID = {"role": "assistant", "content": "This."}


def read(folder: Path, *messages: dict[str, Any]) -> Any:
    line = json.dumps({"messages": messages, "docproc": {"turn": 90}})
    (folder / "train.jsonl").write_text(f"\n{line}\n")
    return samples(folder, "train")


def test_a_conversation_is_read_with_its_image_and_its_turns(tmp_path: Path) -> None:
    (sample,) = read(
        tmp_path, {"role": "system", "content": "Read."}, USER, SAID, {"role": "user", "content": "And?"}, SAID
    )
    assert (sample.image, sample.turn, sample.system, sample.independent) == ("ab/abc.jpg", 90, "Read.", False)
    assert [(turn.human, turn.said) for turn in sample.turns] == [("What?", "This."), ("And?", "This.")]
    assert sample.id == "train-2"


def test_a_split_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert samples(tmp_path, "test") == []


@pytest.mark.parametrize(
    "messages",
    [
        [USER],
        [SAID, USER],
        [{"role": "user", "content": "no image"}, SAID],
        [USER, SAID, USER, SAID],
        [{"role": "user", "content": [{"type": "image", "image": "images/../../etc/passwd"}]}, SAID],
        [{"role": "user", "content": [{"type": "image", "image": "/etc/passwd"}]}, SAID],
        [],
    ],
)
def test_what_is_no_conversation_about_an_image_is_refused_by_its_line(
    tmp_path: Path, messages: list[dict[str, Any]]
) -> None:
    with pytest.raises(UsageError, match=r"train\.jsonl, line 2: is no conversation"):
        read(tmp_path, *messages)
