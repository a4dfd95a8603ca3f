"""Writing question sets, on both databases: versions, conflicts, retiring, and what a name then means."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from docproc import wiring
from docproc.core.errors import Conflict, NotFound, QuestionSetError, UsageError
from docproc.service import questions
from docproc.service.authoring import check_source, from_json, put_set, retire_set, versions_of
from docproc.service.parts import Parts

LEASE = "name: lease\ndescription: Leases\nquestions:\n  - {key: rent, ask: How much?, type: money}\n"
OTHER = LEASE.replace("How much?", "How much a month?")


@pytest.fixture
def parts(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Parts]:
    monkeypatch.setenv("DOCPROC_DATABASE_URL", database_url)
    monkeypatch.setenv("DOCPROC_HOME", str(tmp_path))
    (tmp_path / "sets").mkdir()
    monkeypatch.setenv("DOCPROC_QUESTION_SETS", str(tmp_path / "sets"))
    with wiring.opened() as parts:
        yield parts


def test_a_set_that_was_written_is_what_its_name_means(parts: Parts) -> None:
    kept = put_set(parts, "lease", LEASE, "ada", "")
    assert (kept.origin, kept.author, kept.source) == ("authored", "ada", LEASE)
    assert questions.resolve_set(parts, "lease") == kept.questions
    assert ("lease", 1, "Leases", "authored") in [(*row[:3], row[4]) for row in questions.list_sets(parts)[1]]


def test_a_set_that_was_written_comes_before_a_folders_and_a_built_in_one_until_it_is_retired(parts: Parts) -> None:
    (parts.set_folders[0] / "lease.yaml").write_text(OTHER)
    assert questions.find_set(parts, "lease").origin == "folder"
    put_set(parts, "lease", LEASE, "ada", questions.find_set(parts, "lease").revision)
    assert questions.resolve_set(parts, "lease").questions[0].ask == "How much?"
    retire_set(parts, "lease", "ada", None)
    assert questions.resolve_set(parts, "lease").questions[0].ask == "How much a month?"
    with pytest.raises(NotFound, match="only those can be retired"):
        retire_set(parts, "lease", "ada", None)
    with pytest.raises(NotFound):
        retire_set(parts, "invoice", "ada", None)


def test_every_version_is_kept(parts: Parts) -> None:
    put_set(parts, "lease", LEASE, "ada", None)
    put_set(parts, "lease", OTHER, "bob", None)
    put_set(parts, "lease", OTHER, "bob", None)
    retire_set(parts, "lease", "eve", None)
    told = [(one.author, one.source, retired) for one, retired in versions_of(parts, "lease")]
    assert told == [("eve", OTHER, True), ("bob", OTHER, False), ("ada", LEASE, False)]
    assert versions_of(parts, "invoice") == []
    with pytest.raises(NotFound):
        versions_of(parts, "nothing")
    with pytest.raises(NotFound, match=r"there are: .*invoice"):
        questions.find_set(parts, "lease")


def test_who_changes_what_somebody_else_changed_meanwhile_is_told(parts: Parts) -> None:
    first = put_set(parts, "lease", LEASE, "ada", "")
    put_set(parts, "lease", OTHER, "bob", first.revision)
    for seen in (first.revision, ""):
        with pytest.raises(Conflict, match="bob saved another version"):
            put_set(parts, "lease", LEASE, "ada", seen)
    with pytest.raises(Conflict):
        retire_set(parts, "lease", "ada", first.revision)
    with pytest.raises(Conflict, match="another one now"):
        put_set(parts, "invoice", LEASE.replace("lease", "invoice"), "ada", "0123456789abcdef")


def test_of_many_who_save_at_once_one_wins(parts: Parts) -> None:
    first = put_set(parts, "lease", LEASE, "ada", "")
    told: list[str] = []

    def save(number: int) -> None:
        try:
            put_set(parts, "lease", f"{LEASE}# {number}\n", f"author{number}", first.revision)
            told.append("kept")
        except Conflict:
            told.append("conflict")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["conflict"] * 5 + ["kept"]


def test_every_fault_is_told_with_its_place(parts: Parts) -> None:
    bad = "name: lease\nquestions:\n  - {key: Rent, ask: How much?, type: monney}\n"
    with pytest.raises(QuestionSetError) as caught:
        put_set(parts, "lease", bad, "ada", None)
    assert [fault.split(" ", 1)[0] for fault in caught.value.faults] == ["lease:3", "lease:3"]
    assert [(fault.line, fault.path) for fault in check_source(bad).faults] == [
        (3, "questions[0].key"),
        (3, "questions[0].type"),
    ]
    assert check_source(LEASE).questions is not None
    with pytest.raises(QuestionSetError, match="'rental' where it is sent to"):
        put_set(parts, "rental", LEASE, "ada", None)
    with pytest.raises(QuestionSetError, match=r"reserved word|docproc's own"):
        put_set(parts, "answers", LEASE.replace("lease", "answers"), "ada", None)


def test_a_set_may_not_have_the_name_of_another_ones_view(parts: Parts) -> None:
    with pytest.raises(QuestionSetError, match="a view of the set 'invoice'"):
        put_set(parts, "invoice_lines", LEASE.replace("lease", "invoice_lines"), "ada", None)


def test_json_becomes_the_same_set_as_yaml() -> None:
    value = {
        "name": "lease",
        "description": "Mietverträge 😀",
        "questions": [{"key": "number", "ask": "Which?", "type": "string", "pattern": "007", "pages": [1, "2-*"]}],
    }
    found = check_source(from_json(json.dumps(value))).questions
    assert found is not None
    assert (found.description, found.questions[0].pattern) == ("Mietverträge 😀", "007")
    assert len(found.questions[0].pages) == 2
    with pytest.raises(UsageError, match="no JSON"):
        from_json("{")


@pytest.mark.parametrize("source", ["", "\x00", "- 1", "a: &a [*a]", "[" * 5000, "name: " + "x" * 2_000_000])
def test_what_is_no_set_at_all_has_faults_and_no_crash(source: str) -> None:
    assert check_source(source).questions is None
    assert check_source(source).faults
