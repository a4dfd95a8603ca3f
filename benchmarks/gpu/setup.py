"""Puts what the benchmark needs beside torch and transformers into the folder `.gpu`, to be taken along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".gpu"
WHEELS = ("llguidance>=1.9,<2",)  # for any Python 3 of this platform


def use() -> None:
    """Let the packages in the folder be imported, behind those that are installed."""
    if FOLDER.is_dir():
        sys.path.append(str(FOLDER))


if __name__ == "__main__":
    sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(FOLDER), *WHEELS]))
