"""Have a question set tried in a process of its own, which is killed when its time is up.

What asks for it stays quick and small: engines load much, and one that crashes takes only that process along.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from docproc.core.errors import EngineUnavailable, PageFailed, QuestionSetError, Unavailable, UsageError
from docproc.engines import engine_names
from docproc.service.authoring import check_source
from docproc.service.parts import Parts
from docproc.service.trial import stored_page

SECONDS = 60.0
# Those that load a model would take minutes for each try, and the memory of the one that is at work.
LOADING = frozenset({"qwen"})


@dataclass(frozen=True, slots=True)
class Try:
    """What is to be tried: a set's YAML, of page `number` of a document, by an engine (None: the default one)."""

    source: str
    document: str
    number: int
    engine: str | None = None


def engines_to_try(parts: Parts) -> list[str]:
    """The engines that can be tried here, the configured one first where it can."""
    names = [name for name in engine_names() if name not in LOADING]
    default = parts.default_engine[0]
    return sorted(names, key=lambda name: (name != default, name != "ocr", name))


def tried(parts: Parts, wanted: Try, seconds: float = SECONDS) -> dict[str, Any]:
    """The object of a `Trial`. Raises QuestionSetError with all faults, NotFound, UsageError, Unavailable."""
    name = wanted.engine or parts.default_engine[0]
    if name not in engine_names():
        raise UsageError(f"no engine is called {name[:60]!r}; there are: {', '.join(engine_names())}")
    if name in LOADING:
        raise EngineUnavailable(
            f"the engine {name} loads a model for each try, which takes too long here; try it with the engine ocr or "
            f"openai, or at the command line: docproc questions try FILE DOCUMENT --engine {name}"
        )
    checked = check_source(wanted.source)
    if checked.questions is None:
        raise QuestionSetError("the set", [fault.told("line") for fault in checked.faults])
    document, _ = stored_page(parts, wanted.document, wanted.number)
    words = ["questions", "try", "-", document.sha256, "--page", str(wanted.number), "--engine", name, "--json"]
    return _run(parts, words, wanted.source, seconds)


def _run(parts: Parts, words: list[str], source: str, seconds: float) -> dict[str, Any]:
    environment = {**os.environ, **parts.settings, "DOCPROC_METRICS": "", "DOCPROC_LOG": "off", "DOCPROC_WORKERS": "1"}
    process = subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-m", "docproc", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # with the processes that it starts, it can be ended at once
    )
    try:
        out, err = process.communicate(source, timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise EngineUnavailable(f"the engine had not answered after {seconds:g} s; ask less, or try later") from error
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    if process.returncode == 0:
        found: dict[str, Any] = json.loads(out)
        return found
    said = " ".join(line.removeprefix("docproc: ") for line in err.strip().splitlines()[-3:]) or "it ended by itself"
    kinds = {1: UsageError, 2: PageFailed, 3: PageFailed, 4: EngineUnavailable}
    raise kinds.get(process.returncode, Unavailable)(f"the try failed: {said[:500]}")
