"""Question sets as YAML files, one set a file: the built-in ones of this folder, and those of users' folders.

A user's file of the same name takes the place of a built-in one, and a later folder that of an earlier one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from pathlib import Path

from docproc.core.errors import NotFound, QuestionSetError
from docproc.core.questions import QuestionSet
from docproc.questionsets.faults import Placed, examine, set_faults
from docproc.questionsets.marks import MOST_BYTES

__all__ = ["Placed", "check", "examine", "file_of", "load", "names", "parse", "unknown", "view_clashes"]

_BUILT_IN = Path(__file__).parent
_ENDINGS = (".yaml", ".yml")


def names(folders: Sequence[Path]) -> list[str]:
    """The names of all sets, sorted: those of the users' folders and the built-in ones."""
    return sorted(_files(folders))


def load(name: str, folders: Sequence[Path], others: Sequence[str] = ()) -> QuestionSet:
    """The set of that name; `others` are names of sets that are kept elsewhere.

    Raises NotFound where there is none, QuestionSetError with all its faults.
    """
    files = _files(folders)
    if name not in files:
        raise unknown(name, [*files, *others])
    found, faults = _read(files[name])
    if found is None or faults:
        raise QuestionSetError(str(files[name]), faults)
    clashes = [f"{files[name]}: {clash}" for clash in view_clashes(found, {*files, *others})]
    if clashes:
        raise QuestionSetError(str(files[name]), clashes)
    return found


def unknown(name: str, there: Sequence[str]) -> NotFound:
    """No set has that name; `there` are those that there are."""
    near = get_close_matches(name, there, 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return NotFound(f"no question set is called {name!r}{hint}; there are: {', '.join(sorted(set(there)))}")


def view_clashes(asked: QuestionSet, there: Collection[str]) -> list[str]:
    """The questions of a set whose views would have the name of a set."""
    return [
        f"questions[{index}].key: its view {asked.name}_{question.key} would have the name of a set"
        for index, question in enumerate(asked.questions)
        if question.kind in ("table", "tables") and f"{asked.name}_{question.key}" in there
    ]


def file_of(name: str, folders: Sequence[Path]) -> tuple[Path, bool] | None:
    """The file of a set, and whether it is a built-in one."""
    path = _files(folders).get(name)
    return None if path is None else (path, path.parent == _BUILT_IN)


def check(path: Path) -> list[str]:
    """Every fault of a file, each with its place; none where the file is good."""
    return _read(path)[1]


def parse(text: str, origin: str) -> QuestionSet:
    """The set that a YAML text describes; `origin` names it in faults. Raises QuestionSetError with all its faults."""
    found, faults = set_faults(text, origin)
    if found is None or faults:
        raise QuestionSetError(origin, faults)
    return found


def _files(folders: Sequence[Path]) -> dict[str, Path]:
    """The file of each set's name; later folders win over earlier ones, all of them over the built-in sets."""
    return {
        path.stem: path
        for folder in (_BUILT_IN, *folders)
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.suffix in _ENDINGS and path.is_file()
    }


def _read(path: Path) -> tuple[QuestionSet | None, list[str]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None, [f"{path}: is larger than {MOST_BYTES} bytes"]
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return None, [f"{path}: is not UTF-8 text"]
    except OSError as error:
        return None, [f"{path}: cannot be read: {error.strerror}"]
    found, faults = set_faults(text, str(path))
    if found is not None and found.name != path.stem:
        faults.append(f"{path}: name: the set is called {found.name!r}, the file {path.stem!r}; they must be the same")
    return found, faults
