"""From a prompt to what the model takes in: images cut, the conversation written in the model's own template, tokens.

The page comes first and the question last. The text is cut right after the last image, where a special token stands, so
that what follows has the same token ids whether it is read together with the page or apart.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jinja2 import TemplateError
from PIL import Image

from docproc.core.errors import NotFound, PageFailed, UsageError
from docproc.core.prompts import SYSTEM, question_text, reply_schema, reply_tokens
from docproc.core.tiles import Tile, Tiling
from docproc.core.types import Prompt
from docproc.engines._looking import Seen, look, opening
from docproc.engines.qwen.load import Loaded
from docproc.engines.qwen.net import Sight
from docproc.engines.qwen.settings import QwenSettings
from docproc.imaging.store import ImageStore


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A prompt that is ready for the model. `boxes`: it was asked where it saw the answers."""

    prompt: Prompt
    sight: Sight
    tiles: tuple[Tile, ...]
    schemas: tuple[Mapping[str, Any] | None, ...]
    limits: tuple[int, ...]
    boxes: bool

    @property
    def tokens(self) -> int:
        """Tokens that go in: the page once, and its asks."""
        return self.sight.length + sum(map(len, self.sight.asks))

    @property
    def shape(self) -> tuple[int, ...]:
        """Equal for pages that the model takes in alike: the number of tokens first, then the sizes of the images."""
        return (self.sight.length, *(side for tile in self.tiles for side in tile.canvas))


def prepare(prompt: Prompt, loaded: Loaded, tiling: Tiling, images: ImageStore, settings: QwenSettings) -> Prepared:
    """Raises PageFailed where a page's image is gone or damaged. The prompt has asks."""
    try:
        seen = look(prompt, tiling, images)
    except NotFound as error:
        raise PageFailed(str(error), "render_error") from error
    boxes = wants_boxes(prompt, settings, loaded)
    writer = Writer(loaded, opening(seen))
    asks = [writer.ask(question_text(ask, boxes)) for ask in prompt.asks]
    schemas = [reply_schema(ask, boxes) if settings.constrain else None for ask in prompt.asks]
    sight = Sight(*writer.page([one.image for one in seen]), tuple(asks))
    room = room_of(prompt, sight, loaded)
    limits = [min(reply_tokens(ask), settings.max_new_tokens, room) for ask in prompt.asks]
    return Prepared(prompt, sight, tuple(one.tile for one in seen), tuple(schemas), tuple(limits), boxes)


def room_of(prompt: Prompt, sight: Sight, loaded: Loaded) -> int:
    """Tokens that a reply may have before the model's context ends. Raises PageFailed where there is no room at all."""
    most = getattr(loaded.net.text, "max_position_embeddings", None) or sys.maxsize
    taken = sight.length + max(map(len, sight.asks))
    if taken >= most:
        page = prompt.pages[0]
        raise PageFailed(
            f"the images of page {page.number} of document {page.document[:12]} and a question take {taken} tokens, "
            f"the model takes {most}: lower DOCPROC_QWEN_PAGE_TOKENS, or set DOCPROC_QWEN_TILES=overview",
            "engine_error",
        )
    return int(most - taken)


def wants_boxes(prompt: Prompt, settings: QwenSettings, loaded: Loaded) -> bool:
    """Whether the model is to say where it sees the answers: where the words of a page are known, they tell that."""
    if settings.boxes == "auto":
        return loaded.family.convention is not None and any(page.reading is None for page in prompt.pages)
    return settings.boxes == "always"


class Writer:
    """Writes the conversations about one page, in the template of the model's folder."""

    def __init__(self, loaded: Loaded, parts: Sequence[str | Seen], system: str | None = SYSTEM) -> None:
        """`parts`: what the user content begins with; `system`: the instructions, None for none."""
        self._processor, self._tokenizer, self._family = loaded.processor, loaded.tokenizer, loaded.family
        self._dtype = loaded.net.dtype
        self._pinned = loaded.net.device.type == "cuda"  # then it is copied while the GPU computes
        self._opening = [
            {"type": "text", "text": part} if isinstance(part, str) else {"type": "image"} for part in parts
        ]
        self._images = sum(not isinstance(part, str) for part in parts)
        self._mark = self._family.image_end or self._image_token()
        self._page = ""
        self._system = system

    def ask(self, question: str) -> tuple[int, ...]:
        """The token ids that follow the images, for one question."""
        text = self.written(question)
        cut = _behind(text, self._mark, self._images)
        page, self._page = self._page, text[:cut]
        if page not in ("", self._page):
            raise UsageError("the model's chat template puts the question before the images: no page can be shared")
        # Read together with what stands before it, then cut: some tokenizers treat the beginning of a text differently.
        ids = self._tokenizer(text, add_special_tokens=self._bare(text))["input_ids"]
        mark = self._tokenizer.convert_tokens_to_ids(self._mark)
        places = [place for place, token in enumerate(ids) if token == mark]
        if len(places) < self._images:
            raise UsageError(f"the model's tokenizer does not know {self._mark}, which ends an image, as one token")
        return tuple(ids[places[self._images - 1] + 1 :])

    def page(self, images: list[Image.Image]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Token ids (1, n) up to the end of the last image, and the rest of what the processor made of the images."""
        kept = {"do_resize": False} if self._family.native else {}
        shown = images if self._family.native else [_square(image) for image in images]
        made = self._processor(
            text=[self._page],
            images=shown,
            add_special_tokens=self._bare(self._page),
            return_tensors="pt",
            **kept,
        )
        rest = {name: value for name, value in made.items() if name not in ("input_ids", "attention_mask")}
        vision = {
            name: value.to(self._dtype) if value.is_floating_point() else value
            for name, value in rest.items()
            if isinstance(value, torch.Tensor)
        }
        if self._pinned:
            vision = {name: value.pin_memory() for name, value in vision.items()}
        return made["input_ids"], vision

    def written(self, question: str | None, before: Sequence[tuple[str, str]] = ()) -> str:
        """The conversation up to where the reply to `question` begins; `before` are its earlier questions and replies.

        None: the conversation ends with the last of those replies.
        """
        turns = [*before, *([] if question is None else [(question, None)])]
        messages: list[dict[str, Any]] = []
        for asked, said in turns:
            content = [*([] if messages else self._opening), {"type": "text", "text": asked}]
            messages.append({"role": "user", "content": content})
            if said is not None:
                messages.append({"role": "assistant", "content": [{"type": "text", "text": said}]})
        if self._system is None:
            return self._template(messages, question is not None)
        told = [{"type": "text", "text": self._system}]
        try:
            return self._template([{"role": "system", "content": told}, *messages], question is not None)
        except TemplateError:  # a template that knows no system: its words stand before the images
            messages[0]["content"] = [*told, *messages[0]["content"]]
            return self._template(messages, question is not None)

    def _template(self, messages: list[dict[str, Any]], reply: bool) -> str:
        template = self._processor.chat_template or self._tokenizer.chat_template
        if not template:
            raise UsageError(
                f"the model has no chat template ({self._family.name}): is it one that follows instructions?"
            )
        # Models that may think aloud first are told not to: their reply begins with its first token.
        silent = {"enable_thinking": False} if "enable_thinking" in str(template) else {}
        text: str = self._processor.apply_chat_template(
            messages, chat_template=template, add_generation_prompt=reply, tokenize=False, **silent
        )
        return text

    def _image_token(self) -> str:
        for holder in (self._processor, self._tokenizer):
            token = getattr(holder, "image_token", None)
            if token is not None:
                return str(getattr(token, "content", token))
        raise UsageError(f"the processor of {self._family.name} names no token that stands for an image")

    def _bare(self, text: str) -> bool:
        """Whether the tokenizer has yet to write the token that begins a text."""
        begin = self._tokenizer.bos_token
        return not (begin and text.startswith(begin))


def _behind(text: str, mark: str, count: int) -> int:
    """Where the `count`-th `mark` in the text ends. What comes after it may hold the mark too."""
    end = 0
    for _ in range(count):
        found = text.find(mark, end)
        if found < 0:
            raise UsageError(f"the model's chat template shows fewer than {count} images ({mark} is missing)")
        end = found + len(mark)
    return end


def _square(image: Image.Image) -> Image.Image:
    """The image on a white square."""
    side = max(image.size)
    canvas = Image.new("RGB", (side, side), "white")
    canvas.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return canvas
