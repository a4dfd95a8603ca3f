#!/usr/bin/env python3
"""Sets docproc up in .venv and runs or tests it. Needs Python 3.11 or later and nothing else.

    ./do demo            set up, ask the documents in examples/ their questions, query the answers with SQL
    ./do test [ARGS]     set up with the development tools, then every check and test (ARGS go to pytest)
    ./do setup [EXTRA]   set up only; EXTRA: see [project.optional-dependencies] in pyproject.toml, or qwen-cpu: the
                         qwen engine with PyTorch's small build for machines without GPU

A second run installs nothing, unless constraints.txt or pyproject.toml changed. DOCPROC_HOME says where the demo's
database and page images go (default: docproc-data).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / "docproc-setup.json"
OLDEST = (3, 11)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # PyTorch's own; the build elsewhere brings 3 GB of CUDA
INVOICES = """
select seller_name, invoice_number, issue_date, grand_total, currency
from invoice order by issue_date
"""
RECEIPTS = "select company, date, total, currency from receipt"


def main(arguments: list[str]) -> int:
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    if sys.version_info < OLDEST:
        return with_newer_python(arguments)
    os.chdir(ROOT)
    if command == "demo" and not rest:
        return set_up([]) or demo()
    if command == "test":
        return set_up(["dev", "qwen-cpu"]) or test(rest)
    if command == "setup":
        return set_up(rest)
    print(__doc__)
    return 0 if command in ("help", "-h", "--help") else 1


def with_newer_python(arguments: list[str]) -> int:
    """Runs this file again under a Python that is new enough, if the machine has one."""
    for minor in range(15, OLDEST[1] - 1, -1):
        python = shutil.which(f"python3.{minor}")
        if python:
            return subprocess.call([python, str(Path(__file__).resolve()), *arguments])
    say(f"docproc needs Python 3.11 or later; this is {sys.version.split()[0]} and no newer one is on PATH")
    return 1


# --- set-up ---


def set_up(extras: list[str]) -> int:
    """Makes .venv hold docproc with `extras`, at the versions of constraints.txt. Returns an exit status."""
    known = json.loads(STAMP.read_text()) if STAMP.exists() else {"extras": []}
    extras = sorted({*extras, *known["extras"]})
    wanted = {"key": set_up_key(), "extras": extras}
    if known == wanted and works(BIN / "python"):
        return 0
    if not works(BIN / "python") or not STAMP.exists():
        status = make_venv()
        if status:
            return status
    STAMP.unlink(missing_ok=True)
    status = (cpu_torch() if "qwen-cpu" in extras else 0) or install(["qwen" if e == "qwen-cpu" else e for e in extras])
    if status == 0:
        STAMP.write_text(json.dumps(wanted))
    return status


def set_up_key() -> str:
    """What the contents of .venv depend on: the locked versions, the project's metadata, the Python, the place."""
    digest = hashlib.sha256(f"{ROOT} {sys.version}".encode())
    for name in ("constraints.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def works(python: Path) -> bool:
    return (
        python.exists()
        and subprocess.run([python, "-c", "import pip"], capture_output=True, check=False).returncode == 0
    )


def make_venv() -> int:
    say(f"Python {sys.version.split()[0]}: making {VENV.relative_to(ROOT)}")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False)
    if made.returncode == 0:
        return 0
    if (
        shutil.which("virtualenv")
        and subprocess.run(["virtualenv", "-q", "--clear", "-p", sys.executable, VENV], check=False).returncode == 0
    ):
        return 0
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    say(f"this Python cannot make a virtual environment:\n{(made.stderr or made.stdout).strip()}")
    say(f"on Debian and Ubuntu: sudo apt-get install python{version}-venv, then run this again")
    return 1


def cpu_torch() -> int:
    """Installs PyTorch's build without CUDA, where no PyTorch is there. Returns an exit status."""
    if subprocess.run([BIN / "python", "-c", "import torch"], capture_output=True, check=False).returncode == 0:
        return 0
    pins = (ROOT / "constraints.txt").read_text().splitlines()
    torch = next(pin for pin in pins if pin.startswith("torch=="))
    # A machine may have a folder with the build (PIP_FIND_LINKS, pip.conf); and not every system's is a CUDA build.
    plan = [str(BIN / "python"), "-m", "pip", "install", "--dry-run", "--no-deps", "--quiet", "--report=-", torch]
    found = subprocess.run(plan, capture_output=True, text=True, check=False)
    version = json.loads(found.stdout)["install"][0]["metadata"]["version"] if found.returncode == 0 else ""
    cuda = sys.platform == "linux" and "+cpu" not in version
    say(f"installing {torch}, the build without CUDA")
    return pip_install([torch, *([f"--index-url={CPU_INDEX}"] if cuda else [])])


def install(extras: list[str]) -> int:
    """docproc itself. Returns an exit status."""
    target = f".[{','.join(extras)}]" if extras else "."
    say(f"installing docproc{target[1:]} with the versions of constraints.txt (once; needs a package index)")
    return pip_install(["-e", target])


def pip_install(what: list[str]) -> int:
    """pip's own output goes to .venv/setup.log; a line of progress to the terminal. Returns an exit status."""
    command = [str(BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar=off", "-c", "constraints.txt", *what]
    began, log, count = time.monotonic(), VENV / "setup.log", 0
    with (
        log.open("w") as file,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip,
    ):
        assert pip.stdout is not None
        for line in pip.stdout:
            file.write(line)
            if line.startswith(("Collecting ", "Installing collected")):
                count += 1
                progress(f"  {count:3} {line.split()[1]}" if line.startswith("Coll") else "  unpacking")
    progress("")
    if pip.returncode:
        say("pip failed; the end of .venv/setup.log:")
        print("".join(log.read_text().splitlines(keepends=True)[-15:]))
        return 1
    say(f"installed {max(0, count - 1)} packages in {time.monotonic() - began:.0f} s")
    return 0


# --- the two jobs ---


def demo() -> int:
    documents = ROOT / "examples" / "documents"
    invoices = sorted(str(path.relative_to(ROOT)) for path in documents.glob("invoice*.pdf"))
    receipts = sorted(str(path.relative_to(ROOT)) for path in documents.glob("receipt*.jpg"))
    for arguments in (
        ["run", "examples/documents"],
        ["run", *invoices, "-q", "invoice"],
        ["run", *receipts, "-q", "receipt"],
        ["sql", " ".join(RECEIPTS.split())],
        ["sql", " ".join(INVOICES.split())],
    ):
        shown = [f'"{word}"' if " " in word else word for word in arguments]
        say("$ docproc " + " ".join(shown))
        status = subprocess.call([BIN / "docproc", *arguments])
        if status:
            return status
    say(f"now try it on your own files: {BIN.relative_to(ROOT)}/docproc run FILE -q invoice   (the rest: README.md)")
    return 0


def test(arguments: list[str]) -> int:
    checks = {
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
        "mypy --strict": ["mypy"],
        "import contracts": ["lint-imports"],
    }
    say("checks: " + ", ".join(checks))
    with ThreadPoolExecutor() as pool:
        results = list(pool.map(check, checks.values()))
    for name, (status, output) in zip(checks, results, strict=True):
        say(f"{'passed' if status == 0 else 'FAILED'}: {name}")
        if status:
            print(output)
    say("tests: pytest, in random order, on every core; SQLite and a PostgreSQL server of their own")
    status = subprocess.call([BIN / "python", "-m", "pytest", "-n", "auto", "--dist", "loadgroup", *arguments])
    return status or max(status for status, _ in results)


def check(command: list[str]) -> tuple[int, str]:
    done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


# --- printing ---


def say(text: str) -> None:
    print(text, flush=True)


def progress(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
