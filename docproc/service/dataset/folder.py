"""A dataset folder: written beside its place, and there only when it is whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO
from uuid import uuid4

from docproc.core.errors import NotFound, UsageError
from docproc.imaging.store import ImageStore
from docproc.training.samples import IMAGES, SPLITS

MANIFEST = "manifest.json"
FORM = 1  # of the folder; another number where its form changes


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is asked about one image and what is to be said, as pairs of texts.

    `image` is a name in the folder's store. `about` becomes the line's `docproc` object. `source` is what it was made
    from, a document's SHA-256, of which the manifest counts the distinct ones: those of one source come in a row.
    `counts` are added up in the manifest, by split.
    """

    id: str
    image: str
    turns: Sequence[tuple[str, str]]
    system: str | None
    independent: bool
    about: Mapping[str, Any]
    source: str
    counts: Mapping[str, int]


class DatasetFolder:
    """Writes a folder. As a context: it appears at `place`, whole, when `finish` was called, else nothing does.

    Raises UsageError where something is at `place` that is no dataset, or one that is not to be replaced.
    """

    def __init__(self, place: Path, replace: bool = False) -> None:
        self.place = place
        self._replaced = _check(place, replace)
        self.path = place.with_name(f".{place.name}-{uuid4().hex[:12]}.part")
        self.images = ImageStore(self.path / IMAGES)
        self._files: dict[str, TextIO] = {}
        self._counts: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
        self._last: dict[str, str] = {}
        self._open = ExitStack()
        self._whole = False

    def __enter__(self) -> Self:
        (self.path / IMAGES).mkdir(parents=True)
        for split in SPLITS:
            self._files[split] = self._opened(f"{split}.jsonl")
            self._files[_llava(split)] = self._opened(_llava(split))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
        if error is not None or not self._whole:
            shutil.rmtree(self.path, ignore_errors=True)
            return
        old = self.path.with_suffix(".old")
        if self._replaced:
            self.place.replace(old)
        elif self.place.exists():
            self.place.rmdir()
        self.path.replace(self.place)
        shutil.rmtree(old, ignore_errors=True)

    def copy(self, images: ImageStore, name: str) -> None:
        """Take a page image over from another store. Raises NotFound, Unavailable."""
        if not self.images.has(name):
            stored = self.images.put(images.path(name).read_bytes(), Path(name).suffix)
            if stored != name:
                raise NotFound(f"the page image {name} in {images} is not what it was when it was drawn")

    def add(self, split: str, said: Conversation) -> None:
        """Write a conversation."""
        counts = self._counts[split]
        self._files[split].write(json.dumps(_qwen(said), ensure_ascii=False) + "\n")
        before = ",\n" if counts["conversations"] else "[\n"
        self._files[_llava(split)].write(before + json.dumps(_as_llava(said), ensure_ascii=False))
        counts["conversations"] += 1
        counts["turns"] += len(said.turns)
        counts["documents"] += bool(said.source) and self._last.get(split) != said.source
        self._last[split] = said.source
        counts.update(said.counts)

    def counts(self) -> dict[str, dict[str, int]]:
        """What was written so far, by split."""
        return {split: dict(counts) for split, counts in self._counts.items()}

    def finish(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Write the manifest, which is returned: what is `told`, the counts, and the hash of all lines."""
        for split in SPLITS:
            self._files[_llava(split)].write("\n]\n" if self._counts[split]["conversations"] else "[]\n")
        self._open.close()
        digest = hashlib.sha256()
        for split in SPLITS:
            with (self.path / f"{split}.jsonl").open("rb") as file:
                digest.update(f"{split}\n".encode() + hashlib.file_digest(file, "sha256").digest())
            if not self._counts[split]["conversations"] and split != SPLITS[0]:
                (self.path / f"{split}.jsonl").unlink()
                (self.path / _llava(split)).unlink()
        manifest = {"form": FORM, **told, "splits": self.counts(), "hash": digest.hexdigest()}
        (self.path / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")
        self._whole = True
        return manifest

    def _opened(self, name: str) -> TextIO:
        return self._open.enter_context((self.path / name).open("w", encoding="utf-8"))


def _check(place: Path, replace: bool) -> bool:
    """Whether there is a dataset that is to be replaced."""
    if not place.parent.is_dir():
        raise UsageError(f"{place.parent} is no folder; make it first, or name another --out")
    if not place.exists() or (place.is_dir() and not any(place.iterdir())):
        return False
    if not place.is_dir() or not (place / MANIFEST).is_file():
        raise UsageError(f"{place} has something in it that is no dataset; name a new folder")
    if not replace:
        raise UsageError(f"{place} has a dataset already; name a new folder, or say --replace")
    return True


def _llava(split: str) -> str:
    return "llava.json" if split == SPLITS[0] else f"llava-{split}.json"


def _qwen(said: Conversation) -> dict[str, Any]:
    """The line in the chat format of Qwen's fine-tuning."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": said.system}] if said.system else []
    for number, (human, reply) in enumerate(said.turns):
        shown = [] if number else [{"type": "image", "image": f"{IMAGES}/{said.image}"}]
        messages.append({"role": "user", "content": [*shown, {"type": "text", "text": human}]})
        messages.append({"role": "assistant", "content": reply})
    return {"id": said.id, "messages": messages, "docproc": {"independent": said.independent, **said.about}}


def _as_llava(said: Conversation) -> dict[str, Any]:
    """The same as LLaVA has it: no system, the image's place marked in the first human turn."""
    conversation = []
    for number, (human, reply) in enumerate(said.turns):
        marked = human if number else f"<image>\n{human}"
        conversation += [{"from": "human", "value": marked}, {"from": "gpt", "value": reply}]
    return {"id": said.id, "image": f"{IMAGES}/{said.image}", "conversations": conversation}
