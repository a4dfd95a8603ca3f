"""What torch sees on this machine, asked in a process of its own: its import is slow, a broken driver can end it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec

_CHILD = "from docproc.engines.qwen.hardware import tell; tell()"
SECONDS = 60.0  # a cold import of torch with CUDA from a network disk takes half a minute


@dataclass(frozen=True, slots=True)
class Device:
    """A CUDA device: bytes of memory, all and free, and whether it computes in bfloat16."""

    name: str
    memory: int
    free: int
    bf16: bool


@dataclass(frozen=True, slots=True)
class Hardware:
    """What was seen. `torch` is its version, `cuda` that of its build, empty for one without; `driver`: NVIDIA's driver
    is installed; `problem` says why torch could not tell, empty where it could.
    """

    torch: str = ""
    cuda: str = ""
    devices: tuple[Device, ...] = ()
    driver: bool = False
    apple: bool = False
    problem: str = ""


def seen(seconds: float = SECONDS) -> Hardware | None:
    """What torch sees, looked up for at most `seconds`; None where it is not installed. Never raises."""
    if find_spec("torch") is None:
        return None
    driver = shutil.which("nvidia-smi") is not None
    command = [sys.executable, "-c", _CHILD]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)  # noqa: S603 - ours
    except subprocess.TimeoutExpired:
        return Hardware(driver=driver, problem=f"torch did not tell within {seconds:g} s")
    lines = done.stdout.splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
        devices = tuple(Device(**device) for device in told.pop("devices"))
        return Hardware(devices=devices, driver=driver, **told)
    except (ValueError, KeyError, TypeError, AttributeError):
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return Hardware(driver=driver, problem=f"torch cannot be imported: {last[:300]}")


def tell() -> None:
    """In the child: write what torch sees to standard output, as one line of JSON."""
    import torch  # noqa: PLC0415 - the reason for the child

    devices, problem = [], ""
    try:
        for index in range(torch.cuda.device_count()):
            with torch.cuda.device(index):
                free, memory = torch.cuda.mem_get_info(index)
                bf16 = torch.cuda.is_bf16_supported()
            devices.append({"name": torch.cuda.get_device_name(index), "memory": memory, "free": free, "bf16": bf16})
    except RuntimeError as error:  # a driver that is too old, a device that is lost
        problem = str(error).strip().splitlines()[0][:300]
    told = {
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "",
        "devices": devices,
        "apple": torch.backends.mps.is_available(),
        "problem": problem,
    }
    sys.stdout.write(json.dumps(told) + "\n")
