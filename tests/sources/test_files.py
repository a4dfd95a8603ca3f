"""Files, folders and patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from docproc.core.errors import NotFound
from docproc.sources.files import Skipped, files


def _make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_a_folder_gives_its_documents_at_any_depth_in_order(tmp_path: Path) -> None:
    _make(tmp_path, "b.pdf", "a/c.PNG", "a/d.jpeg", "e.tiff")
    found = [path.relative_to(tmp_path).as_posix() for path in files([str(tmp_path)], Skipped())]
    assert found == ["b.pdf", "e.tiff", "a/c.PNG", "a/d.jpeg"]


def test_what_other_programs_leave_about_is_ignored_without_a_word(tmp_path: Path) -> None:
    _make(tmp_path, ".DS_Store", "._a.pdf", "~$b.pdf", "c.pdf.part", "__MACOSX/d.pdf", "@eaDir/e.pdf", "Thumbs.db")
    skipped = Skipped()
    assert list(files([str(tmp_path)], skipped)) == []
    assert skipped.by_suffix == {}


def test_files_of_other_kinds_are_counted_by_suffix(tmp_path: Path) -> None:
    _make(tmp_path, "a.txt", "b.TXT", "README")
    skipped = Skipped()
    assert list(files([str(tmp_path)], skipped)) == []
    assert skipped.by_suffix == {".txt": 2, "(none)": 1}


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    _make(tmp_path, "invoice.txt")
    assert list(files([str(tmp_path / "invoice.txt")], Skipped())) == [tmp_path / "invoice.txt"]


def test_a_file_named_twice_comes_once(tmp_path: Path) -> None:
    _make(tmp_path, "a.pdf")
    assert len(list(files([str(tmp_path), str(tmp_path / "a.pdf"), str(tmp_path / "*.pdf")], Skipped()))) == 1


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    _make(tmp_path, "outside/a.pdf")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.pdf").symlink_to(tmp_path / "outside" / "a.pdf")
    (inside / "folder").symlink_to(tmp_path / "outside")
    assert list(files([str(inside)], Skipped())) == []


def test_a_pattern_that_has_brackets_in_an_existing_name_is_a_name(tmp_path: Path) -> None:
    _make(tmp_path, "a[1].pdf", "a1.pdf")
    assert list(files([str(tmp_path / "a[1].pdf")], Skipped())) == [tmp_path / "a[1].pdf"]


@pytest.mark.parametrize("name", ["nothing.pdf", "no*thing.pdf"])
def test_a_path_that_names_nothing_is_an_error_that_repeats_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotFound, match=r"nothing\.pdf|no\*thing\.pdf"):
        list(files([str(tmp_path / name)], Skipped()))
