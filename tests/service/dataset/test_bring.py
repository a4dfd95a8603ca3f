"""`docproc dataset import`: LLaVA's conversations and their images."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from docproc.core.errors import UsageError
from docproc.imaging.store import ImageStore
from docproc.service.dataset.bring import Bring, Brought, bring
from docproc.service.dataset.llava import Entry, Fault, VisualInstructionDataset
from docproc.service.dataset.split import Split
from docproc.service.parts import Parts
from docproc.training.samples import Turn, samples


def entry(image: str = "a.jpg", *turns: str, **more: Any) -> dict[str, Any]:
    texts = turns or ("<image>\nWhat is it?", "A letter.")
    said = [{"from": "gpt" if at % 2 else "human", "value": text} for at, text in enumerate(texts)]
    return {"image": image, "conversations": said, **more}


def read(path: Path, text: str) -> list[Entry | Fault]:
    path.write_text(text, "utf-8")
    return list(VisualInstructionDataset(path))


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_however_it_is_laid_out_is_read(tmp_path: Path, indent: int | None) -> None:
    two = [entry(id="x"), entry("b.jpg", "One?", "1", "Two?", "2")]
    found = read(tmp_path / "a.json", json.dumps(two, indent=indent))
    assert [one.image for one in found if isinstance(one, Entry)] == ["a.jpg", "b.jpg"]
    assert found[1].line == (1 if indent is None else 16)
    assert isinstance(found[1], Entry)
    assert found[1].turns == (("One?", "1"), ("Two?", "2"))


def test_an_array_longer_than_what_is_held_at_a_time_is_read(tmp_path: Path) -> None:
    long = [entry(f"{n}.jpg", "<image> Why? é", "x" * 5000) for n in range(700)]
    found = read(tmp_path / "a.json", json.dumps(long, ensure_ascii=False))
    assert [one.image for one in found if isinstance(one, Entry)] == [f"{n}.jpg" for n in range(700)]


def test_json_lines_are_read_and_a_bad_line_is_one_fault(tmp_path: Path) -> None:
    text = "\n".join([json.dumps(entry()), "{oops", "", json.dumps(entry("b.jpg"))])
    first, bad, last = read(tmp_path / "a.jsonl", "\ufeff" + text)
    assert isinstance(first, Entry)
    assert str(bad).startswith("line 2: is not JSON")
    assert (last.line, isinstance(last, Entry)) == (4, True)


def test_the_flat_form_takes_texts_or_lists_of_turns(tmp_path: Path) -> None:
    flat = [
        {"image": "a.jpg", "human": "<image> What?", "assistant": "This."},
        {"image": "a.jpg", "human": ["What?", "And?"], "assistant": ["This.", "That."]},
    ]
    found = read(tmp_path / "a.json", json.dumps(flat))
    assert [one.turns for one in found if isinstance(one, Entry)] == [
        (("What?", "This."),),
        (("What?", "This."), ("And?", "That.")),
    ]


def test_placeholders_are_filled_and_taken_out(tmp_path: Path) -> None:
    templates = entry("a.jpg", "<image>\nAnswer: <question>", "4711", "<question>", "Yes.", question=["No?", "Sure?"])
    (found,) = read(tmp_path / "a.json", json.dumps([templates]))
    assert isinstance(found, Entry)
    assert found.turns == (("Answer: No?", "4711"), ("Sure?", "Yes."))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("text", "not an object"),
        ({"conversations": []}, "names no image|in turn"),
        (entry("a.jpg", "One?"), "in turn"),
        (entry("a.jpg", "One?", " "), "says nothing"),
        (entry("a.jpg", "<image>", "1"), "says nothing"),
        (entry("a.jpg", "One?", "1", "<image> Two?", "2"), "another image"),
        (entry("a.jpg", "<question>", "1"), "question"),
        ({**entry(), "image": ["a.jpg", "b.jpg"]}, "several images"),
        ({"image": "a.jpg", "human": ["a", "b"], "assistant": "c"}, "2 human texts and 1"),
        ({"image": "a.jpg", "conversations": [{"from": "cat", "value": "miaow"}]}, "cat"),
    ],
)
def test_an_entry_that_cannot_be_used_says_why(tmp_path: Path, bad: Any, reason: str) -> None:
    (found,) = read(tmp_path / "a.json", json.dumps([bad]))
    assert isinstance(found, Fault)
    assert __import__("re").search(reason, found.reason), found.reason


def test_a_file_that_breaks_off_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: is not JSON"):
        read(tmp_path / "a.json", "[" + json.dumps(entry()) + ',\n{"image": "b')


def bomb(path: Path) -> None:
    """A PNG that says that it is 60,000 pixels wide and high."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1_000_000)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    for name, shade in (("a.jpg", "white"), ("b.png", "grey"), ("sub/c.jpg", "black")):
        Image.new("RGB", (64, 48), shade).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    bomb(folder / "bomb.png")
    (tmp_path / "secret.jpg").write_bytes((folder / "a.jpg").read_bytes())
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    return folder


def taken(parts: Parts, pictures: Path, entries: list[Any], **how: Any) -> Brought:
    file = pictures.parent / "llava.json"
    file.write_text(json.dumps(entries), "utf-8")
    return bring(parts, file, Bring(pictures, **how), pictures.parent / "out")


def test_conversations_become_samples_that_go_on_from_turn_to_turn(
    letters: Parts, pictures: Path, tmp_path: Path
) -> None:
    entries = [entry(id="one"), entry("sub/c.jpg", "What?", "Dark.", "Really?", "Yes.")]
    done = taken(letters, pictures, entries)
    first, second = samples(tmp_path / "out", "train")
    assert (first.id, first.turns, first.independent) == ("one", (Turn("What is it?", "A letter."),), False)
    assert len(second.turns) == 2
    assert ImageStore(tmp_path / "out" / "images").has(second.image)
    assert done.manifest["splits"]["train"]["conversations"] == 2
    assert json.loads((tmp_path / "out" / "llava.json").read_text())[0]["id"] == "one"


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("../secret.jpg", "outside"),
        ("/etc/passwd", "outside"),
        ("link.jpg", "outside"),
        ("none.jpg", "there is no image"),
        ("broken.jpg", "broken.jpg"),
        ("bomb.png", "60000 x 60000"),
        ("a\0.jpg", "cannot be looked for"),
    ],
)
def test_a_bad_image_is_told_with_its_line_and_can_be_left_out(
    letters: Parts, pictures: Path, tmp_path: Path, image: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=r"1 of 2 entries cannot be used; --skip-bad") as caught:
        taken(letters, pictures, [entry(), entry(image)])
    assert reason in str(caught.value)
    assert not (tmp_path / "out").exists()
    done = taken(letters, pictures, [entry(), entry(image)], skip_bad=True)
    assert len(done.faults) == 1
    assert done.manifest["skipped"] == {"that cannot be used": 1}


def test_an_image_is_in_one_split_however_often_it_is_asked_about(
    letters: Parts, pictures: Path, tmp_path: Path
) -> None:
    names = ["a.jpg", "b.png", "sub/c.jpg"] * 3
    seed = next(n for n in range(100) if len({Split(50, 0, 50, seed=n).of(name) for name in names}) == 2)
    taken(letters, pictures, [entry(name) for name in names], split=Split(50, 0, 50, seed=seed))
    train, test = samples(tmp_path / "out", "train"), samples(tmp_path / "out", "test")
    assert len(train) + len(test) == 9
    assert not {one.image for one in train} & {one.image for one in test}


def test_nothing_but_bad_entries_is_refused_even_where_they_may_be_skipped(letters: Parts, pictures: Path) -> None:
    with pytest.raises(UsageError, match="2 of 2 entries"):
        taken(letters, pictures, [entry("none.jpg"), "no"], skip_bad=True)
    with pytest.raises(UsageError, match="no conversation"):
        taken(letters, pictures, [])
