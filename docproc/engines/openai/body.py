"""What is sent to the server: the images once, the question last, so that its prefix cache knows the page again."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docproc.core import prompts
from docproc.core.questions import Question
from docproc.core.tiles import Tile
from docproc.core.types import Manner, Prompt
from docproc.engines._looking import opening
from docproc.engines.openai.settings import scale_of

if TYPE_CHECKING:
    from PIL import Image

    from docproc.engines._looking import Seen
    from docproc.engines.openai.settings import ServerSettings

# Kinds with many places, or the whole page: a box of theirs says nothing, and every number of it is a token.
_EVERYWHERE = ("text", "list", "dates", "table", "tables")
# A reply that may be longer is streamed, so that one that repeats itself without end is stopped.
_LONG = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """What all requests of a prompt begin with: `messages`, whose last one still wants its question, and the images."""

    system: str
    content: tuple[Mapping[str, Any], ...]
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Request:
    """One request: the questions that it asks, and whether a box is wanted with them. `streamed` as its body says."""

    asks: tuple[Question, ...]
    body: Mapping[str, Any]
    boxes: bool
    schema: Mapping[str, Any]
    together: bool

    @property
    def streamed(self) -> bool:
        return bool(self.body.get("stream"))


def opening_of(seen: Sequence[Seen]) -> Opening:
    """The images as PNG in data URLs, in their order."""
    content: list[dict[str, Any]] = []
    for part in opening(seen):
        if isinstance(part, str):
            content.append({"type": "text", "text": part})
        else:
            content.append({"type": "image_url", "image_url": {"url": data_url(part.image)}})
    return Opening(prompts.SYSTEM, tuple(content), tuple(one.tile for one in seen))


def data_url(image: Image.Image) -> str:
    """A lossless PNG. What is grey is sent in one channel, a sixth to two thirds of the bytes; level 1 takes a quarter
    of the time of level 6 on a scan, at the same size.
    """
    buffer = io.BytesIO()
    grey = image.convert("L")
    (grey if grey.convert("RGB").tobytes() == image.tobytes() else image).save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def requests_of(prompt: Prompt, begun: Opening, model: str, settings: ServerSettings) -> list[Request]:
    """One request per ask, or one for all of them, as the settings say."""
    boxes = settings.boxes == "always" or (settings.boxes == "auto" and _wants_boxes(prompt, model, settings))
    if settings.requests == "page" and len(prompt.asks) > 1:
        text, schema = prompts.page_text(prompt.asks, boxes), prompts.page_schema(prompt.asks, boxes)
        return [_request(prompt, begun, _Asked(prompt.asks, text, schema, boxes, together=True), model, settings)]
    requests = []
    for ask in prompt.asks:
        placed = boxes and (settings.boxes == "always" or ask.kind not in _EVERYWHERE)
        asked = _Asked((ask,), prompts.question_text(ask, placed), prompts.reply_schema(ask, placed), placed)
        requests.append(_request(prompt, begun, asked, model, settings))
    return requests


def _wants_boxes(prompt: Prompt, model: str, settings: ServerSettings) -> bool:
    """Where the words of the page are known they tell the place, and a model that was not taught to cannot."""
    known = settings.scale is not None or scale_of(model) is not None
    return known and any(page.reading is None for page in prompt.pages)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    asks: tuple[Question, ...]
    text: str
    schema: dict[str, Any]
    boxes: bool
    together: bool = False


def _request(prompt: Prompt, begun: Opening, asked: _Asked, model: str, settings: ServerSettings) -> Request:
    tokens = min(sum(map(prompts.reply_tokens, asked.asks)), settings.tokens)
    body: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": begun.system},
            {"role": "user", "content": [*begun.content, {"type": "text", "text": asked.text}]},
        ],
        "max_tokens": tokens,
        **_drawn(prompt.manner),
    }
    if settings.form == "json_schema":
        body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": asked.schema}}
    elif settings.form == "json_object":
        body["response_format"] = {"type": "json_object"}
    if settings.logprobs:
        body["logprobs"] = True
    if settings.streaming == "on" or (settings.streaming == "auto" and tokens > _LONG):
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
    body.update(settings.extra)
    sent = {name: value for name, value in body.items() if value is not None}
    return Request(asked.asks, sent, asked.boxes, asked.schema, asked.together)


def _drawn(manner: Manner) -> dict[str, Any]:
    """A seed says nothing to a greedy reply, and not every server knows it."""
    drawn: dict[str, Any] = {"temperature": manner.temperature}
    return drawn | {"seed": manner.seed} if manner.temperature > 0 else drawn
