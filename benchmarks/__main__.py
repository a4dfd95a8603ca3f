"""Runs one benchmark: `python -m benchmarks NAME [OPTION=NUMBER…] [--json]`; without NAME it lists them.

A benchmark is a module of this package with a docstring, `OPTIONS` (its numbers and their defaults) and
`run(say, options)`, which returns flat figures. With --json the last line of output is one object. `gpu` is a package
with a command line of its own: `python -m benchmarks gpu --help`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

import benchmarks


def names() -> list[str]:
    return sorted(
        module.name for module in iter_modules(benchmarks.__path__) if not module.ispkg and module.name[0] != "_"
    )


def overridden(defaults: Mapping[str, int], given: list[str]) -> dict[str, int]:
    """The options, with those that the command line names as NAME=NUMBER. Raises ValueError for others."""
    options = dict(defaults)
    for text in given:
        name, _, number = text.partition("=")
        if name not in options or not number.isdecimal():
            raise ValueError(f"{text}: this benchmark takes {', '.join(f'{k}={v}' for k, v in options.items())}")
        options[name] = int(number)
    return options


def main() -> int:
    if sys.argv[1:2] == ["gpu"]:
        status: int = import_module("benchmarks.gpu.__main__").main(sys.argv[2:])
        return status
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure docproc on this machine.")
    parser.add_argument("name", nargs="?", choices=names(), help="which benchmark; none: list them")
    parser.add_argument("options", nargs="*", metavar="OPTION=NUMBER", help="another size than the default")
    parser.add_argument("--json", action="store_true", help="print one JSON object last")
    arguments = parser.parse_args()
    if arguments.name is None:
        for name in names():
            module = import_module(f"benchmarks.{name}")
            sizes = " ".join(f"{key}={value}" for key, value in module.OPTIONS.items())
            print(f"{name:9} {(module.__doc__ or '').splitlines()[0]}\n{'':9} {sizes}")
        print(f"{'gpu':9} {(import_module('benchmarks.gpu').__doc__ or '').splitlines()[0]}\n{'':9} see gpu --help")
        return 0
    module = import_module(f"benchmarks.{arguments.name}")
    try:
        options = overridden(module.OPTIONS, arguments.options)
    except ValueError as error:
        parser.error(str(error))
    began = time.monotonic()
    figures = module.run(say, options)
    machine = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1), "python": platform.python_version()}
    figures = {"seconds": round(time.monotonic() - began, 1), **figures, "options": options, "machine": machine}
    for key, value in figures.items():
        say(f"{key:32} {value}")
    if arguments.json:
        print(json.dumps({"benchmark": arguments.name, **figures}))
    return 0


def say(text: str) -> None:
    """Progress goes to stderr, so that stdout is the result."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
