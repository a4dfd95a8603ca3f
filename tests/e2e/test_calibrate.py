"""`docproc calibrate` as people use it: run, tell what is right, calibrate, look."""

from __future__ import annotations

import json

from tests.e2e.conftest import Shell, make_pdf, script


def test_an_engine_that_is_too_sure_is_made_to_doubt(shell: Shell) -> None:
    script(
        shell,
        [
            {"key": "sender", "value": "ACME Ltd", "confidence": 0.9},
            {"key": "total", "value": 12.5, "quote": "12.50", "confidence": 0.8},
        ],
    )
    # The total is right on every other letter only, the sender always.
    for number in range(40):
        make_pdf(shell.folder / "in" / f"{number}.pdf", [f"Letter {number} from ACME Ltd, {12.5 + number % 2:.2f}"])
    assert shell("run", "in", "-q", "letters").code == 0
    gold = [{"document": f"{n}.pdf", "key": "sender", "value": "ACME Ltd", "page": 1} for n in range(40)]
    gold += [{"document": f"{n}.pdf", "key": "total", "value": f"{12.5 + n % 2:.2f}", "page": 1} for n in range(40)]
    (shell.folder / "gold.jsonl").write_text("".join(json.dumps(line) + "\n" for line in gold))

    few = shell("calibrate", "letters")
    assert few.code == 1
    assert "calibrating needs 30 at least" in few.err

    done = shell("calibrate", "letters", "--gold", "gold.jsonl", "--method", "platt", "--json")
    assert done.code == 0, done.err
    (report,) = done.lines
    assert (report["method"], report["labels"], report["right"]) == ("platt", 80, 60)
    assert report["after"]["ece"] < report["before"]["ece"]
    assert report["after"]["auroc"] > report["before"]["auroc"]  # the wrong totals are not on their pages
    rows = shell.rows("select page, key, confidence, evidence from answers_flat")
    sure = {(row["page"], row["key"], row["evidence"]): row["confidence"] for row in rows}
    assert sure[1, "sender", "exact"] > 0.9
    assert sure[1, "total", "none"] < 0.5 < sure[1, "total", "exact"]
    assert sure[0, "total", "none"] == sure[1, "total", "none"]

    make_pdf(shell.folder / "in" / "new.pdf", ["A new letter from ACME Ltd"])
    assert shell("run", "in/new.pdf", "-q", "letters").code == 0
    (fresh,) = shell.rows("select confidence from answers_flat where file = 'new.pdf' and page = 1 and key = 'sender'")
    assert fresh["confidence"] == sure[1, "sender", "exact"]

    shown = shell("calibrate", "--gold", "gold.jsonl", "--method", "isotonic")
    assert shown.code == 0
    assert "scripted" in shown.out
    assert "isotonic" in shown.out
