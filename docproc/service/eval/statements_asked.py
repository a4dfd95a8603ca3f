"""Ask an engine outright whether statements about documents are true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256

from docproc.service.eval.public_ask import PublicAsking
from docproc.service.eval.public_said import Predictions
from docproc.service.parts import Parts
from docproc.service.work.opening import opened
from docproc.sources.gold import GoldItem, GoldQuestion, Labelled

# It answers by rules, for what its question sets ask: what it makes of a statement is told from those answers.
BY_RULES = "ocr"
_ASK = "Is this statement about the page true? {}"


@contextmanager
def asked(parts: Parts, items: Sequence[Labelled], engine_name: str | None) -> Iterator[Predictions | None]:
    """What the engine said to each statement, by `identity`; None where there are none, or where it answers by rules.

    Kept under the home folder, so that each is asked once of an engine. Raises what asking raises.
    """
    name = engine_name or parts.default_engine[0]
    stated = [item for item in items if item.statements]
    if not stated or name == BY_RULES:
        yield None
        return
    with ExitStack() as stack:
        with opened(parts, name) as ready:
            fingerprint = ready.asker.engine.fingerprint
            path = parts.home / "statements" / f"{sha256(fingerprint.encode()).hexdigest()[:16]}.jsonl"
            said = stack.enter_context(Predictions(path, {"set": "statements", "engine": fingerprint}))
            PublicAsking(ready, said, lambda _: None).ask(map(_item, stated), "")
        yield said


def identity(item: Labelled, number: int) -> str:
    """Of a statement, from 1, about a document; another text is another statement."""
    text = item.statements[number - 1].text
    return f"{item.name}/{sha256(text.encode()).hexdigest()[:16]}/{number}"


def _item(item: Labelled) -> GoldItem:
    questions = tuple(
        GoldQuestion(identity(item, number), _ASK.format(one.text), "boolean", (str(one.true).lower(),))
        for number, one in enumerate(item.statements, 1)
    )
    return GoldItem(item.name, item.path, None, 1, questions)
