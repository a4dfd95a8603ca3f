"""What looks for losses finds them."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

from tests.chaos.audit import audit
from tests.e2e.conftest import Shell
from tests.e2e.test_fleet import letters

# What is done to a sound database, and what is then lost, doubled and wrong.
HARMS = {
    "DELETE FROM answers WHERE id = 1": (1, 0, 0),
    "DELETE FROM current_answers WHERE number = 2 AND key = 'total'": (1, 0, 0),
    "UPDATE tasks SET state = 'ready' WHERE number = 1": (1, 0, 1),
    "UPDATE answers SET number = 9 WHERE number = 2 AND value = '2.25'": (1, 1, 1),
    "UPDATE answers SET value = '3.25' WHERE number = 2 AND value = '2.25'": (0, 0, 1),
    "DELETE FROM pages WHERE number = 3": (0, 0, 1),
    "UPDATE jobs SET state = 'running'": (0, 0, 1),
    "UPDATE job_documents SET status = 'partial'": (0, 0, 1),
    "UPDATE tasks SET lease_token = 'x' WHERE number = 1": (0, 0, 1),
}


def test_each_harm_is_found(shell: Shell) -> None:
    letters(shell, files=1, pages=3)
    assert shell("run", "in", "-q", "letters").code == 0
    sound, harmed = shell.folder / "home" / "docproc.db", shell.folder / "harmed.db"
    found = audit(f"sqlite:///{sound}")
    assert (found.pages, found.lost, found.doubled, found.wrong) == (3, 0, 0, ())
    for harm, expected in HARMS.items():
        shutil.copy(sound, harmed)
        with closing(sqlite3.connect(harmed)) as conn:
            assert conn.execute(harm).rowcount > 0, harm
            conn.commit()
        found = audit(f"sqlite:///{harmed}")
        assert (found.lost, found.doubled, len(found.wrong)) == expected, (harm, found)
