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

# Pages of five questions each, per policy. The server takes a second a page, so it gets the first of them; 0: none.
OPTIONS = {"pages": 100, "server_pages": 30}


def run(say: Say, options: Options) -> Figures:
    figures: Figures = {}
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory()))
        ways: dict[str, tuple[str, int, Mapping[str, str]]] = {"in_process": ("qwen", options["pages"], in_process({}))}
        if options["server_pages"]:
            url = stack.enter_context(served(work / "server"))
            ways["server"] = ("openai", options["server_pages"], behind(url, {}))
        for policy, settings in SETTINGS.items():
            for way, (engine, count, fixed) in ways.items():
                began = time.perf_counter()
                pages = sheets(count, f"benchmark {policy}")
                files = scans(pages, work / policy / way / "in")
                answers = ask(work / policy / way / "home", files, engine, {**fixed, **settings})
                figures[f"exact_match/{policy}/{way}"] = round(exact_match(answers, pages), 4)
                say(f"  {policy}, {way}: {count} pages, {time.perf_counter() - began:.1f} s")
    return figures
