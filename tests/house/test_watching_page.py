"""docs/watching.md lists the metrics and the log events that there are."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import get_args

import pytest

from docproc.service import log
from docproc.service.metrics import Counters, new_registry
from docproc.store.database import Database

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "watching.md").read_text("utf-8")


def _rows(heading: str) -> list[list[str]]:
    (body,) = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)*)", PAGE, re.MULTILINE)
    return [[cell.strip(" `") for cell in line.strip().strip("|").split(" | ")] for line in body.splitlines()]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_its_metrics_are_the_real_ones(database: Database) -> None:
    fleet, process = new_registry(database), new_registry()
    Counters(process)
    listed = [(row[0], row[-1]) for row in _rows("metric")]
    assert {name for name, place in listed if place == "database"} == {family.name for family in fleet.collect()}
    assert {name for name, place in listed if place == "process"} == {family.name for family in process.collect()}


def test_its_events_are_the_real_ones_with_their_levels() -> None:
    levels = {event: log.LEVELS.get(event, logging.INFO) for event in get_args(log.Event)}
    listed = {row[0]: logging.getLevelNamesMapping()[row[1].upper()] for row in _rows("event")}
    assert listed == levels
