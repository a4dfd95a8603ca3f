"""workers/Dockerfile: its sources are there and reach the builder, what it installs is pinned, and nobody is root."""

from __future__ import annotations

import re
import tomllib

import yaml

from tests.ops.compose import ROOT, services

TEXT = (ROOT / "workers" / "Dockerfile").read_text("utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]


def instructions(name: str) -> list[str]:
    return [line.partition(" ")[2].strip() for line in LINES if line.startswith(f"{name} ")]


def stages() -> dict[str, list[str]]:
    """The instructions of each stage, without the FROM that begins it, by the stage's name."""
    found: dict[str, list[str]] = {}
    for line in LINES:
        if line.startswith("FROM "):
            found[line.split()[3]] = [f"BASE {line.split()[1]}"]
        elif found:
            found[list(found)[-1]].append(line)
    return found


def lineage(stage: str) -> list[str]:
    """All instructions that make a stage, its bases' first."""
    body = stages()[stage]
    base = body[0].removeprefix("BASE ")
    return [*(lineage(base) if base in stages() else []), *body[1:]]


def test_the_images_of_the_compose_file_are_stages() -> None:
    built = {service["build"]["target"] for service in services().values() if "build" in service}
    assert built == {"cpu", "cuda"} <= set(stages())
    places = {service["build"]["dockerfile"] for service in services().values() if "build" in service}
    assert places == {"workers/Dockerfile"}


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    copied = [source for line in instructions("COPY") if "--from" not in line for source in line.split()[:-1]]
    assert len(copied) > 5
    assert not [source for source in copied if not (ROOT / source).exists()]
    assert {source.split("/")[0] for source in copied} <= kept
    assert not [name for name in kept if not (ROOT / name).exists()]
    carried = [line.split() for line in instructions("COPY") if "--from" in line]
    assert {words[0].removeprefix("--from=") for words in carried} <= set(stages())


def test_what_is_installed_is_pinned() -> None:
    installs = [line for line in LINES if "pip install" in line]
    assert len(installs) == 4
    assert all("-c constraints.txt" in line or "--no-deps" in line for line in installs)


def test_the_extras_exist_and_only_the_image_with_cuda_has_a_model() -> None:
    asked = [set(line.partition("=")[2].split(",")) for line in instructions("ARG") if line.startswith("EXTRAS=")]
    assert len(asked) == 2
    cpu, cuda = asked
    assert cpu <= cuda <= set(EXTRAS)
    assert cuda - cpu == {"lora", "qwen"}


def test_the_images_run_as_a_user_without_rights() -> None:
    for stage in ("cpu", "cuda"):
        users = [line.split()[1] for line in lineage(stage) if line.startswith("USER ")]
        assert users == ["10001:10001"]
        assert not [line for line in stages()[stage] if line.startswith("RUN ")]


def test_the_folders_that_are_volumes_belong_to_that_user() -> None:
    (owned,) = re.findall(r"chown 10001:10001 ([^\n]+)", TEXT)
    mounted = {
        place.split(":")[1]
        for service in services().values()
        if "build" in service
        for place in service["volumes"]
        if not place.endswith(":ro")
    }
    assert mounted == set(owned.split())


def test_the_python_is_one_that_is_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8"))
    (version,) = [line.partition("=")[2] for line in instructions("ARG") if line.startswith("PYTHON=")]
    assert version in workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
