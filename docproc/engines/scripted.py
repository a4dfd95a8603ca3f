"""Says what it is told, or a made-up value that is valid for the question's kind: tests, demonstrations, load tests.

A script is a YAML or JSON file with a list `rules`; the rule that names most of (document, page, key) wins:

    rules:
      - {key: total, value: 12.50, quote: "12.50", confidence: 0.9}
      - {document: <sha256>, page: 2, key: total, text: "not JSON at all", delay: 0.2}
      - {document: <sha256>, page: 3, error: page}            # page: PageFailed; unavailable: EngineUnavailable
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from docproc.core.errors import EngineUnavailable, PageFailed, UsageError
from docproc.core.questions import Question
from docproc.core.types import Completion, Page, Prompt, Reply
from docproc.imaging.store import ImageStore

ANY: Literal["*"] = "*"


class Rule(BaseModel):
    """What to say, or do, when an ask fits `document` (SHA-256), `page` (from 1) and `key`; `*` fits every one.

    `text` is the raw reply; without it the reply is `value` and `quote` as JSON. `delay` is in seconds per ask.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: str = ANY
    page: int | Literal["*"] = ANY
    key: str = ANY
    value: Any = None
    quote: str = ""
    text: str | None = None
    finish: Literal["stop", "length", "unreadable"] = "stop"
    confidence: float | None = Field(default=None, ge=0, le=1)
    delay: float = Field(default=0.0, ge=0)
    error: Literal["page", "unavailable"] | None = None

    def reply(self, page: Page) -> Reply:
        """The reply to an ask of `page`. Raises what the rule says."""
        if self.error == "page":
            raise PageFailed(f"the script fails page {page.number} of document {page.document[:12]}", "engine_error")
        if self.error == "unavailable":
            raise EngineUnavailable("the script says that the engine is away")
        if self.delay:
            time.sleep(self.delay)
        text = self.text
        if text is None:
            text = json.dumps({"value": self.value, "quote": self.quote}, ensure_ascii=False)
        return Reply(text, self.finish, self.confidence)


class Script(BaseModel):
    """A whole script file."""

    model_config = ConfigDict(extra="forbid")

    rules: list[Rule] = []


class ScriptedEngine:
    """Answers from a script. Threads may share it."""

    name = "scripted"

    def __init__(self, rules: Sequence[Rule], fingerprint: str, lanes: int, batch: int) -> None:
        """Of rules for the same document, page and key the last one counts."""
        self.fingerprint = fingerprint
        self.lanes = lanes
        self.batch = batch
        self.pages = 64
        self.manners: frozenset[str] = frozenset()
        self.glances = False
        self._rules: dict[object, Rule] = {(rule.document, rule.page, rule.key): rule for rule in rules}

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """One completion per prompt; a rule with an error raises it for the whole call."""
        return [Completion(tuple(self._reply(prompt.pages[0], ask) for ask in prompt.asks)) for prompt in prompts]

    def close(self) -> None:
        """Nothing is held."""

    def _reply(self, page: Page, ask: Question) -> Reply:
        if self._rules:
            for place in product((page.document, ANY), (page.number, ANY), (ask.key, ANY)):
                rule = self._rules.get(place)
                if rule is not None:
                    return rule.reply(page)
        return Reply(json.dumps({"value": made_up(ask, page.number)}), confidence=0.5)


def made_up(ask: Question, number: int) -> Any:
    """A value that the question's kind accepts, the same for the same question and page number."""
    if ask.kind == "table":
        return [{column.name: _scalar(column.kind, column.name, number) for column in ask.columns}]
    if ask.kind == "tables":
        return [{"page": number, "box": [0.1, 0.1, 0.9, 0.2], "caption": ask.key, "grid": [["a", "b"], ["1", "2"]]}]
    if ask.kind == "choice":
        return ask.choices[0] if ask.choices else None
    if ask.kind == "list":
        return [ask.choices[0] if ask.choices else f"{ask.key} {number}"]
    if ask.kind == "dates":
        return [_scalar("date", ask.key, number)]
    return _scalar(ask.kind, ask.key, number)


def _scalar(kind: str, name: str, number: int) -> Any:
    if kind == "integer":
        return number
    if kind in ("number", "money"):
        return number + 0.25
    if kind == "date":
        return f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}"
    if kind == "boolean":
        return number % 2 == 0
    return f"{name} {number}"


def create(settings: Mapping[str, str], images: ImageStore) -> ScriptedEngine:
    """The engine. Settings: `script` (path of a YAML or JSON file), `lanes` (4), `batch` (16)."""
    del images  # it looks at nothing
    data = b""
    if settings.get("script"):
        path = Path(settings["script"])
        try:
            data = path.read_bytes()
            script = Script.model_validate(yaml.safe_load(data) or {})
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise UsageError(f"the script {path} of the scripted engine cannot be used: {error}") from error
    else:
        script = Script()
    fingerprint = f"scripted:{hashlib.sha256(data).hexdigest()[:12]}"
    return ScriptedEngine(script.rules, fingerprint, _number(settings, "lanes", 4), _number(settings, "batch", 16))


def _number(settings: Mapping[str, str], name: str, default: int) -> int:
    text = settings.get(name, "")
    if text and not (text.isdigit() and int(text) > 0):
        raise UsageError(f"the scripted engine's setting {name!r} is a whole number above 0, not {text!r}")
    return int(text or default)
