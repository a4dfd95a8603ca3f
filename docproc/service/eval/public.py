"""Ask a public set's questions, or take predictions made elsewhere, and judge them by the set's own metrics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docproc.core.errors import NotFound, UsageError
from docproc.core.kinds import kind_of
from docproc.core.questions import Question
from docproc.service.eval.evaluate import Least, Wanted, evaluate
from docproc.service.eval.judge import Gold, Said, judge
from docproc.service.eval.public_ask import PublicAsking, Tell
from docproc.service.eval.public_given import Given, given
from docproc.service.eval.public_official import ALL, Official
from docproc.service.eval.public_said import PREDICTIONS, Prediction, Predictions
from docproc.service.eval.scored import Scored
from docproc.service.eval.summary import save
from docproc.service.parts import Parts
from docproc.service.work.opening import opened
from docproc.sources.gold import GoldItem, GoldQuestion, GoldSet, gold_sets
from docproc.sources.gold.cord import JOINT, canonical
from docproc.store import calibrations

_VERSION = "published"  # of the questions: the set's own
_TAKEN = 1000  # predictions that are taken over at a time


@dataclass(frozen=True, slots=True)
class Order:
    """What is evaluated: a set's name, the folder with its files, where results go, and of whom.

    `limit`: the first so many pictures. `predictions`: a file of answers in place of an engine.
    """

    name: str
    data: Path
    out: Path
    engine: str | None = None
    limit: int | None = None
    predictions: Path | None = None
    html: Path | None = None


def public_set(name: str) -> GoldSet:
    """The set of that name. Raises NotFound."""
    found = gold_sets().get(name)
    if found is None:
        raise NotFound(f"{name!r} is no public set; there are {', '.join(sorted(gold_sets()))}")
    return found


def described() -> list[tuple[str, str, str]]:
    """Each public set: its name, metrics, and the files that it wants."""
    return [(gold.name, ", ".join(gold.metrics), gold.wants) for _, gold in sorted(gold_sets().items())]


def evaluate_public(parts: Parts, order: Order, tell: Tell, seen: Callable[[int], None]) -> dict[str, Any]:
    """The figures, as `evaluate` has them, and under `official` those of the set's own evaluation.

    Questions that were answered into the same folder before are not asked again. Raises NotFound, UsageError,
    Conflict, Unavailable.
    """
    gold = public_set(order.name)
    official = Official(gold)
    with ExitStack() as stack:
        if order.predictions is not None:
            engine = order.predictions.name
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="docproc-eval-")))
            said = stack.enter_context(Predictions(folder / PREDICTIONS, {"set": gold.name, "engine": engine}))
            _take(said, given(order.predictions), _items(gold, order))
        else:
            engine, said = _asked(stack, parts, gold, order, tell)
        rows = _rows(gold, order, said, engine, official)
        title = f"{gold.name}, {engine}"
        summary = evaluate(parts, rows, Wanted(title, order.out, order.html), seen)
    summary["official"] = official.figures()
    save(summary, order.out)
    return summary


def unofficial(summary: Mapping[str, Any], least: list[Least]) -> tuple[list[str], list[Least]]:
    """A sentence about each official figure that is not reached; and the figures that are no official ones."""
    missed, others = [], []
    for one in least:
        found = summary["official"].get(one.name)
        if found is None:
            others.append(one)
        elif found["value"] < one.value:
            missed.append(f"{one.name} is {found['value']:.4f}, {one.value - found['value']:.4f} below {one.value:g}")
    return missed, others


def _items(gold: GoldSet, order: Order) -> Iterator[GoldItem]:
    return islice(gold.read(order.data), order.limit)


def _asked(stack: ExitStack, parts: Parts, gold: GoldSet, order: Order, tell: Tell) -> tuple[str, Predictions]:
    """Ask what is open; the engine, and all that was said."""
    items = _items(gold, order)
    first = next(items, None)  # before an engine is opened: files that are missing are told at once
    if first is None:
        raise UsageError(f"{order.data} has no questions of {gold.name}")
    with opened(parts, order.engine or parts.default_engine[0]) as ready:
        fingerprint = ready.asker.engine.fingerprint
        head = {"set": gold.name, "engine": fingerprint}
        said = stack.enter_context(Predictions(order.out / PREDICTIONS, head))
        with parts.database.read() as conn:
            known = calibrations.engine(conn, fingerprint)
            learnt = calibrations.newest(conn, known[0]) if known is not None else None
        asking = PublicAsking(replace(ready, asker=replace(ready.asker, calibration=learnt)), said, tell)
        asking.ask(_chained(first, items), gold.wants)
    return fingerprint, said


def _chained(first: GoldItem, rest: Iterator[GoldItem]) -> Iterator[GoldItem]:
    yield first
    yield from rest


def _take(said: Predictions, told: Iterator[Given], items: Iterator[GoldItem]) -> None:
    """Write predictions that were made elsewhere down as our own. Raises UsageError where none is of any question."""
    pairs = iter(told)
    sample = ""
    while batch := list(islice(pairs, _TAKEN)):
        sample = sample or batch[0][0]
        said.add(Prediction(key, "ok" if text.strip() else "absent", text.strip() or None) for key, text in batch)
    asked = ""
    for item in items:
        for question in item.questions:
            asked = asked or question.id
            if said.has(question.id):
                return
    raise UsageError(f"no prediction is of a question of the set: its ids are as {asked!r}, theirs as {sample!r}")


def _rows(gold: GoldSet, order: Order, said: Predictions, engine: str, official: Official) -> Iterator[Scored]:
    for item in _items(gold, order):
        for question in item.questions:
            row = _scored(gold, item, question, said.find(question.id), engine)
            official.add(row)
            yield row


def _scored(gold: GoldSet, item: GoldItem, question: GoldQuestion, found: Prediction | None, engine: str) -> Scored:
    told = found or Prediction(question.id, "missing")
    text = heard(gold.name, question, told.said)
    status = "unreadable" if told.status == "failed" else "invalid" if text is None and told.said else told.status
    metrics = gold.metrics if question.kind not in ("table", "list") else ()  # their kinds have measures of their own
    right = judge(question.kind, Said(status, text), Gold(question.accepted, question.match, question.choices), metrics)
    return Scored(
        id=question.id,
        document=item.id,
        page=item.page,
        key=question.part or ALL,
        kind=question.kind,
        engine=engine,
        set=gold.name,
        version=_VERSION,
        status=status,
        said=text,
        gold=question.accepted,
        right=right.right,
        scores=right.scores,
        confidence=told.confidence,
        evidence=told.evidence,
        boxes=told.boxes,
        group=question.group,
        name=item.id,
    )


def heard(name: str, question: GoldQuestion, said: str | None) -> str | None:
    """What an answer says to the set's own evaluation: None for nothing that it knows."""
    if said is None:
        return None
    if name == "gqa":  # its answers are in small letters, and its evaluation compares the very text
        return said.strip().lower().rstrip(".")
    if name == "mme":  # "yes" or "no", or one of both among the first four letters
        start = said.strip().lower()
        start = {"true": "yes", "false": "no"}.get(start, start[:4])
        return "true" if "yes" in start else "false" if "no" in start else None
    if question.kind in ("table", "list"):
        return _canonical(name, question, said)
    return _joined(said) if name == "cord" else said


def _joined(said: str) -> str:
    """Several values of one field, as predictions have them in JSON, in the form in which the set's reader has them."""
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return said
    return JOINT.join(map(str, told)) if isinstance(told, list) else said


def _canonical(name: str, question: GoldQuestion, said: str) -> str | None:
    """The canonical text of a list or table; None for what is none."""
    asked = Question("said", question.ask, question.kind, columns=question.columns)
    try:
        told = json.loads(said)
        return kind_of(question.kind).parse(canonical(told) if name == "cord" else told, asked)
    except (ValueError, RecursionError):
        return None
