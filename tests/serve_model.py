"""`transformers serve`, a real OpenAI-compatible server, for the tests; it ends when its standard input does.

    python -m tests.serve_model MODEL PORT

It is the stock server, but for the processors of Qwen: the stock ones insist on a video half, which needs torchvision.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any


def main(model: str, port: int) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import torch
    from transformers import AutoConfig, AutoProcessor
    from transformers.cli.serve import Serve

    from docproc.engines.qwen.processors import load_processor

    def from_pretrained(place: str, **hub: Any) -> Any:
        kept = {name: value for name, value in hub.items() if name in ("revision", "trust_remote_code")}
        return load_processor(place, AutoConfig.from_pretrained(place, **kept).model_type, **kept)

    AutoProcessor.from_pretrained = from_pretrained
    torch.set_num_threads(1)
    Serve(force_model=model, device="cpu", dtype="float32", host="127.0.0.1", port=port)


def _end_with_parent() -> None:
    """Whoever started this holds the other end of the pipe; the system closes it, however that process ends."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
