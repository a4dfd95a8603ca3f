"""Each service's very command, run as a process: docker-compose.yml's words, on servers of the tests."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
import redis

from tests.ops.compose import PASSWORDS, ROOT, services
from tests.servers_redis import _binary as binary

BIN = Path(sys.executable).parent
SERVICES = services()
WORKERS = ("raster", "ocr", "gpu", "openai")


@contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the virtual environment in a session of its own; killed in the end if it has not ended by itself."""
    program = BIN / command[0] if (BIN / command[0]).exists() else command[0]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, *command[1:]], cwd=ROOT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(seen: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Waits for what is to be seen; fails with the log where the process ends before or never shows it."""
    deadline = time.monotonic() + seconds
    while not seen():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{process.args!r}: {log.read_text('utf-8', 'replace')}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """The Redis of the file, by its own command but for the port; its URL."""
    command = [str(word) for word in SERVICES["redis"]["command"]]
    assert command[0] == "redis-server"
    command[0], port = binary(), free_port()
    command[command.index("--port") + 1] = str(port)
    log = tmp_path / "redis.log"
    with running([*command, "--bind", "127.0.0.1"], dict(os.environ), log) as process:
        url = f"redis://:{PASSWORDS['REDIS_PASSWORD']}@127.0.0.1:{port}/0"
        with redis.Redis.from_url(url) as client:
            until(lambda: answers(client), process, log)
        yield url


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def environment(name: str, database: str, broker: str, home: Path) -> dict[str, str]:
    """A service's own, with its servers and folders moved to where the test has them."""
    given = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    assert {"DOCPROC_DATABASE_URL", "DOCPROC_REDIS_URL", "DOCPROC_HOME"} <= set(given)
    port = {"DOCPROC_METRICS": f"127.0.0.1:{free_port()}"} if "DOCPROC_METRICS" in given else {}
    moved = {"DOCPROC_DATABASE_URL": database, "DOCPROC_REDIS_URL": broker, "DOCPROC_HOME": str(home)}
    moved |= {"DOCPROC_OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "HF_HUB_OFFLINE": "1"}  # no name is looked up
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "TZ") if key in os.environ}
    return {**kept, **given, **moved, **port, "DOCPROC_IMAGES": str(home / "images"), "HOSTNAME": socket.gethostname()}


def test_redis_of_the_file_wants_its_password_and_evicts_nothing(broker: str) -> None:
    with redis.Redis.from_url(broker) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("save") == {"save": ""}
    with (
        redis.Redis.from_url(broker.replace(PASSWORDS["REDIS_PASSWORD"], "wrong")) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", ["migrate", "docproc"])
def test_a_command_that_ends_by_itself_succeeds(name: str, empty_url: str, broker: str, tmp_path: Path) -> None:
    command = [*SERVICES[name]["entrypoint"], *SERVICES[name]["command"]]
    log = tmp_path / "log"
    with running([sys.executable, "-m", *command], environment(name, empty_url, broker, tmp_path), log) as process:
        assert process.wait(60) == 0, log.read_text("utf-8")


@pytest.mark.postgres
def test_the_metrics_are_served_and_healthy(postgres_url: str, broker: str, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = [word.replace("0.0.0.0:9464", f"127.0.0.1:{port}") for word in SERVICES["metrics"]["command"]]
    environ = environment("metrics", postgres_url, broker, tmp_path)
    check = [word.replace(":9464/", f":{port}/") for word in SERVICES["metrics"]["healthcheck"]["test"][1:]]
    with running([sys.executable, "-m", "docproc", *command], environ, log) as process:
        until(lambda: "http://" in log.read_text("utf-8"), process, log)
        assert subprocess.run([sys.executable, *check[1:]], check=False).returncode == 0
        with urlopen(f"http://127.0.0.1:{port}/metrics") as reply:
            assert b"docproc_" in reply.read()


@pytest.mark.postgres
def test_the_api_is_served_healthy_and_stops(postgres_url: str, broker: str, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    words = {"0.0.0.0": "127.0.0.1", "8420": str(port)}
    command = [words.get(word, word) for word in SERVICES["api"]["command"]]
    environ = environment("api", postgres_url, broker, tmp_path)
    making = [str(BIN / "docproc"), "keys", "create", "me", "--scope", "admin"]
    made = subprocess.run(making, env=environ, capture_output=True, text=True, check=True)
    check = [word.replace(":8420/", f":{port}/") for word in SERVICES["api"]["healthcheck"]["test"][1:]]
    with running(command, environ, log) as process:
        until(lambda: "listening" in log.read_text("utf-8"), process, log)
        until(
            lambda: (
                subprocess.run([sys.executable, *check[1:]], check=False, stderr=subprocess.DEVNULL).returncode == 0
            ),
            process,
            log,
        )
        asked = Request(f"http://127.0.0.1:{port}/v1/me", headers={"Authorization": f"Bearer {made.stdout.strip()}"})
        with urlopen(asked) as reply:
            assert b'"needs_key":true' in reply.read()
        process.terminate()
        assert process.wait(60) == 0, log.read_text("utf-8")


@pytest.mark.postgres
def test_the_api_is_open_to_nobody_before_there_is_a_key(postgres_url: str, broker: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running(SERVICES["api"]["command"], environment("api", postgres_url, broker, tmp_path), log) as process:
        assert process.wait(60) == 1
    assert "there is no API key" in log.read_text("utf-8")


@pytest.mark.postgres
@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_starts_is_healthy_and_stops(name: str, postgres_url: str, broker: str, tmp_path: Path) -> None:
    environ = environment(name, postgres_url, broker, tmp_path)
    log = tmp_path / "log"
    with running(SERVICES[name]["command"], environ, log) as process:
        until(lambda: " ready." in log.read_text("utf-8"), process, log)
        check = [str(BIN / "celery"), *shlex.split(os.path.expandvars(healthcheck(name)))[1:]]
        healthy = subprocess.run(check, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        assert healthy.returncode == 0, healthy.stdout + healthy.stderr + log.read_text("utf-8")
        process.terminate()
        assert process.wait(60) == 0, log.read_text("utf-8")


def healthcheck(name: str) -> str:
    shell, command = SERVICES[name]["healthcheck"]["test"]
    assert shell == "CMD-SHELL"
    return str(command).replace("$HOSTNAME", socket.gethostname())
