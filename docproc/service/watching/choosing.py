"""What is asked of a file, and of which engine: the first sub-folder it lies in says so.

`invoice/…` names a question set, `invoice@qwen/…` an engine as well, `@qwen/…` an engine alone; case does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from docproc.core.errors import EngineUnavailable, MissingExtra, NotFound, QuestionSetError, UsageError
from docproc.engines import engine_names
from docproc.service.parts import Parts
from docproc.service.questions import resolve_set
from docproc.service.watching.news import Rarely

FRESH = 30.0  # seconds for which a folder's meaning is believed: somebody may write the set meanwhile


@dataclass(frozen=True, slots=True)
class Choice:
    """A question set by its name, and an engine; None: the configured one."""

    set_name: str
    engine: str | None


class Choosing:
    """What the folders of an inbox mean. Files outside of any, and in folders that name nothing, have the default."""

    def __init__(
        self, parts: Parts, default: Choice, rarely: Rarely, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._parts, self.default, self._rarely, self._clock = parts, default, rarely, clock
        self._known: dict[str, tuple[float, Choice | None]] = {}

    def of(self, name: str) -> Choice | None:
        """For a file by its path in the inbox. None: its question set has faults, or its engine cannot be had here; the
        file is left until that is mended. Raises Unavailable.
        """
        folder, inside, _ = name.partition("/")
        if not inside:
            return self.default
        now = self._clock()
        known = self._known.get(folder)
        if known is None or known[0] < now:
            if len(self._known) > 1000:
                self._known.clear()
            known = self._known[folder] = (now + FRESH, self._find(folder))
        return known[1]

    def _find(self, folder: str) -> Choice | None:
        set_name, _, engine = folder.casefold().strip().partition("@")
        chosen, asked = self.default.set_name, self.default.engine
        if set_name:
            try:
                chosen = resolve_set(self._parts, set_name).name
            except QuestionSetError as error:
                self._rarely.tell(f"set {folder}", f"files in {folder}/ wait, their question set has faults: {error}")
                return None
            except (NotFound, UsageError):
                text = f"{folder}/ names no question set, its files are asked '{chosen}'; docproc questions list"
                self._rarely.tell(f"folder {folder}", text)
        if engine in engine_names():
            asked = engine
            try:
                self._parts.targets.fingerprint(engine, self._parts.database)
            except (UsageError, MissingExtra, EngineUnavailable) as error:
                self._rarely.tell(f"engine {folder}", f"files in {folder}/ wait: {error}")
                return None
        elif engine:
            text = f"{folder}/ names no engine, there are: {', '.join(engine_names())}; the usual one is asked"
            self._rarely.tell(f"engine {folder}", text)
        return Choice(chosen, asked)
