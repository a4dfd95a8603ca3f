"""Any OpenAI-compatible server with a vision model: vLLM, SGLang, llama.cpp, OpenAI itself."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from docproc.core.errors import EngineUnavailable, MissingExtra, UsageError
from docproc.imaging.store import ImageStore

if TYPE_CHECKING:
    from docproc.engines.openai.engine import OpenAIEngine
    from docproc.engines.openai.server import Server


def create(settings: Mapping[str, str], images: ImageStore) -> OpenAIEngine:
    """The engine. Settings: see `settings.read_settings` and `tiling_of`. Where `model` is not among them the server is
    asked for the one that it serves. Raises UsageError, MissingExtra, EngineUnavailable.
    """
    from docproc.engines._looking import tiling_of  # noqa: PLC0415 - `docproc --help` must not wait for it
    from docproc.engines.openai.settings import factor_of, read_settings  # noqa: PLC0415 - as above

    read = read_settings(settings)
    if find_spec("openai") is None or find_spec("httpx2") is None:
        raise MissingExtra("openai", "the openai engine")
    from docproc.engines.openai.engine import OpenAIEngine  # noqa: PLC0415 - needs the extra
    from docproc.engines.openai.server import Server  # noqa: PLC0415 - needs the extra

    server = Server(read)
    try:
        model = read.model or _only_model(server)
        tiling = tiling_of(settings, read.factor or factor_of(model), "openai")
    except BaseException:
        server.close()
        raise
    return OpenAIEngine(server, model, tiling, read, images)


def _only_model(server: Server) -> str:
    from docproc.engines.openai.faults import Trouble  # noqa: PLC0415 - as above

    try:
        names = server.models()
    except Trouble as trouble:
        fault = trouble.fault
    else:
        if len(names) == 1:
            return names[0]
        listed = f"serves {len(names)} models ({', '.join(names[:8])})" if names else "lists no model"
        raise UsageError(f"the server at {server.address} {listed}: name the one to ask in DOCPROC_OPENAI_MODEL")
    wrong = UsageError if fault.matter in ("setting", "page") else EngineUnavailable
    raise wrong(f"the server at {server.address} {fault.message}")
