"""How much of unseen pages a small model that really reads gets right: each tile policy, in process and by a server."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.support import Figures, Options, Say
from tests.truth.asking import ask, exact_match, in_process, scans, sheets
from tests.truth.lessons import SETTINGS
from tests.truth.served import behind, served

# Pages of five questions each, the same for both ways. Set to 0 a way is left out.
OPTIONS = {"pages": 100, "in_process": 1, "server": 1}


def run(say: Say, options: Options) -> Figures:
    figures: Figures = {}
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory()))
        ways: dict[str, tuple[str, Mapping[str, str]]] = {}
        if options["in_process"]:
            ways["in_process"] = ("qwen", in_process({}))
        if options["server"]:
            ways["server"] = ("openai", behind(stack.enter_context(served(work / "server")), {}))
        for policy, settings in SETTINGS.items():
            pages = sheets(options["pages"], f"benchmark {policy}")
            files = scans(pages, work / policy / "in")
            for way, (engine, fixed) in ways.items():
                began = time.perf_counter()
                answers = ask(work / policy / way, files, engine, {**fixed, **settings})
                figures[f"exact_match/{policy}/{way}"] = round(exact_match(answers, pages), 4)
                say(f"  {policy}, {way}: {time.perf_counter() - began:.1f} s")
    return figures
