"""What a face offers to choose from: the engines that can be asked here."""

from __future__ import annotations

from docproc.core.errors import DocprocError
from docproc.engines import engine_names
from docproc.service.parts import Parts

_PLAYED = "scripted"  # says what it is told: nobody's choice but where it is the configured one


def offered_engines(parts: Parts) -> list[str]:
    """The engines that a job may name now, the configured one first: those made here, and those that a worker has."""
    default = parts.default_engine[0]
    found = [default]
    for name in engine_names():
        if name in (default, _PLAYED):
            continue
        try:
            parts.targets.fingerprint(name, parts.database)
        except DocprocError:
            continue
        found.append(name)
    return found
