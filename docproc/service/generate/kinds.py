"""What a teacher is asked for, and the form of its reply: one kind of instruction data each. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docproc.core.text.fold import clean

MOST_TEXT = 8_000  # characters of a question or an answer
_FENCE = re.compile(r"```[a-zA-Z]*\s*(\{.*\})\s*```", re.DOTALL)

SYSTEM = (
    "You write training examples for a model that reads documents. You are shown a page. Everything that you "
    "write about it must be true of this page and be told by what can be seen on it: never guess, never add "
    "what you know from elsewhere. Write in the language of the page. Do not speak of images, tiles or "
    "close-ups: to the reader it is one page. Reply in JSON, in the form that you are given."
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer; `quote` is what of the page tells it, where the kind asks for that."""

    question: str
    answer: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class TeachingKind:
    """A kind of data. `wish` says what is wanted, {count} being how many; `single`: never more than one of them.

    `printed`: an answer must stand on the page, and its quote too. `together`: the exchanges are one conversation.
    `openings`: how people ask for it, where the teacher is not to make up the question.
    """

    name: str
    wish: str
    single: bool = False
    printed: bool = False
    together: bool = False
    openings: tuple[str, ...] = ()

    def members(self) -> list[str]:
        """The members of an item of the reply."""
        asked = [] if self.openings else ["question"]
        return [*asked, *(["quote"] if self.printed else []), "answer"]

    def count(self, per_page: int) -> int:
        """How many are wanted of a page."""
        return 1 if self.single else per_page

    def text(self, per_page: int) -> str:
        """What is said behind the page's images."""
        form = ", ".join(f'"{name}": "…"' for name in self.members())
        return f'{self.wish.format(count=self.count(per_page))}\nReply: {{"items": [{{{form}}}, …]}}'

    def schema(self, per_page: int) -> dict[str, Any]:
        """The JSON schema of the reply."""
        text = {"type": "string", "minLength": 1, "maxLength": MOST_TEXT}
        names = self.members()
        item = {
            "type": "object",
            "properties": dict.fromkeys(names, text),
            "required": names,
            "additionalProperties": False,
        }
        items = {"type": "array", "items": item, "minItems": 1, "maxItems": self.count(per_page)}
        return {"type": "object", "properties": {"items": items}, "required": ["items"], "additionalProperties": False}

    def read(self, text: str, per_page: int, seed: str) -> list[Exchange]:
        """The exchanges in a reply; `seed` chooses among the openings. Raises ValueError, saying what is "
        "wrong."""
        found = _json(text)
        items = found.get("items") if isinstance(found, dict) else None
        if not isinstance(items, list) or not items:
            raise ValueError("has no list of items")
        names = self.members()
        said = []
        for item in items[: self.count(per_page)]:
            if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in names):
                raise ValueError(f"has an item without {', '.join(names)}")
            texts = {name: clean(item[name]).strip() for name in names}
            if not all(0 < len(value) <= MOST_TEXT for value in texts.values()):
                raise ValueError("has an item with an empty text, or one that is too long")
            said.append(Exchange(texts.get("question") or self.opening(seed), texts["answer"], texts.get("quote", "")))
        return said

    def opening(self, seed: str) -> str:
        """One of the openings."""
        return self.openings[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % len(self.openings)]


_KINDS = (
    TeachingKind(
        "detail",
        "Describe the page in detail: what kind of document it is, who it is from and to, how it is laid out "
        "from top to bottom, and what its parts say, with names, numbers and dates as printed. Full sentences, "
        "no list. {count} item.",
        single=True,
        openings=(
            "Describe this page in detail.",
            "What does this page show? Go through all of it.",
            "Give a thorough account of what is on this page.",
            "Walk me through this page from top to bottom.",
            "Explain this page to somebody who cannot see it.",
        ),
    ),
    TeachingKind(
        "reasoning",
        "Write up to {count} questions that cannot be answered by copying one place of the page: two or more of "
        "its facts must be compared, added up, ordered or brought together. Each answer first names the facts "
        "that it rests on, then draws the conclusion, in two to five sentences. Leave out a question whose "
        "answer is not certain.",
    ),
    TeachingKind(
        "conversation",
        "Write a conversation between a person who wants to understand this page and an assistant who sees it: "
        "{count} turns, each a question and its answer. Later questions take up what was said before. Some ask "
        "for what is printed, some for what it means, and one for something that the page does not tell, to "
        "which the answer says so.",
        together=True,
    ),
    TeachingKind(
        "creative",
        "Write one request that turns this page into another text (a short reply to its sender, a note for a "
        "colleague, a summary for a child, a headline, a list of things to do) and the text that fulfils it. It "
        "takes its facts from the page alone. {count} item.",
        single=True,
    ),
    TeachingKind(
        "qa",
        "Write up to {count} questions that people would ask of such a document and that are answered by one "
        "short place on the page: a name, a number, a date, an amount, a title, a few words. The quote is the "
        "line of the page that tells it, exactly as printed. The answer is the part of the quote that answers, "
        "exactly as printed, not one word more. Each question names what it asks for so that it has one answer "
        "only.",
        printed=True,
    ),
)
KINDS: Mapping[str, TeachingKind] = {kind.name: kind for kind in _KINDS}


def wording() -> str:
    """A hash of all that teachers are told: better words ask again."""
    told = [SYSTEM, *(f"{kind.text(2)}{kind.schema(2)}{kind.openings}" for kind in _KINDS)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]


def _json(text: str) -> Any:
    """The object that a reply is, also inside a fence or behind chatter. Raises ValueError."""
    fenced = _FENCE.search(text)
    inner = fenced[1] if fenced else text[text.find("{") :] if "{" in text else text
    try:
        return json.JSONDecoder().raw_decode(inner.strip())[0]
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON") from error
