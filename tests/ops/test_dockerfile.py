"""The Dockerfiles: their sources are there and reach the builder, what is installed is pinned, and nobody is root."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml

from tests.ops.compose import ROOT, services

WORKERS, API = "workers/Dockerfile", "docproc/api/Dockerfile"
FILES = (WORKERS, API)
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
BUILT = {name: service for name, service in services().items() if "build" in service}


def lines(file: str) -> list[str]:
    text = (ROOT / file).read_text("utf-8")
    return [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


def instructions(file: str, name: str) -> list[str]:
    return [line.partition(" ")[2].strip() for line in lines(file) if line.startswith(f"{name} ")]


def stages(file: str) -> dict[str, list[str]]:
    """The instructions of each stage, without the FROM that begins it, by the stage's name."""
    found: dict[str, list[str]] = {}
    for line in lines(file):
        if line.startswith("FROM "):
            found[line.split()[3]] = [f"BASE {line.split()[1]}"]
        elif found:
            found[list(found)[-1]].append(line)
    return found


def lineage(file: str, stage: str) -> list[str]:
    """All instructions that make a stage, its bases' first."""
    body = stages(file)[stage]
    base = body[0].removeprefix("BASE ")
    return [*(lineage(file, base) if base in stages(file) else []), *body[1:]]


def test_the_images_of_the_compose_file_are_stages() -> None:
    built = {(service["build"]["dockerfile"], service["build"]["target"]) for service in BUILT.values()}
    assert built == {(WORKERS, "cpu"), (WORKERS, "cuda"), (API, "api")}
    assert all(target in stages(file) for file, target in built)


@pytest.mark.parametrize("file", FILES)
def test_what_is_copied_exists_and_reaches_the_builder(file: str) -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = [source for line in instructions(file, "COPY") if "--from" not in line for source in line.split()[:-1]]
    assert len(copied) > 5
    assert not [source for source in copied if not (ROOT / source).exists()]
    assert {source.split("/")[0] for source in copied} <= kept
    assert not [name for name in kept if not (ROOT / name).exists()]
    carried = [line.split() for line in instructions(file, "COPY") if "--from" in line]
    assert {words[0].removeprefix("--from=") for words in carried} <= set(stages(file))


@pytest.mark.parametrize(("file", "count"), [(WORKERS, 4), (API, 2)])
def test_what_is_installed_is_pinned(file: str, count: int) -> None:
    installs = [line for line in lines(file) if "pip install" in line]
    assert len(installs) == count
    assert all("-c constraints.txt" in line or "--no-deps" in line for line in installs)


def asked(file: str) -> list[set[str]]:
    args = (arg for stage in stages(file).values() for arg in stage if arg.startswith("ARG EXTRAS="))
    return [set(arg.partition("=")[2].split(",")) for arg in args]


def test_the_extras_exist_and_only_the_image_with_cuda_has_a_model() -> None:
    cpu, cuda = asked(WORKERS)
    assert cpu <= cuda <= set(EXTRAS)
    assert cuda - cpu == {"lora", "qwen"}
    (api,) = asked(API)
    assert api - cpu == {"serve"}
    assert cpu <= api <= set(EXTRAS)


@pytest.mark.parametrize(("file", "stage"), [(WORKERS, "cpu"), (WORKERS, "cuda"), (API, "api")])
def test_the_images_run_as_a_user_without_rights(file: str, stage: str) -> None:
    users = [line.split()[1] for line in lineage(file, stage) if line.startswith("USER ")]
    assert users == ["10001:10001"]
    built = [line for line in stages(file)[stage] if line.startswith("RUN ")]
    assert not [line for line in built if "pip" in line or "apt" in line]


@pytest.mark.parametrize("file", FILES)
def test_the_folders_that_are_volumes_belong_to_that_user(file: str) -> None:
    (owned,) = re.findall(r"chown 10001:10001 ([^\n]+)", (ROOT / file).read_text("utf-8"))
    mounted = {
        place.split(":")[1]
        for service in BUILT.values()
        if service["build"]["dockerfile"] == file
        for place in service["volumes"]
        if not place.endswith(":ro")
    }
    assert mounted == set(owned.split())


@pytest.mark.parametrize("file", FILES)
def test_the_python_is_one_that_is_tested(file: str) -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    (version,) = [line.partition("=")[2] for line in instructions(file, "ARG") if line.startswith("PYTHON=")]
    assert version in workflow["jobs"]["test"]["strategy"]["matrix"]["python"]


def test_the_api_image_serves_as_it_is() -> None:
    (command,) = instructions(API, "CMD")
    assert yaml.safe_load(command)[:2] == ["docproc", "serve"]
    assert instructions(API, "EXPOSE") == ["8420"]
