"""docker-compose.yml as Docker Compose reads it: anchors merged, variables put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
PASSWORDS = {"POSTGRES_PASSWORD": "secret", "REDIS_PASSWORD": "hidden"}
# $$ | ${NAME:-default} | ${NAME:?message} | ${NAME}
VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::([-?])([^}]*))?\})")


class Missing(Exception):
    """A variable that has no default is not set, or empty."""


def put_in(text: str, environment: Mapping[str, str]) -> str:
    """The text with its variables put in. Raises Missing."""

    def value(match: re.Match[str]) -> str:
        dollar, name, operator, rest = match.groups()
        if dollar:
            return "$"
        given = environment.get(name, "")
        if not given and operator == "?":
            raise Missing(f"{name}: {rest}")
        return given or (rest if operator == "-" else "")

    return VARIABLE.sub(value, text)


def resolved(node: Any, environment: Mapping[str, str]) -> Any:
    """A part of the file with the variables in all its texts put in. Raises Missing."""
    if isinstance(node, dict):
        return {key: resolved(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [resolved(value, environment) for value in node]
    return put_in(node, environment) if isinstance(node, str) else node


def raw() -> Any:
    """The file with its anchors merged, variables as they stand there."""
    return yaml.safe_load(FILE.read_text("utf-8"))


def services(environment: Mapping[str, str] = PASSWORDS) -> dict[str, Any]:
    """The services by name. Raises Missing."""
    found: dict[str, Any] = resolved(raw(), environment)["services"]
    return found


def variables() -> set[str]:
    """The names of all variables that the file reads."""
    return {match[2] for match in VARIABLE.finditer(FILE.read_text("utf-8")) if match[2]}
