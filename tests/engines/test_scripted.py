import json
from pathlib import Path

import pytest

from docproc.core.errors import EngineUnavailable, PageFailed, UsageError
from docproc.core.kinds import kinds
from docproc.core.questions import Column, Question
from docproc.core.types import Page, Prompt, Reply
from docproc.engines.scripted import ScriptedEngine, create, made_up
from docproc.imaging.store import ImageStore

TOTAL = Question("total", "What is the total?", "money")


def engine(tmp_path: Path, script: str = "", **settings: str) -> ScriptedEngine:
    path = tmp_path / "script.yaml"
    path.write_text(script, "utf-8")
    return create({"script": str(path), **settings}, ImageStore(tmp_path))


def ask(scripted: ScriptedEngine, question: Question = TOTAL, document: str = "aa", number: int = 1) -> Reply:
    page = Page(document, number, "image", 100, 100, 72)
    return scripted.complete([Prompt((page,), (question,))])[0].replies[0]


def test_the_rule_that_names_most_wins(tmp_path: Path) -> None:
    scripted = engine(
        tmp_path,
        """rules:
        - {key: total, value: 1}
        - {document: aa, key: total, value: 2}
        - {document: aa, page: 3, key: total, value: 3}
        """,
    )
    values = [json.loads(ask(scripted, document=name, number=number).text)["value"] for name, number in
              (("bb", 3), ("aa", 1), ("aa", 3))]  # fmt: skip
    assert values == [1, 2, 3]


def test_a_script_can_say_raw_text_that_was_cut_off(tmp_path: Path) -> None:
    scripted = engine(tmp_path, 'rules: [{text: "{\\"val", finish: length, confidence: 0.25}]')
    assert ask(scripted) == Reply('{"val', "length", 0.25)


def test_a_script_can_fail_a_page_or_the_engine(tmp_path: Path) -> None:
    scripted = engine(tmp_path, "rules: [{page: 1, error: page}, {page: 2, error: unavailable}]")
    with pytest.raises(PageFailed) as failed:
        ask(scripted, number=1)
    assert failed.value.code == "engine_error"
    with pytest.raises(EngineUnavailable):
        ask(scripted, number=2)
    assert ask(scripted, number=3).finish == "stop"


def test_without_a_script_every_kind_gets_a_value_that_it_accepts(tmp_path: Path) -> None:
    for kind in kinds().values():
        question = Question(
            "some_key", "?", kind.name, choices=("left", "right"), columns=(Column("amount", "number"),)
        )
        reply = ask(create({}, ImageStore(tmp_path)), question, number=7)
        kind.parse(json.loads(reply.text)["value"], question)


def test_made_up_values_depend_on_the_page_alone() -> None:
    assert made_up(TOTAL, 3) == made_up(TOTAL, 3)
    assert made_up(TOTAL, 3) != made_up(TOTAL, 4)


def test_another_script_is_another_engine(tmp_path: Path) -> None:
    first = engine(tmp_path, "rules: [{value: 1}]").fingerprint
    assert first != engine(tmp_path, "rules: [{value: 2}]").fingerprint
    assert first == engine(tmp_path, "rules: [{value: 1}]").fingerprint


@pytest.mark.parametrize("script", ["rules: [{colour: red}]", "rules: [{confidence: 2}]", "a: [", "rules: 3"])
def test_a_faulty_script_is_refused_with_its_name(tmp_path: Path, script: str) -> None:
    with pytest.raises(UsageError, match=r"script\.yaml"):
        engine(tmp_path, script)


def test_a_faulty_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lanes"):
        engine(tmp_path, lanes="many")
