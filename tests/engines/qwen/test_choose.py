"""What is said next, by logits that are made up: no model is needed for it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import torch
from jsonschema import Draft202012Validator

from docproc.core.errors import PageFailed
from docproc.core.kinds import kinds
from docproc.core.prompts import reply_schema, reply_tokens
from docproc.core.questions import Column, Question
from docproc.core.types import Manner
from docproc.engines.qwen.choose import Said, Speaker, Voices
from tests.models.words import END, PAD, tokenizer

PLAIN = Manner()
BOOLEAN = {
    "type": "object",
    "properties": {"value": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}},
    "required": ["value"],
    "additionalProperties": False,
}
Logits = Callable[[int, Sequence[int]], torch.Tensor]


@pytest.fixture(scope="module")
def words() -> Any:
    return tokenizer(400)


@pytest.fixture(scope="module")
def speaker(words: Any) -> Speaker:
    torch.set_num_threads(1)
    ends = [words.convert_tokens_to_ids(END), words.convert_tokens_to_ids(PAD)]
    return Speaker(words, ends, len(words) + 9)  # published models have more rows of logits than tokens, too


def question(kind: str) -> Question:
    columns = (
        (Column("name", "string"), Column("amount", "money"), Column("paid", "boolean")) if kind == "table" else ()
    )
    return Question("k", "What?", kind, choices=("bar", "line") if kind == "choice" else (), columns=columns)


def random_logits(speaker: Speaker, spread: float = 3.0) -> Logits:
    """A random model: it depends on row and place alone, so that no batch can change it."""

    def logits(row: int, said: Sequence[int]) -> torch.Tensor:
        generator = torch.Generator().manual_seed(1000 * row + len(said))
        return torch.randn(speaker.vocabulary, generator=generator) * spread

    return logits


def wanting(speaker: Speaker, texts: Sequence[str], words: Any) -> Logits:
    """A model that wants to say a text and then to end; with a doubt about each token."""
    wanted = [[*words(text)["input_ids"], min(speaker.ends)] for text in texts]

    def logits(row: int, said: Sequence[int]) -> torch.Tensor:
        out = torch.zeros(speaker.vocabulary)
        out[wanted[row][min(len(said), len(wanted[row]) - 1)]] = 8.0
        return out

    return logits


def spoken(voices: Voices, rows: Sequence[int], logits: Logits, start: Mapping[int, Sequence[int]] = {}) -> list[Said]:
    """Let the rows talk to their ends, all of them in one batch."""
    said = {row: list(start.get(row, ())) for row in rows}
    live = [row for row in rows if not voices.done(row)]
    while live:
        chosen = voices.choose(live, torch.stack([logits(row, said[row]) for row in live]))
        for row, token in zip(live, chosen, strict=True):
            said[row].append(token)
        live = [row for row in live if not voices.done(row)]
    return [voices.said(row) for row in rows]


def test_every_reply_of_a_random_model_is_valid_by_its_schema(speaker: Speaker, words: Any) -> None:
    asked = [question(kind) for kind in sorted(kinds())] * 2
    schemas = [reply_schema(one, boxes=at >= len(kinds())) for at, one in enumerate(asked)]
    manners = [Manner(temperature=1.0, seed=at) if at % 3 == 0 else PLAIN for at in range(len(asked))]
    voices = Voices(speaker, schemas, [min(300, reply_tokens(one)) for one in asked], manners)
    for schema, said in zip(schemas, spoken(voices, range(len(asked)), random_logits(speaker)), strict=True):
        Draft202012Validator(schema).validate(json.loads(words.decode(said.tokens)))
        assert said.logprob is not None


def test_what_a_model_wants_to_say_is_said_with_its_log_probability(speaker: Speaker, words: Any) -> None:
    text = '{"value":"Café 7 \\"x\\""}'
    schema = reply_schema(question("string"))
    (said,) = spoken(Voices(speaker, [schema], [99], [PLAIN]), [0], wanting(speaker, [text], words))
    assert words.decode(said.tokens) == text
    assert said.finish == "stop"
    each = 8.0 - math.log(math.exp(8.0) + speaker.vocabulary - 1)
    assert said.logprob == pytest.approx(each, abs=1e-5)
    assert said.least == pytest.approx(each, abs=1e-5)


def test_what_the_schema_forces_does_not_flatter_a_reply(speaker: Speaker, words: Any) -> None:
    """Of {"value":true} only the way from the colon to the value is a choice."""
    wants = wanting(speaker, ["nothing of the kind"], words)
    seen: list[Sequence[int]] = []

    def logits(row: int, said: Sequence[int]) -> torch.Tensor:
        seen.append(tuple(said))
        out = wants(row, said).clone()
        out[words("true")["input_ids"][0]] += 2.0
        return out

    (said,) = spoken(Voices(speaker, [BOOLEAN], [99], [PLAIN]), [0], logits)
    assert words.decode(said.tokens) == '{"value":true}'
    assert said.logprob is not None
    assert said.logprob < math.log(math.exp(2) / math.exp(8)) + 0.01


def test_the_log_probability_is_that_of_the_model_without_the_schema(speaker: Speaker, words: Any) -> None:
    """The model wants to chat; the schema makes it answer, and the answer's log-probability tells that it did not."""
    (said,) = spoken(Voices(speaker, [BOOLEAN], [99], [PLAIN]), [0], wanting(speaker, ["Let me see"], words))
    json.loads(words.decode(said.tokens))
    assert said.least is not None
    assert said.least == pytest.approx(-math.log(math.exp(8.0) + speaker.vocabulary - 1), abs=1e-4)


def test_a_free_reply_ends_with_an_end_token_which_is_no_part_of_it(speaker: Speaker, words: Any) -> None:
    (said,) = spoken(Voices(speaker, [None], [99], [PLAIN]), [0], wanting(speaker, ["Just so."], words))
    assert (words.decode(said.tokens), said.finish) == ("Just so.", "stop")


def test_nothing_said_has_no_log_probability(speaker: Speaker) -> None:
    assert Voices(speaker, [None], [9], [PLAIN]).said(0) == Said((), "length", None, None)


def test_a_reply_ends_with_its_object_and_needs_no_end_token(speaker: Speaker, words: Any) -> None:
    voices = Voices(speaker, [BOOLEAN], [99], [PLAIN])
    said = spoken(voices, [0], wanting(speaker, ['{"value":null}'], words))[0]
    assert not speaker.ends & set(said.tokens)
    assert voices.done(0)


def test_a_limit_cuts_a_free_reply(speaker: Speaker, words: Any) -> None:
    (said,) = spoken(Voices(speaker, [None], [3], [PLAIN]), [0], wanting(speaker, ["one two three four"], words))
    assert (len(said.tokens), said.finish) == (3, "length")


def test_a_limit_leaves_the_whole_items_of_a_list(speaker: Speaker, words: Any) -> None:
    schema = reply_schema(question("list"))
    text = '{"count":4,"value":["one","two","three","four"]}'
    limit = len(words('{"count":4,"value":["one","two","thr')["input_ids"])
    (said,) = spoken(Voices(speaker, [schema], [limit], [PLAIN]), [0], wanting(speaker, [text], words))
    assert said.finish == "length"
    assert words.decode(said.tokens) == '{"count":4,"value":["one","two"]}'


def test_a_loop_ends_a_reply_after_one_round(speaker: Speaker, words: Any) -> None:
    texts = ['{"value":"' + "so " * 900, "so " * 900]
    voices = Voices(speaker, [reply_schema(question("text")), None], [4096] * 2, [PLAIN] * 2)
    held, free = spoken(voices, [0, 1], wanting(speaker, texts, words))
    assert (held.finish, free.finish) == ("loop", "loop")
    assert len(json.loads(words.decode(held.tokens))["value"].split()) <= 2
    assert len(words.decode(free.tokens).split()) <= 2


def test_a_drawn_reply_is_the_same_in_every_batch_and_another_for_another_seed(speaker: Speaker) -> None:
    logits = random_logits(speaker, 1.0)
    schema = reply_schema(question("string"))

    def drawn(seeds: Sequence[int], row: int) -> Said:
        manners = [Manner(temperature=0.8, seed=seed) for seed in seeds]
        voices = Voices(speaker, [schema] * len(seeds), [40] * len(seeds), manners)
        return spoken(voices, range(len(seeds)), lambda at, said: logits(0 if at == row else at + 1, said))[row]

    alone = drawn([5], 0)
    assert drawn([1, 5, 2], 1).tokens == alone.tokens
    assert drawn([6], 0).tokens != alone.tokens


def test_a_batch_says_what_each_of_its_replies_says_alone(speaker: Speaker) -> None:
    logits = random_logits(speaker)
    asked = [question(kind) for kind in ("string", "date", "table", "number", "choice")]
    schemas: list[Any] = [reply_schema(one) for one in asked]
    schemas[3] = None
    manners = [PLAIN, PLAIN, Manner(temperature=0.5, seed=1), PLAIN, PLAIN]
    together = spoken(Voices(speaker, schemas, [60] * 5, manners), range(5), logits)

    def by_itself(row: int) -> Said:
        voices = Voices(speaker, [schemas[row]], [60], [manners[row]])
        return spoken(voices, [0], lambda _, said: logits(row, said))[0]

    alone = [by_itself(row) for row in range(5)]
    assert [said.tokens for said in together] == [said.tokens for said in alone]
    for left, right in zip(together, alone, strict=True):
        assert left.logprob == pytest.approx(right.logprob, abs=1e-5)


def test_tokens_that_are_forced_can_be_said_before_there_are_logits(speaker: Speaker) -> None:
    schema = reply_schema(question("money"))
    logits = random_logits(speaker)
    stepwise = spoken(Voices(speaker, [schema], [200], [PLAIN]), [0], logits)[0]
    voices = Voices(speaker, [schema, None], [200] * 2, [PLAIN] * 2)
    forced = voices.forced(0)
    assert len(forced) >= 2
    assert voices.forced(1) == ()
    assert spoken(voices, [0], logits, {0: forced})[0] == stepwise


def test_the_logits_are_left_as_they_were(speaker: Speaker) -> None:
    logits = torch.randn(1, speaker.vocabulary)
    before = logits.clone()
    voices = Voices(speaker, [BOOLEAN], [99], [Manner(temperature=1.0)])
    while not voices.done(0):
        voices.choose([0], logits)
    assert torch.equal(logits, before)


def test_half_precision_says_the_same_words(speaker: Speaker, words: Any) -> None:
    wants = wanting(speaker, ['{"value":"Total 12"}'], words)
    voices = Voices(speaker, [reply_schema(question("string"))], [99], [PLAIN])
    (said,) = spoken(voices, [0], lambda row, said: wants(row, said).bfloat16())
    assert words.decode(said.tokens) == '{"value":"Total 12"}'


def test_numbers_that_are_none_are_told_and_not_spoken(speaker: Speaker) -> None:
    with pytest.raises(PageFailed, match="dtype"):
        Voices(speaker, [None], [9], [PLAIN]).choose([0], torch.full((1, speaker.vocabulary), math.nan))
    drawn = Manner(temperature=0.5)
    with pytest.raises(PageFailed, match="dtype"):
        Voices(speaker, [None], [9], [drawn]).choose([0], torch.full((1, speaker.vocabulary), math.nan))


def test_a_token_without_probability_is_never_drawn(speaker: Speaker) -> None:
    logits = torch.full((1, speaker.vocabulary), -math.inf)
    logits[0, 7] = 0.0
    for seed in range(20):
        voices = Voices(speaker, [None], [9], [Manner(temperature=2.0, seed=seed)])
        assert voices.choose([0], logits) == [7]
