"""Two runs on the same questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from docproc.core.errors import UsageError
from docproc.service.eval.compare import compare
from docproc.service.eval.compare_page import comparison, verdict
from tests.service.eval.rows import row, save


def runs(folder: Path, before: list[bool], after: list[bool]) -> tuple[Path, Path]:
    first = save([row(n, right) for n, right in enumerate(before)], folder / "a")
    second = save([row(n, right) for n, right in reversed(list(enumerate(after)))], folder / "b")
    return first, second


def test_what_got_better_and_worse_is_paired_by_question_whatever_the_order(tmp_path: Path) -> None:
    before, after = [n % 2 == 0 for n in range(100)], [n % 2 == 0 or n % 10 == 1 for n in range(100)]
    after[0] = False
    found = compare(*runs(tmp_path, before, after))
    told = found["all"]
    assert (told["answers"], told["before"], told["after"], told["gain"]) == (100, 0.5, 0.59, 0.09)
    assert (told["better"], told["worse"]) == (10, 1)
    assert told["chance"] == pytest.approx(2 * 12 / 2**11, abs=1e-6)
    assert told["low"] > 0
    assert told["significant"]
    assert found["questions"]["invoice.total"] == told
    assert [one["name"] for one in found["worse"]] == ["doc0.pdf"]
    assert {one["name"] for one in found["better"]} == {f"doc{n}.pdf" for n in range(1, 100, 10)}
    assert (found["worse"][0]["before"]["said"], found["worse"][0]["after"]["said"]) == ("1.00", "2.00")


def test_a_run_against_itself_is_no_different(tmp_path: Path) -> None:
    told = compare(*runs(tmp_path, [True, False] * 20, [True, False] * 20))["all"]
    assert (told["gain"], told["low"], told["high"], told["chance"], told["significant"]) == (0, 0, 0, 1, False)
    assert "no different" in verdict(told)


def test_few_changes_are_not_significant(tmp_path: Path) -> None:
    told = compare(*runs(tmp_path, [False] * 4 + [True] * 20, [True] * 24))["all"]
    assert told["low"] > 0  # the interval alone would say so
    assert not told["significant"]


def test_questions_of_one_run_alone_and_with_other_gold_are_counted_not_compared(tmp_path: Path) -> None:
    first = save([row(1), row(2), row(3), row(9, False, status="unasked")], tmp_path / "a")
    second = save([row(2, False), row(3, gold=("3.00",)), row(4), row(5)], tmp_path / "b")
    found = compare(first, second)
    assert (found["only_before"], found["only_after"], found["gold_differs"]) == (1, 2, 1)
    assert found["all"]["answers"] == 1


def test_several_engines_in_one_run_are_refused(tmp_path: Path) -> None:
    one, two = save([row(1)], tmp_path / "a"), save([row(1), row(1, engine="e:2")], tmp_path / "b")
    for pair in ((one, two), (two, one)):
        with pytest.raises(
            UsageError, match=r"has several answers to doc1/0/invoice\.total: evaluate one engine at a time"
        ):
            compare(*pair)


def test_runs_of_other_documents_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="have no question in common"):
        compare(save([row(1)], tmp_path / "a"), save([row(2)], tmp_path / "b"))
    with pytest.raises(UsageError, match="holds no judged answer"):
        compare(save([], tmp_path / "c"), tmp_path / "b")


def test_the_page_of_a_comparison_escapes_what_was_said(tmp_path: Path) -> None:
    first = save([row(1, False, said="<script>x</script>"), row(2)], tmp_path / "a")
    second = save([row(1), row(2)], tmp_path / "b")
    page = comparison(compare(first, second), "b against <a>")
    assert "<script" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "<title>b against &lt;a&gt;</title>" in page
