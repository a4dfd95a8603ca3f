"""Datasets as people make them: run, review, export; conversations of others; a teacher that is killed half way."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docproc import wiring
from docproc.service.dataset.split import Split
from docproc.service.review import Say, say
from docproc.store import documents
from docproc.training.samples import samples
from tests.e2e.conftest import Shell, make_pdf, script
from tests.engines.openai.faulty import Answer, completion, serving

TEXT = "Dear Sir, the total of {}.50 EUR is due. Yours, Anna Example, Example Street 1, Exampletown"


@pytest.fixture
def both(shell: Shell, database_url: str) -> Shell:
    """A docproc over a fresh database of each kind."""
    shell.settings["DOCPROC_DATABASE_URL"] = database_url
    return shell


def review(shell: Shell, monkeypatch: pytest.MonkeyPatch, totals: dict[str, str]) -> None:
    """What a person says on the review page about the totals of files."""
    for name, value in shell.environment.items():
        monkeypatch.setenv(name, value)
    parts = wiring.assembled()
    with closing(parts.database):
        for name, total in totals.items():
            with parts.database.read() as conn:
                (row,) = documents.matching(conn, name)
            say(parts, Say(row.sha256, 0, "letters", "total", "correct", "anna", total))


def number_of(path: Path) -> int:
    return int(path.stem)


def splits_well(splits: list[str]) -> bool:
    """Whether some of the eight reviewed files are held out, and two of the others are there to be replayed."""
    return {*splits[:8]} == {"train", "test"} and splits[8:].count("train") >= 2


def test_reviews_become_a_folder_that_a_model_is_trained_with(both: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    script(both, [{"key": "sender", "value": "Anna Example", "confidence": 0.99}, {"key": "total", "value": 999}])
    for number in range(12):
        make_pdf(both.folder / "in" / f"{number}.pdf", [TEXT.format(number + 10)])
    assert both("run", "in", "-q", "letters").code == 0
    none = both("dataset", "letters", "--out", "data")
    assert (none.code, "--confident 0.95" in none.err) == (1, True)
    review(both, monkeypatch, {f"{number}.pdf": f"{number + 10}.50 EUR" for number in range(8)})

    names = [
        hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((both.folder / "in").iterdir(), key=number_of)
    ]
    seed = next(seed for seed in range(1000) if splits_well([Split(60, 0, 40, seed).of(name) for name in names]))
    options = ("--split", "60/0/40", "--seed", str(seed), "--replay", "2")
    done = both("dataset", "letters", "--out", "data", *options)
    assert done.code == 0, done.err
    assert "train: " in done.out
    assert "2 replay" in done.out
    taught, held = (samples(both.folder / "data", split) for split in ("train", "test"))
    assert len(taught) + len(held) == 10
    assert not {one.id[:64] for one in taught} & {one.id[:64] for one in held}
    said = [json.loads(turn.said) for one in held for turn in one.turns]
    assert all(reply["quote"] + " EUR" == reply["value"] for reply in said)

    taken = both("dataset", "letters", "--out", "data")
    assert (taken.code, "--replace" in taken.err) == (1, True)
    (manifest,) = both("dataset", "letters", "--out", "data", "--replace", "--confident", "0.9", "--json").lines
    turns = sum(split.get("turns", 0) for split in manifest["splits"].values())
    assert turns == 8 + 12


def test_conversations_of_others_are_taken_in(shell: Shell) -> None:
    (shell.folder / "pictures").mkdir()
    Image.new("RGB", (64, 64), "white").save(shell.folder / "pictures" / "a.png")
    entry = {"conversations": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "White."}]}
    entries = [{"image": "a.png", **entry}, {"image": "../script.json", **entry}]
    (shell.folder / "llava.jsonl").write_text("\n".join(map(json.dumps, entries)))
    arguments = ("dataset", "import", "llava.jsonl", "--images", "pictures", "--out", "data")
    refused = shell(*arguments)
    assert refused.code == 1
    assert "1 of 2 entries cannot be used; --skip-bad does without them\n  line 2: " in refused.err
    done = shell(*arguments, "--skip-bad")
    assert done.code == 0, done.err
    assert "line 2: " in done.err
    assert [one.turns[0].said for one in samples(shell.folder / "data", "train")] == ["White."]


def test_a_teacher_is_asked_nothing_twice_though_the_command_was_killed(both: Shell) -> None:
    pdf = make_pdf(both.folder / "long.pdf", [TEXT.format(number) for number in range(5)])
    asked: list[str] = []
    enough, held = threading.Event(), threading.Event()

    def teach(body: dict[str, Any], number: int) -> Answer:
        if number == 4 and not held.is_set():
            enough.set()
            held.wait(60)
        asked.append(body["messages"][1]["content"][0]["image_url"]["url"])
        said = [{"question": "What is the total?", "quote": "", "answer": "12 EUR"}]
        said = [{**said[0], "quote": f"total of {n}.50 EUR", "answer": f"{n}.50 EUR"} for n in range(5)]
        return completion(json.dumps({"items": said}))

    with serving(teach) as server:
        shell = both
        arguments = (
            "generate", str(pdf), "--out", "made", "--teacher-url", server.url, "--kinds", "qa",
            "--at-once", "1", "--per-page", "5", "--split", "100/0/0",
        )  # fmt: skip
        running = shell.start(*arguments)
        assert enough.wait(60)
        running.kill()
        running.communicate()
        held.set()
        assert not (shell.folder / "made").exists()
        done = shell(*arguments)
        assert done.code == 0, done.err
        assert len(server.requests) == 4 + 2, "the one that was on its way is the only one that was asked again"
    assert "left out: 20 that stand nowhere on the page" in done.err
    found = samples(Path(shell.folder / "made"), "train")
    assert [json.loads(one.turns[0].said)["value"] for one in found] == [f"{n}.50 EUR" for n in range(5)]


def test_a_teacher_that_is_away_is_told_with_its_exit_code(shell: Shell) -> None:
    pdf = make_pdf(shell.folder / "a.pdf", [TEXT])
    shell.settings |= {"DOCPROC_OPENAI_PATIENCE": "0.2", "DOCPROC_OPENAI_RETRIES": "0"}
    url = "http://127.0.0.1:9/v1"
    done = shell("generate", str(pdf), "--out", "made", "--teacher-url", url, "--teacher-model", "any")
    assert (done.code, "127.0.0.1:9" in done.err) == (4, True)
    assert shell("generate", str(pdf), "--out", "made").code == 1
