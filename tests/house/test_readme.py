"""What the README lists is what there is: commands, statuses, sets, kinds, engines, settings, and links."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from typer.core import TyperGroup

from docproc import config
from docproc.cli import app
from docproc.core.kinds import kinds
from docproc.core.types import AnswerStatus
from docproc.engines import engine_names
from docproc.engines._looking import SETTINGS as TILE_SETTINGS
from docproc.questionsets import load

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
README = "\n".join(page.read_text("utf-8") for page in PAGES)
BUILT_IN = sorted(path.stem for path in (ROOT / "docproc" / "questionsets").glob("*.yaml"))
ENGINE_SETTING = re.compile(r"""(?:settings\.get\(|_number\(settings,\s*)"(\w+)\"""")


def table(heading: str) -> list[list[str]]:
    """The cells of the rows of the table whose first heading is `heading`."""
    (body,) = re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)*)", README, re.MULTILINE)
    return [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in body.splitlines()]


def first_words(heading: str) -> list[str]:
    return [row[0].strip().strip("`") for row in table(heading)]


def commands(command: Any, name: str) -> dict[str, set[str]]:
    """The options of a command and of all below it: {"docproc db upgrade": {"--help"}}."""
    if isinstance(command, TyperGroup):
        default = getattr(command, "default", None)  # the one that is meant where none is named
        below = [commands(sub, name if part == default else f"{name} {part}") for part, sub in command.commands.items()]
        return {found: options for part in below for found, options in part.items()}
    return {name: {option for parameter in command.params for option in parameter.opts} | {"--help"}}


COMMANDS = commands(typer.main.get_command(app), "docproc")


def test_the_commands_are_the_real_ones() -> None:
    listed = [" ".join(word for word in text.split() if word.islower()) for text in first_words("command")]
    assert sorted(listed) == sorted(COMMANDS)


def test_every_example_of_a_command_is_one_with_options_that_it_has() -> None:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    blocks = [block for language, block in fenced if language in ("", "sh")]
    examples = [line for block in blocks for line in block.splitlines() if line.startswith("docproc ")]
    examples += re.findall(r"`(docproc [a-z][^`\n]*)`", README)
    assert len(examples) > 15
    for example in examples:
        words = re.sub(r'"[^"]*"', "TEXT", example).split()
        name = max((name for name in COMMANDS if " ".join(words).startswith(name)), key=len, default="")
        assert name, example
        assert {word.split("=")[0] for word in words if word.startswith("-")} <= COMMANDS[name], example


def test_the_statuses_of_an_answer_are_the_real_ones() -> None:
    assert first_words("status") == list(get_args(AnswerStatus))


def test_the_question_sets_are_the_real_ones() -> None:
    assert sorted(first_words("set")) == BUILT_IN
    assert all(load(name, ()).name == name for name in BUILT_IN)


def test_the_types_of_questions_are_the_real_ones() -> None:
    assert sorted(first_words("type")) == sorted(kinds())


def test_the_engines_are_the_real_ones() -> None:
    assert sorted(first_words("engine")) == engine_names()


def test_the_settings_are_the_real_ones_with_their_defaults() -> None:
    listed = [(row[0].strip("`"), row[1].strip("`"), row[2]) for row in table("variable")]
    assert listed == config.described()


def test_the_engines_own_settings_are_the_real_ones() -> None:
    real = set()
    for name in engine_names():
        place = ROOT / "docproc" / "engines" / name
        for path in place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]:
            source = path.read_text("utf-8")
            real |= {f"DOCPROC_{name}_{key}".upper() for key in ENGINE_SETTING.findall(source)}
            if "tiling_of(" in source:
                real |= {f"DOCPROC_{name}_{key}".upper() for key in TILE_SETTINGS}
    assert set(first_words("engine's setting")) == real


def test_every_variable_that_it_names_is_a_setting() -> None:
    known = {variable for variable, _, _ in config.described()} | set(first_words("engine's setting"))
    assert set(re.findall(r"\bDOCPROC_[A-Z_]+", README)) <= known | {"DOCPROC_TEST_DATA"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert targets
    assert not [target for target in targets if not (page.parent / target).exists()]


def test_the_set_that_it_shows_has_no_fault(tmp_path: Path) -> None:
    (yaml,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "lease.yaml").write_text(yaml, "utf-8")
    assert len(load("lease", (tmp_path,)).questions) == 5
