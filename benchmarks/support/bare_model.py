"""The passes of a model that an engine needed, alone: the same tokens again, with nothing chosen, checked or cut."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from docproc.core.types import Prompt
from docproc.engines import Engine


class BareModel:
    """The engine's model on prompts that it was asked. Everything but the passes themselves is done at the start:
    pages cut and read by the processor, replies chosen. `run` does the passes.
    """

    def __init__(self, engine: Engine, calls: Sequence[Sequence[Prompt]]) -> None:
        from docproc.engines.qwen.choose import Voices
        from docproc.engines.qwen.memory import ON_CPU
        from docproc.engines.qwen.prepare import prepare
        from docproc.engines.qwen.run import WAYS

        ready: Any = engine  # what is looked at here is the engine's own
        loaded, choice = loaded_of(engine), ready.choice
        self._net, self._way = loaded.net, WAYS[choice.way]
        self._batches: list[tuple[list[Any], list[Any]]] = []
        for call in calls:
            made = [prepare(prompt, loaded, choice.tiling, ready._images, choice.settings) for prompt in call]
            made.sort(key=lambda one: -one.sight.length)
            for at in range(0, len(made), ON_CPU):
                batch = made[at : at + ON_CPU]
                voices = Voices(
                    loaded.speaker,
                    [schema for one in batch for schema in one.schemas],
                    [limit for one in batch for limit in one.limits],
                    [one.prompt.manner for one in batch for _ in one.limits],
                )
                noted = _Noted(voices)
                self._passes([one.sight for one in batch], noted)
                self._batches.append(([one.sight for one in batch], noted.said))

    def run(self) -> None:
        """All passes, one after another."""
        for sights, said in self._batches:
            self._passes(sights, _Again(said))

    def _passes(self, sights: list[Any], voices: Any) -> None:
        import torch

        with torch.inference_mode():
            self._way(self._net, sights, voices)


class Passes:
    """While it is entered, the seconds that pass inside of the engine's model."""

    def __init__(self, engine: Engine) -> None:
        self.seconds = 0.0
        model = loaded_of(engine).net.model
        self._parts = (model.model, model.get_output_embeddings())
        self._hooks: list[Any] = []
        self._began = 0.0

    def __enter__(self) -> Passes:
        self.seconds = 0.0
        for part in self._parts:
            self._hooks += [part.register_forward_pre_hook(self._start), part.register_forward_hook(self._stop)]
        return self

    def __exit__(self, *_: object) -> None:
        while self._hooks:
            self._hooks.pop().remove()

    def _start(self, *_: object) -> None:
        self._began = time.perf_counter()

    def _stop(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began


def loaded_of(engine: Engine) -> Any:
    """The model that the engine has loaded."""
    inside: Any = engine
    return inside._ready()._loaded


class _Noted:
    """Hands on what voices say, and notes it in order."""

    def __init__(self, voices: Any) -> None:
        self._voices, self.said = voices, []  # type: ignore[var-annotated]  # whatever voices return

    def __getattr__(self, name: str) -> Callable[..., Any]:
        heard: Callable[..., Any] = getattr(self._voices, name)

        def note(*given: Any) -> Any:
            self.said.append(heard(*given))
            return self.said[-1]

        return note


class _Again:
    """Says the same in the same order, whatever it is given."""

    def __init__(self, said: Sequence[Any]) -> None:
        self._said = iter(said)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *_: next(self._said)
