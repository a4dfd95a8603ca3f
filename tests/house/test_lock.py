"""constraints.txt names one version of everything that the project needs, directly or not."""

from __future__ import annotations

import tomllib
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PINS: dict[str, str] = {
    canonicalize_name(line.partition("==")[0]): line.partition("==")[2].strip()
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
}
TORCH = {"torch", "torchvision", "transformers", "peft"}


def add(texts: list[str], extras: set[str], found: dict[str, set[str]]) -> None:
    """Adds requirements and what they require themselves to `found`, {name: its extras}; `extras` are switched on."""
    for text in texts:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is not None and not any(marker.evaluate({"extra": extra}) for extra in {*extras, ""}):
            continue
        name = canonicalize_name(requirement.name)
        if name == "docproc":
            add(
                [more for extra in requirement.extras for more in PROJECT["optional-dependencies"][extra]], set(), found
            )
        elif name not in found or not requirement.extras <= found[name]:
            found.setdefault(name, set()).update(requirement.extras)
            add(requires(name) or [], requirement.extras, found)


@pytest.fixture(scope="module")
def closure() -> set[str]:
    """Every distribution that the base and the extra `dev` need."""
    found: dict[str, set[str]] = {}
    add([*PROJECT["dependencies"], "docproc[dev]"], set(), found)
    return set(found)


def test_all_that_is_needed_is_pinned_and_installed_as_pinned(closure: set[str]) -> None:
    assert len(closure) > 40
    # torch's version says which build it is: "2.13.0+cpu".
    installed = {name: version(name).partition("+")[0] for name in closure}
    assert installed == {name: PINS.get(name) for name in closure}


def test_no_pin_is_left_over(closure: set[str]) -> None:
    assert not set(PINS) - closure


def test_the_base_is_without_torch() -> None:
    found: dict[str, set[str]] = {}
    add(PROJECT["dependencies"], set(), found)
    assert len(found) > 20
    assert not TORCH & set(found)
