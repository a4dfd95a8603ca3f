"""The teacher: a model behind an OpenAI-compatible server, reached and shown pages as the openai engine does it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.util import find_spec
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from docproc.core.errors import EngineUnavailable, MissingExtra, NotFound, PageFailed, UsageError
from docproc.core.types import Page, Prompt
from docproc.imaging.store import ImageStore
from docproc.service.generate.kinds import SYSTEM, TeachingKind

if TYPE_CHECKING:
    from docproc.engines.openai.said import Said

WARMTH = 0.7  # the temperature: the same words for every page would teach little
_TOKENS, _TOKENS_EACH = 1024, 256  # of a reply: in any case, and for each exchange


class Teacher:
    """One model of one server. Threads share it. Settings: the openai engine's own, DOCPROC_OPENAI_…

    Raises UsageError, MissingExtra; EngineUnavailable where the server cannot say which model it has.
    """

    def __init__(self, settings: Mapping[str, str], images: ImageStore) -> None:
        if find_spec("openai") is None or find_spec("httpx2") is None:
            raise MissingExtra("openai", "docproc generate")
        from docproc.engines._looking import tiling_of  # noqa: PLC0415 - `docproc --help` must not wait for it
        from docproc.engines.openai.asking import Asker  # noqa: PLC0415 - needs the extra
        from docproc.engines.openai.server import Server  # noqa: PLC0415 - needs the extra
        from docproc.engines.openai.settings import factor_of, read_settings  # noqa: PLC0415 - as above

        self._settings = read_settings(settings)
        self._images = images
        self._server = Server(self._settings)
        try:
            self.model = self._settings.model or self._only_model()
            self._tiling = tiling_of(settings, self._settings.factor or factor_of(self.model), "openai")
        except BaseException:
            self._server.close()
            raise
        self._asker = Asker(self._server, self.model, self._settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asker.close()
        self._server.close()

    def show(self, page: Page) -> tuple[Mapping[str, Any], ...]:
        """The page as it is sent: its images. Raises PageFailed."""
        from docproc.engines._looking import look  # noqa: PLC0415 - as above
        from docproc.engines.openai.body import opening_of  # noqa: PLC0415 - as above

        try:
            return opening_of(look(Prompt((page,), ()), self._tiling, self._images)).content
        except NotFound as error:
            raise PageFailed(str(error), "render_error") from error

    def ask(
        self, shown: tuple[Mapping[str, Any], ...], kind: TeachingKind, per_page: int, what: str, attempt: int = 0
    ) -> Said:
        """What the teacher says; `what` names the page for an error, another `attempt` draws another reply.

        Raises EngineUnavailable, PageFailed, UsageError.
        """
        from docproc.engines.openai.body import Request  # noqa: PLC0415 - as above

        schema = kind.schema(per_page)
        seed = int.from_bytes(hashlib.sha256(f"{what} {kind.name} {attempt}".encode()).digest()[:4]) >> 1
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": [*shown, {"type": "text", "text": kind.text(per_page)}]},
            ],
            "max_tokens": min(self._settings.tokens, _TOKENS + _TOKENS_EACH * kind.count(per_page)),
            "temperature": WARMTH,
            "seed": seed,
        }
        if self._settings.form == "json_schema":
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema}}
        elif self._settings.form == "json_object":
            body["response_format"] = {"type": "json_object"}
        body.update(self._settings.extra)
        sent = {name: value for name, value in body.items() if value is not None}
        return self._asker.ask(Request((), sent, False, schema, False), attempt > 0, what)

    def _only_model(self) -> str:
        from docproc.engines.openai.faults import Trouble  # noqa: PLC0415 - as above

        try:
            names = self._server.models()
        except Trouble as trouble:
            wrong = UsageError if trouble.fault.matter in ("page", "setting") else EngineUnavailable
            raise wrong(f"the server at {self._server.address} {trouble.fault.message}") from None
        if len(names) != 1:
            listed = f"serves {len(names)} models ({', '.join(names[:8])})" if names else "lists no model"
            raise UsageError(f"the server at {self._server.address} {listed}: name one with --teacher-model")
        return names[0]
