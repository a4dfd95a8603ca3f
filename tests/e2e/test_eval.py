"""`docproc eval` as people use it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.conftest import Shell, make_pdf, script


def letters(shell: Shell, count: int) -> Path:
    """Labelled letters; the total of each is 12.50."""
    folder = shell.folder / "gold"
    for number in range(count):
        make_pdf(folder / f"{number}.pdf", [f"Letter {number} from ACME Ltd over 12.50"])
        label = {"set": "letters", "answers": {"sender": "ACME Ltd", "total": "12.50"}}
        (folder / f"{number}.json").write_text(json.dumps(label))
    return folder


def test_a_folder_is_judged_and_a_later_run_compared_with_it(shell: Shell) -> None:
    letters(shell, 12)
    rules: list[dict[str, object]] = [{"key": "sender", "value": "ACME Ltd"}, {"key": "total", "value": 11.5}]
    script(shell, rules)
    done = shell("eval", "folder", "gold", "--out", "first", "--html", "first.html", "--fail-under", "accuracy=0.9")
    assert done.code == 2, done.err
    assert "accuracy is 0.5000, 0.4000 below 0.9" in done.err
    assert "letters.total" in done.out
    assert "<svg" in (shell.folder / "first.html").read_text()
    assert len((shell.folder / "first" / "results.jsonl").read_text().splitlines()) == 24

    script(shell, [rules[0], {"key": "total", "value": 12.5}])
    again = shell("eval", "folder", "gold", "--out", "second", "--json", "--fail-under", "letters.total.accuracy=1")
    assert again.code == 0, again.err
    assert again.lines[0]["all"]["accuracy"]["value"] == 1

    compared = shell("eval", "compare", "first", "second", "--html", "both.html")
    assert compared.code == 0, compared.err
    assert "The second run is better: 50.0% right before, 100.0% after, +50.0 points" in compared.out
    assert "better: letters.total of 0.pdf: '11.50' → '12.50'; right is '12.50'" in compared.out
    assert "Got better (12)" in (shell.folder / "both.html").read_text()
    (told,) = shell("eval", "compare", "second", "first", "--json").lines
    assert (told["all"]["worse"], told["all"]["significant"]) == (12, True)
    assert told["questions"]["letters.sender"]["gain"] == 0


def test_without_reviews_there_is_nothing_to_judge(shell: Shell) -> None:
    done = shell("eval", "reviews")
    assert done.code == 1
    assert "there is nothing to judge" in done.err
    assert shell("eval", "reviews", "letters", "--engine", "qwen").code == 1
    assert "there is no such folder" in shell("eval", "folder", "nowhere").err
    assert "does not exist" in shell("eval", "compare", "a", "b").err
