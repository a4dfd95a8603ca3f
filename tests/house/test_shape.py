"""The shape of the code: small files, small functions, no word that hides what a thing is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    ROOT / "do",
    *sorted(
        path
        for folder in ("docproc", "workers", "benchmarks", "migrations", "examples")
        for path in (ROOT / folder).rglob("*.py")
        if "__pycache__" not in path.parts
    ),
]
MAX_FILE, MAX_FUNCTION, MAX_PARAMETERS = 300, 50, 7
EMPTY_WORDS = re.compile(r"Managers?|Helpers?|Utils?|Utilities|Misc|Common", re.IGNORECASE)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def parameters(function: Function) -> int:
    """How many a caller may name; `self` and `cls` are not among them."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return len([argument for argument in every if argument.arg not in ("self", "cls")])


def is_command(function: Function) -> bool:
    """Whether typer makes a command line of it: each option of a command is a parameter, whatever their number."""
    return any("command" in ast.unparse(decorator) for decorator in function.decorator_list)


def test_the_sources_are_found() -> None:
    assert len(SOURCES) > 10


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MAX_FILE


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_function_is_short_and_takes_few_parameters(path: Path) -> None:
    faults = []
    for function in functions(path):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > MAX_FUNCTION:
            faults.append(f"{function.name}, line {function.lineno}: {lines} lines")
        if parameters(function) > MAX_PARAMETERS and not is_command(function):
            faults.append(f"{function.name}, line {function.lineno}: {parameters(function)} parameters")
    assert not faults


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_name_is_an_empty_word(path: Path) -> None:
    classes = [node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ClassDef)]
    names = [path.stem, *classes, *(function.name for function in functions(path))]
    words = [word for name in names for word in re.findall(r"[A-Z]?[a-z]+", name)]
    assert not [word for word in words if EMPTY_WORDS.fullmatch(word)]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_what_catches_every_error_raises_again_or_says_why_it_may(path: Path) -> None:
    source = path.read_text("utf-8")
    lines, silent = source.splitlines(), []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            caught = {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)} if node.type else {"all"}
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            says_why = re.search(r"noqa: BLE001 - \w", lines[node.lineno - 1])
            if caught & {"all", "Exception", "BaseException"} and not raises and not says_why:
                silent.append(node.lineno)
    assert not silent


@pytest.mark.parametrize("path", [path for path in SOURCES if path.is_relative_to(ROOT / "docproc")], ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not calls or "cli" in path.relative_to(ROOT).parts
