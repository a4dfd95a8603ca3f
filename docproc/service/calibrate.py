"""Learn from labelled answers how far an engine's confidence can be trusted, and set it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docproc.core.calibration import Calibration, methods
from docproc.core.calibration.choose import Chosen, Labelled, choose, log_loss
from docproc.core.confidence import confidence, features, fused
from docproc.core.errors import NotFound, UsageError
from docproc.core.merge import merge
from docproc.core.metrics.auroc import auroc
from docproc.core.metrics.calibration import expected_calibration_error
from docproc.core.metrics.coverage import accuracy_at
from docproc.core.questions import Question
from docproc.service.labels import Label, from_gold, from_reviews
from docproc.service.parts import Parts
from docproc.store import answers, calibrations, sets
from docproc.store.calibrations import Stored
from docproc.store.database import Database

AUTO = "auto"
# Fewer labels say nothing: the error of an accuracy of 0.8 measured on 30 answers is 0.07.
FEWEST, FEWEST_EACH = 30, 3
MOST_LABELS = 20_000  # the newest; more change nothing but the time that it takes
COVERAGE = 0.8
_CHUNK = 2_000
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What was learnt. `before` and `after` are figures of the confidence without and with the calibration, the latter
    on answers that it was not learnt from; `updated` counts the stored answers whose confidence changed."""

    engine: str
    method: str
    labels: int
    right: int
    before: dict[str, float]
    after: dict[str, float]
    updated: int
    unmatched: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as one JSON object."""
        return {
            "engine": self.engine,
            "method": self.method,
            "labels": self.labels,
            "right": self.right,
            "before": self.before,
            "after": self.after,
            "updated": self.updated,
            "unmatched": list(self.unmatched),
        }


def calibrate(
    parts: Parts, set_name: str | None, engine_name: str | None, gold: Path | None, method: str = AUTO
) -> Calibrated:
    """Fit a calibration to an engine's labelled answers, store it, and give its stored answers their new confidence.

    Labels are the reviews and the lines of `gold`, which wins. `method` AUTO: the one of least loss on held-out
    answers. Answers that are being made meanwhile get their confidence by the calibration that their run began with.
    Raises NotFound for an engine without answers, UsageError for too few labels, or all of one sort.
    """
    if method != AUTO and method not in methods():
        raise UsageError(f"{method!r} is no method of calibration; there are {', '.join([AUTO, *sorted(methods())])}")
    name = engine_name or parts.default_engine[0]
    with parts.database.read() as conn:
        found = calibrations.engine(conn, name)
        if found is None:
            raise NotFound(f"the engine {name!r} has not answered anything here; docproc run asks, --engine names one")
    engine_id, fingerprint = found
    labels, unmatched = _labels(parts.database, engine_id, set_name, gold)
    _check(labels, name, unmatched)
    labelled = [Labelled(features(one.stored.answer), one.right, one.stored.document_id) for one in labels]
    chosen = choose(labelled, None if method == AUTO else method)
    right = [one.right for one in labels]
    plain = [fused(one.stored.answer) for one in labels]
    before, after = _figures(plain, right), _figures(chosen.held_out, right)
    if method == AUTO:
        _check_gain(plain, chosen, labelled, name)
    with parts.database.write() as conn:
        calibrations.put(conn, engine_id, chosen.calibration, {"before": before, "after": after}, len(labels))
    updated = _update(parts.database, engine_id, chosen.calibration)
    counts = len(labels), sum(right)
    return Calibrated(fingerprint, chosen.calibration.method, *counts, before, after, updated, tuple(unmatched))


def _labels(
    database: Database, engine_id: int, set_name: str | None, gold: Path | None
) -> tuple[list[Label], list[str]]:
    """The newest labels, by the ids of their answers, and what the gold file names in vain."""
    labels, unmatched = from_reviews(database, engine_id, set_name), list[str]()
    if gold is not None:
        told, unmatched = from_gold(database, engine_id, set_name, gold)
        labels |= told
    return [labels[answer_id] for answer_id in sorted(labels)[-MOST_LABELS:]], unmatched


def _check(labels: Sequence[Label], name: str, unmatched: Sequence[str]) -> None:
    right = sum(one.right for one in labels)
    wrong = len(labels) - right
    if len(labels) >= FEWEST and min(right, wrong) >= FEWEST_EACH:
        return
    have = f"{len(labels)} labelled answers of the engine {name!r}, {right} right and {wrong} wrong"
    need = f"calibrating needs {FEWEST} at least, {FEWEST_EACH} of each sort"
    how = 'review answers, or name a file of lines {"document": …, "key": …, "value": …} with --gold'
    if len(labels) >= FEWEST:
        how = f"label more of the answers that are {'wrong' if wrong < right else 'right'}"
    missed = (
        f"; {len(unmatched)} lines of the gold file match no answer, the first: {unmatched[0]}" if unmatched else ""
    )
    raise UsageError(f"there are {have}; {need}: {how}{missed}")


def _check_gain(plain: Sequence[float], chosen: Chosen, labelled: Sequence[Labelled], name: str) -> None:
    """A calibration that is worse than none on answers that it has not seen is not stored, unless it was asked for."""
    bounded = [min(1 - _NEAR, max(_NEAR, probability)) for probability in plain]
    if log_loss(chosen.held_out, labelled) > log_loss(bounded, labelled):
        raise UsageError(
            f"from {len(labelled)} labels no calibration can be learnt that tells more of other answers than the "
            f"confidence of {name!r} does already; label more, or name a --method"
        )


def _figures(probabilities: Sequence[float], right: Sequence[bool]) -> dict[str, float]:
    return {
        "auroc": round(auroc(probabilities, right) or 0.0, 4),
        "ece": round(expected_calibration_error(probabilities, right), 4),
        "accuracy_at_80": round(accuracy_at(COVERAGE, probabilities, right) or 0.0, 4),
    }


def _update(database: Database, engine_id: int, calibration: Calibration) -> int:
    """Give every stored answer of the engine its confidence by the calibration; return how many changed.

    Answers that were merged from pages are merged again, since what is best among the pages may be another one now.
    """
    with database.read() as conn:
        asked = calibrations.asked(conn, engine_id)
    last = updated = 0
    while True:
        with database.write() as conn:
            batch = calibrations.after(conn, engine_id, last, asked, _CHUNK)
            if not batch:
                break
            last = batch[-1].id
            own = [one for one in batch if one.answer.page > 0 or one.answer.question.scope == "document"]
            scored = [calibrations.with_confidence(one, confidence(one.answer, calibration)) for one in own]
            calibrations.rescore(conn, scored)
        updated += sum(_differs(old, new) for old, new in zip(own, scored, strict=True))
    for question_id, question in asked.items():
        if question.scope == "page":
            updated += _merge_again(database, engine_id, question_id, question)
    return updated


def _differs(old: Stored, new: Stored) -> bool:
    return abs(old.answer.confidence - new.answer.confidence) >= 5e-5


def _merge_again(database: Database, engine_id: int, question_id: int, question: Question) -> int:
    """Merge one question's page answers again, document by document, by the rule of the set that asked last."""
    with database.read() as conn:
        merged_in = calibrations.merged_in(conn, engine_id, question_id)
        versions = {set_id: sets.load_set(conn, set_id) for set_id in {set_id for _, set_id in merged_in}}
    rules = {set_id: one for set_id, asked in versions.items() for one in asked.questions if one.hash == question.hash}
    updated = 0
    for first in range(0, len(merged_in), _CHUNK):
        with database.write() as conn:
            changed = []
            for document_id, set_id in merged_in[first : first + _CHUNK]:
                rule = rules[set_id]
                new = merge(rule, answers.of_pages(conn, document_id, rule, engine_id))
                old = answers.of_document(conn, document_id, [rule], engine_id)[rule.key]
                if (old.status, old.value) != (new.status, new.value) or abs(old.confidence - new.confidence) >= 5e-5:
                    changed.append((document_id, new))
            ids = answers.save(conn, engine_id, {question.hash: question_id}, changed)
            for set_name, shown in calibrations.shown_in(conn, list(ids.values())).items():
                answers.show(conn, set_name, shown)
        updated += len(changed)
    return updated
