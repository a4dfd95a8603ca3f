"""Improving from reviews, end to end with a model that reads: what is enough, what is kept, what is said."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks.learn import product, review, sheets
from docproc.core.errors import UsageError
from docproc.service import improve as service
from docproc.service.improve import Improved, Plan, improve, judged
from docproc.service.parts import Parts
from docproc.service.train import Recipe, Step
from docproc.wiring import opened
from tests.truth import page
from tests.truth.asking import READER, in_process, scans
from tests.truth.lessons import SETTINGS

OWN = in_process(SETTINGS["native"])
RECIPE = Recipe(str(READER), device="cpu", threads=1, steps=2, accumulation=1, tiles=dict(SETTINGS["native"]))
COUNT = 12


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a dozen reviewed documents."""
    place = tmp_path_factory.mktemp("improve")
    docproc = product(place / "home", OWN)
    pages = sheets(COUNT, "improve", page.LABELS)
    docproc("run", *map(str, scans(pages, place / "in")), "-q", "truth")
    review(docproc, pages)
    return place / "home"


@pytest.fixture
def parts(home: Path) -> Iterator[Parts]:
    with patch.dict(os.environ, product(home, OWN).environment()), opened() as found:
        yield found


class Listener:
    """Hears what is said, and can end it all at a word."""

    def __init__(self, last: str = "") -> None:
        self.said: list[str] = []
        self.steps: list[Step] = []
        self._last = last

    def say(self, text: str) -> None:
        self.said.append(text)
        if self._last and self._last in text:
            raise KeyboardInterrupt

    def go(self, parts: Parts, plan: Plan, stop: Callable[[], bool] = lambda: False) -> Improved:
        return improve(parts, plan, self.say, self.steps.append, stop)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setattr(service, "FEWEST_TAUGHT", 3)
    monkeypatch.setattr(service, "FEWEST_HELD", 2)
    return Plan("truth", tmp_path / "work", RECIPE, OWN)


def test_too_few_reviews_are_refused_with_how_many_are_needed(parts: Parts, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"too few: 20 and 10 are needed, which about 40 reviewed documents give"):
        Listener().go(parts, Plan("truth", tmp_path / "work", RECIPE, OWN))


def test_it_goes_on_where_it_was_ended_and_says_what_came_of_it(parts: Parts, plan: Plan) -> None:
    first = Listener(last="with the adapter")
    with pytest.raises(KeyboardInterrupt):
        first.go(parts, plan)
    before = (plan.folder / "before" / "results.jsonl").stat().st_mtime_ns
    rest = Listener()
    done = rest.go(parts, plan)
    assert [text.split()[0] for text in rest.said] == ["training", "asking"]
    assert rest.steps == []
    assert (plan.folder / "before" / "results.jsonl").stat().st_mtime_ns == before
    assert done.compared is not None
    assert set(done.compared["questions"]) == {f"truth.{key}" for key in page.LABELS}
    assert done.compared["all"]["before"] > 0.9
    assert not done.better
    assert done.verdict.startswith("no clear difference")
    assert f"export DOCPROC_QWEN_ADAPTER={plan.folder / 'adapter'}" in done.switch
    last = Listener()
    assert last.go(parts, plan) == replace(done, trained=last.go(parts, plan).trained)
    assert not any("asking" in text for text in last.said)


def test_a_stop_while_it_trains_is_told_and_another_plan_is_not_mixed_in(parts: Parts, plan: Plan) -> None:
    done = Listener().go(parts, plan, lambda: True)
    assert done.compared is None
    with pytest.raises(UsageError, match="another plan"):
        Listener().go(parts, replace(plan, replay=7))
    assert Listener().go(parts, replace(plan, replay=7, again=True)).compared is not None


def figures(gain: float, significant: bool) -> dict[str, Any]:
    told = {"before": 0.5, "after": 0.5 + gain, "gain": gain, "low": gain - 0.1, "high": gain + 0.1}
    return {**told, "answers": 100, "significant": significant}


def test_the_verdict_is_plain() -> None:
    better = {"all": figures(0.3, True), "questions": {"a.x": figures(0.5, True), "a.y": figures(-0.2, True)}}
    assert judged(better, 20) == (
        True,
        "the adapter is better: 50.0 % of 100 answers on 20 held-out pages were right, now 80.0 % "
        "(+30.0 points, 95 % sure of +20.0 to +40.0); but worse at a.y",
    )
    assert judged({"all": figures(-0.3, True), "questions": {}}, 20)[1].startswith("the adapter is worse")
    assert judged({"all": figures(0.05, False), "questions": {}}, 20)[1].startswith("no clear difference")
