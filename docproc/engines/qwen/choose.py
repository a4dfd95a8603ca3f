"""What is said next: greedy or drawn, held to a schema, up to a limit, with the model's own log-probabilities.

Every way of running the model (packed, expanded, plain) has its tokens chosen here, so that they cannot differ in it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from docproc.core.errors import PageFailed
from docproc.core.loops import Loop
from docproc.core.types import Finish, Manner
from docproc.engines.qwen.constrain import Constraint, Grammars, barred

# Rows whose logits are made float32 at a time: a large vocabulary takes 0.6 MB a row.
_ROWS = 64


@dataclass(frozen=True, slots=True)
class Said:
    """A reply. `tokens` are without the one that ends it.

    One that is cut off at its limit or because it loops ("length", "loop") is what was said up to there (of a loop, one
    round), closed so that it is whole by its schema (see `closing`). Only `finish` tells it from one that means it.

    `logprob` and `least`: mean and least natural-log probability under the unconstrained model, of the tokens that the
    schema did not force (which would flatter); None where there is none.
    """

    tokens: tuple[int, ...]
    finish: Finish
    logprob: float | None
    least: float | None


class Speaker:
    """What the replies of one loaded model have in common. One thread at a time, as the model itself.

    `ends`: ids of the tokens that end a reply; `vocabulary`: width of the logits, which may be more than the tokenizer
    has tokens. `threads` fill schema masks side by side (worth it for large batches on a GPU).
    """

    def __init__(self, tokenizer: Any, ends: Collection[int], vocabulary: int, threads: int = 1) -> None:
        self.tokenizer = tokenizer
        self.ends = frozenset(ends)
        self.vocabulary = vocabulary
        self._threads = threads
        self._grammars: Grammars | None = None

    @property
    def grammars(self) -> Grammars:
        """Made when the first schema comes: it takes a second with a large vocabulary."""
        if self._grammars is None:
            self._grammars = Grammars(self.tokenizer, sorted(self.ends), self.vocabulary, self._threads)
        return self._grammars


class Voices:
    """The replies of one batch of asks while they are being made; `row` is an ask's place in the batch.

    A schema of None leaves a reply free. `limits` are in tokens, at least 1.
    """

    def __init__(
        self,
        speaker: Speaker,
        schemas: Sequence[Mapping[str, Any] | None],
        limits: Sequence[int],
        manners: Sequence[Manner],
    ) -> None:
        self._speaker = speaker
        self._voices = [
            _Voice(speaker, schema, limit, manner)
            for schema, limit, manner in zip(schemas, limits, manners, strict=True)
        ]

    def forced(self, row: int) -> tuple[int, ...]:
        """Says what the schema forces next, which needs no logits: empty where there is a choice. It is recorded."""
        voice = self._voices[row]
        tokens: list[int] = []
        while voice.finish is None and (token := voice.coming()) is not None:
            voice.say(token)
            tokens.append(token)
        return tuple(tokens)

    def choose(self, rows: Sequence[int], logits: torch.Tensor) -> list[int]:
        """The next token of each of these asks, which are not done, by the model's raw `logits` (rows, vocabulary).

        It is recorded. An end token, or the last one of a whole JSON object, ends the reply. Raises PageFailed where
        the logits are no numbers.
        """
        voices = [self._voices[row] for row in rows]
        coming = [voice.coming() for voice in voices]
        free = [at for at, token in enumerate(coming) if token is None]
        if free:
            picked = self._decide([voices[at] for at in free], logits if len(free) == len(rows) else logits[free])
            for at, (token, logprob) in zip(free, picked, strict=True):
                coming[at] = token
                voices[at].weigh(logprob)
        chosen = [token for token in coming if token is not None]
        for voice, token in zip(voices, chosen, strict=True):
            voice.say(token)
        return chosen

    def done(self, row: int) -> bool:
        return self._voices[row].finish is not None

    def said(self, row: int) -> Said:
        """The reply as far as it goes; one that is not done counts as cut off."""
        return self._voices[row].said()

    def _decide(self, voices: Sequence[_Voice], logits: torch.Tensor) -> list[tuple[int, float]]:
        """Token and raw log-probability of each.

        What the model would say by itself is mostly what its schema has: only the rows where it is not are masked.
        """
        picks, whole = _likeliest(logits)
        picked = _read(logits, picks, whole)
        again = [at for at, voice in enumerate(voices) if not voice.agrees(picked[at][0])]
        if again:
            rows = logits if len(again) == len(voices) else logits[again]
            held = self._held([voices[at] for at in again], rows)
            for at, pick in zip(again, _read(rows, held, whole[again]), strict=True):
                picked[at] = pick
        return picked

    def _held(self, voices: Sequence[_Voice], logits: torch.Tensor) -> torch.Tensor:
        """The tokens that are said of those that the schemas have, (rows,)."""
        held = [at for at, voice in enumerate(voices) if voice.constraint is not None]
        scores = logits.float()
        if held:
            masks = self._speaker.grammars.masks([c for voice in voices if (c := voice.constraint) is not None])
            bars = barred(masks, logits.device, logits.shape[1])
            scores = scores + bars if len(held) == len(voices) else scores.index_add(0, _index(held, logits), bars)
        picks = scores.argmax(-1)
        for at, voice in enumerate(voices):
            if voice.temperature > 0:
                picks[at] = voice.draw(scores[at])
        return picks


def _index(rows: Sequence[int], beside: torch.Tensor) -> torch.Tensor:
    return torch.tensor(rows, device=beside.device)


def _likeliest(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The likeliest token of each row, and the logarithm of the sum of all its probabilities."""
    picks, whole = [], []
    for part in logits.split(_ROWS):
        raw = part.float()
        picks.append(raw.argmax(-1))
        whole.append(raw.logsumexp(-1))
    return torch.cat(picks), torch.cat(whole)


def _read(logits: torch.Tensor, picks: torch.Tensor, whole: torch.Tensor) -> list[tuple[int, float]]:
    """Each pick with its raw log-probability, in one transfer from the device."""
    told = logits.gather(1, picks[:, None])[:, 0].float() - whole
    tokens, logprobs = torch.stack((picks.float(), told)).tolist()  # exact: an id has fewer than 24 bits
    if not all(map(math.isfinite, logprobs)):
        raise PageFailed(
            "the model computed numbers that are none (NaN or infinite): "
            "set another dtype (bfloat16 or float32), or look for damaged weights",
            "engine_error",
        )
    return [(int(token), logprob) for token, logprob in zip(tokens, logprobs, strict=True)]


class _Voice:
    """One reply."""

    def __init__(self, speaker: Speaker, schema: Mapping[str, Any] | None, limit: int, manner: Manner) -> None:
        self.constraint: Constraint | None = speaker.grammars.begin(schema) if schema is not None else None
        self.temperature = manner.temperature
        self.finish: Finish | None = None
        self._ends = speaker.ends
        self._limit = limit
        self._generator = torch.Generator().manual_seed(manner.seed) if manner.temperature > 0 else None
        self._tokens: list[int] = []
        self._logprobs: list[float] = []
        self._loop = Loop(rows=self.constraint is not None and self.constraint.lists)
        self._queue: list[int] = self.constraint.forced() if self.constraint is not None else []

    def coming(self) -> int | None:
        """The token that the schema forces next, None where there is a choice."""
        return self._queue[0] if self._queue else None

    def agrees(self, token: int) -> bool:
        """Whether the model's likeliest token is what is said."""
        return self.temperature == 0 and (self.constraint is None or self.constraint.has(token))

    def weigh(self, logprob: float) -> None:
        """Notes how likely the token was that is said next."""
        self._logprobs.append(logprob)

    def say(self, token: int) -> None:
        """Goes on with a token."""
        if token in self._ends:
            self.finish = "stop"
            return
        self._tokens.append(token)
        if self._queue:
            self._queue.pop(0)
        if self.constraint is not None:
            self.constraint.take(token)
            self._queue = self._queue or self.constraint.forced()
        if self.constraint is not None and self.constraint.complete:
            self.finish = "stop"
        elif self._loop.push(token):
            self._cut("loop", self._loop.surplus)
        elif len(self._tokens) >= self._limit:
            self._cut("length")

    def _cut(self, finish: Finish, surplus: int = 0) -> None:
        self.finish = finish
        del self._tokens[len(self._tokens) - surplus :]
        if self.constraint is not None:
            self._tokens = self.constraint.closed(self._tokens)

    def draw(self, scores: torch.Tensor) -> int:
        """A token by its probability at this temperature. One random number a token: the same in every batch."""
        shares = (scores.cpu().double() / self.temperature).softmax(-1).cumsum(-1)
        at = shares[-1] * torch.rand((), generator=self._generator, dtype=torch.float64)
        # Below the last share, which rounding may otherwise reach: a token of no probability would follow.
        return int(torch.searchsorted(shares, torch.minimum(at, shares[-1].nextafter(shares[-1] * 0)), right=True))

    def said(self) -> Said:
        known = self._logprobs
        return Said(
            tuple(self._tokens),
            self.finish or "length",
            sum(known) / len(known) if known else None,
            min(known) if known else None,
        )
