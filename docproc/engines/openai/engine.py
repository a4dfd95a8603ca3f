"""The engine: prompts to requests, and what the server says to replies."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor

from docproc.core.errors import EngineUnavailable, NotFound, PageFailed
from docproc.core.model_boxes import Convention
from docproc.core.prompts import reply_tokens
from docproc.core.tiles import Tiling
from docproc.core.types import Completion, Prompt, Reply
from docproc.engines._looking import look
from docproc.engines._wording import wording
from docproc.engines.openai.asking import Asker
from docproc.engines.openai.body import Opening, Request, opening_of, requests_of
from docproc.engines.openai.reading import is_form, replies_of, reply_of
from docproc.engines.openai.said import Said
from docproc.engines.openai.server import Server
from docproc.engines.openai.settings import ServerSettings, scale_of
from docproc.imaging.store import ImageStore

LONGEST = 256  # characters of a fingerprint that the store takes
_LOG = logging.getLogger(__name__)

NO_FORM = (
    "the server answers, but does not hold replies to the JSON schema (response_format): they are read as far as they "
    "can be. A server with structured output reads more; DOCPROC_OPENAI_RESPONSE_FORMAT=off says that this is known"
)
NO_LOGPROBS = (
    "the server answers, but tells no log-probabilities (logprobs): confidence comes from the evidence alone; "
    "DOCPROC_OPENAI_LOGPROBS=off says that this is known"
)
THINKS = (
    "the model thinks aloud before it replies, and its thoughts count towards the length of a reply: replies are cut "
    'off. DOCPROC_OPENAI_EXTRA={"chat_template_kwargs": {"enable_thinking": false}} tells most of them not to'
)


class OpenAIEngine:
    """Asks a model behind an OpenAI-compatible server. Threads share it, and its bound of requests on their way.

    A prompt's first request goes alone, the one with the shortest reply: with it the server reads the page. The others
    follow side by side, the longest first, and find the page in the server's prefix cache.
    """

    name = "openai"
    batch = 1
    manners = frozenset({"temperature", "seed", "turn", "closer"})

    def __init__(
        self, server: Server, model: str, tiling: Tiling, settings: ServerSettings, images: ImageStore
    ) -> None:
        self.fingerprint = fingerprint(model, tiling, settings)
        self.pages = settings.pages
        self.glances = tiling.policy == "second_look"
        # A page may have a single request on its way; it takes as many pages to have all the requests there may be.
        self.lanes = settings.concurrency
        self._server = server
        self._model = model
        self._tiling = tiling
        self._settings = settings
        self._images = images
        self._asker = Asker(server, model, settings)
        self._openers = ThreadPoolExecutor(settings.concurrency, "docproc-openai-page")
        self._followers = ThreadPoolExecutor(settings.concurrency, "docproc-openai-ask")
        self._closed = False
        self._notices: tuple[str, ...] = ()
        self._noticing = threading.Lock()

    @property
    def notices(self) -> tuple[str, ...]:
        """What the server was asked for and does not do, as far as that has shown."""
        return self._notices

    def complete(self, prompts: Sequence[Prompt]) -> list[Completion]:
        """One completion per prompt. Raises PageFailed where the server does not take a prompt's pages: the others may
        be asked again without it. Raises EngineUnavailable; UsageError where a setting must be changed first.
        """
        try:
            if len(prompts) == 1:
                return [self._complete(prompts[0])]
            return list(self._openers.map(self._complete, prompts))
        except (CancelledError, RuntimeError):
            if self._closed:  # pools and connections refuse work with these
                raise EngineUnavailable("the openai engine is closed") from None
            raise

    def close(self) -> None:
        """Whoever still waits for an answer gets EngineUnavailable."""
        self._closed = True
        self._asker.close()
        for pool in (self._openers, self._followers):
            pool.shutdown(wait=False, cancel_futures=True)
        self._server.close()

    def _complete(self, prompt: Prompt) -> Completion:
        if not prompt.asks:
            return Completion(())
        try:
            begun = opening_of(look(prompt, self._tiling, self._images))
        except NotFound as error:
            raise PageFailed(str(error), "render_error") from error
        requests = requests_of(prompt, begun, self._model, self._settings)
        said = self._ask_all(requests, _named(prompt))
        replies: list[Reply] = []
        for request, one in zip(requests, said, strict=True):
            self._notice(request, one)
            replies += self._replies(request, one, begun)
        return Completion(
            tuple(replies),
            tokens_in=sum(one.tokens_in for one in said),
            tokens_out=sum(one.tokens_out for one in said),
        )

    def _ask_all(self, requests: Sequence[Request], what: str) -> list[Said]:
        """What is said to each request, in their order."""
        shortest, *others = sorted(range(len(requests)), key=lambda at: sum(map(reply_tokens, requests[at].asks)))
        said = {shortest: self._asker.ask(requests[shortest], False, what)}
        following = {at: self._followers.submit(self._asker.ask, requests[at], True, what) for at in reversed(others)}
        try:
            said |= {at: future.result() for at, future in following.items()}
        finally:
            for future in following.values():
                future.cancel()
        return [said[at] for at in range(len(requests))]

    def _replies(self, request: Request, said: Said, begun: Opening) -> list[Reply]:
        scale: Convention = self._settings.scale or scale_of(self._model) or "relative"
        if request.together:
            return replies_of(said, request.asks, begun.tiles, scale if request.boxes else None)
        return [reply_of(said, begun.tiles, scale if request.boxes else None)]

    def _notice(self, request: Request, said: Said) -> None:
        """Say once what the server leaves out in silence."""
        if said.thought:
            self._say_once(THINKS)
        if not said.text or said.finish == "unreadable":
            return
        formed = said.text.lstrip().startswith("{") and (said.finish != "stop" or is_form(said.text, request.schema))
        if "response_format" in request.body and not formed:
            self._say_once(NO_FORM)
        if request.body.get("logprobs") and not said.tokens:
            self._say_once(NO_LOGPROBS)

    def _say_once(self, notice: str) -> None:
        with self._noticing:
            if notice not in self._notices:
                self._notices += (notice,)
                _LOG.warning("%s (model %s)", notice, self._model)


def fingerprint(model: str, tiling: Tiling, settings: ServerSettings) -> str:
    """The model and whatever else makes an answer, not where the server is; at most 256 characters."""
    rest = [repr(tiling), settings.form, settings.scale or scale_of(model), settings.tokens, settings.extra]
    parts = [
        f"{tiling.policy}-{tiling.page_tokens}",
        f"requests-{settings.requests}",
        f"boxes-{settings.boxes}",
        f"words-{wording()}",
        _short(json.dumps(rest, sort_keys=True)),
    ]
    said = f"openai:{model};{','.join(parts)}"
    return said if len(said) <= LONGEST else f"openai:…{said[-200:]}#{_short(said)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _named(prompt: Prompt) -> str:
    numbers = ", ".join(str(page.number) for page in prompt.pages)
    return f"page {numbers} of document {prompt.pages[0].document[:12]}"
