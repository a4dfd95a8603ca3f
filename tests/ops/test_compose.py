"""docker-compose.yml says what the code does: commands, settings, ports, health checks, limits."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import typer
from sqlalchemy import make_url
from typer.core import TyperGroup

from docproc import config
from docproc.cli import app
from docproc.engines import engine_names
from docproc.engines.openai.settings import read_settings as read_openai
from docproc.engines.qwen.settings import read_settings as read_qwen
from docproc.queues import STAGES
from tests.ops.compose import PASSWORDS, ROOT, Missing, raw, services, variables

OURS = ("migrate", "raster", "ocr", "gpu", "openai", "metrics", "api", "docproc")
WORKERS = ("raster", "ocr", "gpu", "openai")
SECONDS = {"s": 1, "m": 60}
SERVICES = services()


def settings_of(page: str) -> set[str]:
    return set(re.findall(r"`(DOCPROC_[A-Z_]+)`", (ROOT / page).read_text("utf-8")))


def seconds(text: str) -> int:
    return int(text[:-1]) * SECONDS[text[-1]]


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


@contextmanager
def environment(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[dict[str, str]]:
    """Within, this process has the settings of a service and no others."""
    given = {key: str(value) for key, value in SERVICES[name]["environment"].items()}
    with monkeypatch.context() as patch:
        for variable, _, _ in config.described():
            patch.delenv(variable, raising=False)
        for key, value in given.items():
            patch.setenv(key, value)
        yield given


def test_the_file_follows_the_compose_specification() -> None:
    schema = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text("utf-8"))
    jsonschema.validate(raw(), schema)


@pytest.mark.parametrize("name", PASSWORDS)
def test_nothing_starts_without_a_password(name: str) -> None:
    with pytest.raises(Missing, match=name):
        services({**PASSWORDS, name: ""})


def test_no_password_is_written_down() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    for name in PASSWORDS:
        assert re.search(rf"^{name}=$", example, re.MULTILINE)
        assert f"${{{name}:-" not in (ROOT / "docker-compose.yml").read_text("utf-8")


def test_the_example_of_the_environment_names_every_variable_with_its_default() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    given = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    assert set(given) == variables()
    assert services({**given, **PASSWORDS}) == SERVICES


def test_files_with_secrets_are_not_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"/.env", "/storage.env"} <= set(ignored)


def test_every_setting_of_docproc_is_a_real_one() -> None:
    known = {variable for variable, _, _ in config.described()} | settings_of("docs/settings.md")
    named = {key for service in SERVICES.values() for key in service.get("environment", {})} | variables()
    docproc = {name for name in named if name.startswith("DOCPROC_")}
    assert len(docproc) > 10
    assert docproc <= known


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_a_service_are_read_without_a_fault(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with environment(monkeypatch, name) as given:
        settings = config.load()
        assert settings.engine in engine_names()
        assert str(settings.home) in [place.split(":")[1] for place in SERVICES[name]["volumes"]]
        qwen = read_qwen(config.engine_settings("qwen", given))
        assert (qwen.revision, qwen.adapter) == ("", "")
        assert read_openai(config.engine_settings("openai", given)).api_key == ""


def test_what_asks_runs_the_engine_of_its_name() -> None:
    engines = {name: SERVICES[name]["environment"]["DOCPROC_ENGINE"] for name in ("ocr", "gpu", "openai")}
    assert engines == {"ocr": "ocr", "gpu": "qwen", "openai": "openai"}


def test_the_openai_worker_asks_the_server_of_the_file_for_its_model() -> None:
    environment, server = SERVICES["openai"]["environment"], SERVICES["vllm"]["command"]
    url = urlsplit(environment["DOCPROC_OPENAI_BASE_URL"])
    assert (url.hostname, url.port, url.path) == ("vllm", int(option(server, "--port")), "/v1")
    assert environment["DOCPROC_OPENAI_MODEL"] == server[0]
    assert SERVICES["openai"]["depends_on"]["vllm"] == {"condition": "service_healthy"}


def test_vllm_is_started_as_the_page_on_models_says() -> None:
    page = (ROOT / "docs" / "models.md").read_text("utf-8")
    (shown,) = re.findall(r"^vllm serve \S+ (.*?)```", page, re.DOTALL | re.MULTILINE)
    told = shlex.split(shown.replace("\\\n", " "))
    here = SERVICES["vllm"]["command"][1:]
    assert SERVICES["vllm"]["entrypoint"] == ["vllm", "serve"]
    for name in ("--revision", "--port"):
        here = here[: here.index(name)] + here[here.index(name) + 2 :]
    at = told.index("--revision")
    assert here == told[:at] + told[at + 2 :]


@pytest.mark.parametrize("name", OURS)
def test_a_service_reaches_the_servers_where_they_listen(name: str) -> None:
    environment = SERVICES[name]["environment"]
    database = make_url(environment["DOCPROC_DATABASE_URL"])
    server = SERVICES["postgres"]["environment"]
    assert (database.host, database.port) == ("postgres", 5432)
    assert database.username == server["POSTGRES_USER"]
    assert database.database == server["POSTGRES_DB"]
    assert database.password == server["POSTGRES_PASSWORD"]
    broker = urlsplit(environment["DOCPROC_REDIS_URL"])
    assert (broker.scheme, broker.hostname) == ("redis", "redis")
    assert str(broker.port) == option(SERVICES["redis"]["command"], "--port")
    assert broker.password == option(SERVICES["redis"]["command"], "--requirepass")
    assert "data" in SERVICES[name]["networks"]


def test_only_the_metrics_and_the_api_are_published_and_only_to_this_machine() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    listening = option(SERVICES["metrics"]["command"], "--serve")
    assert listening == "0.0.0.0:9464"
    assert published == {"metrics": ["127.0.0.1:9464:9464"], "api": ["127.0.0.1:8420:8420"]}
    command = SERVICES["api"]["command"]
    assert (option(command, "--host"), option(command, "--port")) == ("0.0.0.0", "8420")
    assert "//127.0.0.1:8420/readyz" in SERVICES["api"]["healthcheck"]["test"][-1]
    assert "//127.0.0.1:9464/metrics" in SERVICES["metrics"]["healthcheck"]["test"][-1]
    assert raw()["networks"]["data"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == SERVICES["redis"]["networks"] == ["data"]


@pytest.mark.parametrize("name", ["migrate", "metrics", "api", "docproc"])
def test_what_docproc_is_told_is_one_of_its_commands(name: str) -> None:
    service = SERVICES[name]
    words: list[str] = [*service.get("entrypoint", []), *service["command"]]
    assert words.pop(0) == "docproc"
    command: Any = typer.main.get_command(app)
    while isinstance(command, TyperGroup):
        command = command.commands[words.pop(0)]
    command.make_context(name, words)  # raises where an option is none of its own


def test_all_submit_to_the_fleet_and_log_lines_of_json(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OURS:
        with environment(monkeypatch, name):
            settings = config.load()
            assert (settings.queue, settings.log) == ("celery", "json")
            assert bool(settings.metrics) == (name in WORKERS)


def test_every_queue_has_workers_without_a_profile() -> None:
    served = {name: set(option(SERVICES[name]["command"], "-Q").split(",")) for name in WORKERS}
    assert served == {"raster": {"raster", "io"}, "ocr": {"gpu"}, "gpu": {"gpu"}, "openai": {"gpu"}}
    always = [name for name in WORKERS if "profiles" not in SERVICES[name]]
    assert set.union(*(served[name] for name in always)) == set(STAGES)
    profiles = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert profiles == {"gpu": ["gpu"], "vllm": ["vllm"], "openai": ["vllm"], "api": ["api"], "docproc": ["cli"]}


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_is_asked_for_its_health_by_the_name_that_it_has(name: str) -> None:
    service = SERVICES[name]
    shell, command = service["healthcheck"]["test"]
    assert shell == "CMD-SHELL"
    asked = shlex.split(command)
    assert service["command"][:4] == ["celery", "-A", "workers.app", "worker"]
    assert asked[:5] == ["celery", "-A", "workers.app", "inspect", "ping"]
    assert option(service["command"], "-n") == option(asked, "-d").replace("$HOSTNAME", "%h") == f"{name}@%h"
    assert int(option(asked, "-t")) < seconds(service["healthcheck"]["timeout"])


@pytest.mark.parametrize("name", OURS)
def test_nobody_works_before_the_schema_is_there(name: str) -> None:
    needed = SERVICES[name]["depends_on"]
    assert needed["postgres"] == {"condition": "service_healthy"}
    if name != "migrate":
        assert needed["migrate"] == {"condition": "service_completed_successfully"}
        assert needed["redis"] == {"condition": "service_healthy"}


def test_every_server_has_a_health_check() -> None:
    told = {name: service["healthcheck"]["test"] for name, service in SERVICES.items() if name not in OURS}
    assert told["postgres"][:2] == ["CMD", "pg_isready"]
    assert option(told["postgres"], "-U") == SERVICES["postgres"]["environment"]["POSTGRES_USER"]
    assert told["redis"][0] == "CMD"
    assert told["redis"][-1] == "ping"
    assert f":{option(SERVICES['vllm']['command'], '--port')}/health" in told["vllm"][-1]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_limits_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    once = {"migrate": "on-failure:3", "docproc": "no"}
    assert service["restart"] == once.get(name, "unless-stopped")
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "vllm"])
def test_a_service_cannot_change_its_own_files_nor_become_more_than_it_is(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert any(place.startswith("/tmp") for place in service["tmpfs"])


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_has_the_time_to_end_what_it_has_in_hand(name: str) -> None:
    assert seconds(SERVICES[name]["stop_grace_period"]) > 60
    assert SERVICES[name]["init"] is True


def test_only_what_runs_a_model_takes_a_gpu() -> None:
    devices = {
        name: service["deploy"]["resources"]["reservations"]["devices"]
        for name, service in SERVICES.items()
        if "reservations" in service["deploy"]["resources"]
    }
    gpu = [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]
    assert devices == {"gpu": gpu, "vllm": gpu}


def test_volumes_and_networks_are_declared() -> None:
    file = raw()
    mounted = {place.split(":")[0] for service in SERVICES.values() for place in service.get("volumes", [])}
    assert {place for place in mounted if place.isidentifier()} == set(file["volumes"])
    joined = {network for service in SERVICES.values() for network in service["networks"]}
    assert joined == set(file["networks"])
    folders = {place for place in mounted if not place.isidentifier()}
    assert all((ROOT / folder).is_dir() for folder in folders)
