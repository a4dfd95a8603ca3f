"""`docproc run` into PostgreSQL."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Shell, make_pdf, script

TEXT = "Dear Sir, the total of 12.50 EUR is due. Yours, Anna Example"


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_run_makes_the_schema_and_its_answers_are_in_the_views(shell: Shell, empty_url: str) -> None:
    shell.settings["DOCPROC_DATABASE_URL"] = empty_url
    make_pdf(shell.folder / "in" / "a.pdf", [TEXT, "", TEXT])
    (shell.folder / "in" / "bad.pdf").write_bytes(b"%PDF-1.7 and no more")
    script(shell, [{"key": "sender", "value": "Anna Example"}, {"key": "total", "value": "12.50 EUR"}])
    done = shell("run", "in", "-q", "letters", "--json")
    assert done.code == 2, done.err
    lines = {line["outcome"]: line for line in done.lines}
    assert set(lines) == {"ok", "rejected:corrupt"}
    assert lines["ok"]["pages"] == {"total": 3, "answered": 2, "blank": 1, "failed": 0, "cancelled": 0}
    assert shell.rows("select sender, total, total_currency from letters where status = 'succeeded'") == [
        {"sender": "Anna Example", "total": 12.5, "total_currency": "EUR"}
    ]
    again = shell("run", "in", "-q", "letters", "--json")
    assert again.code == 2
    assert len(shell.rows("select * from answers_flat")) == 6
    found = shell("find", "total due", "--json")
    assert [row["page"] for row in found.lines] == [1, 3]
    shown = shell("show", "a.pdf", "--json")
    assert '"value": "Anna Example"' in shown.out
    assert not (shell.folder / "home" / "docproc.db").exists()
