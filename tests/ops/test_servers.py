"""What docker-compose.yml starts PostgreSQL with is what a real PostgreSQL takes."""

from __future__ import annotations

import psycopg
import pytest

from tests import servers
from tests.ops.compose import services


@pytest.mark.postgres
def test_postgresql_starts_with_the_settings_of_the_compose_file(monkeypatch: pytest.MonkeyPatch) -> None:
    program, *options = services()["postgres"]["command"]
    assert program == "postgres"
    assert all(option.startswith("-c") for option in options)
    settings = dict(option[2:].split("=", 1) for option in options)
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    # Only a socket and no waiting for the disk, as for every test; all else is the file's.
    monkeypatch.setattr(servers, "SETTINGS", {"listen_addresses": "", "fsync": "off", **settings})
    with servers.postgresql() as url, psycopg.connect(url) as conn:
        shown = {name: conn.execute(f"SHOW {name}").fetchone() for name in settings}
    assert {name: row[0] if row else None for name, row in shown.items()} == settings
