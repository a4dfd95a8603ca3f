"""Which model can run here and what to type for it: the rows of `docproc doctor` about models."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from docproc.core.errors import UsageError
from docproc.core.sizing import A4_POLICY_DPI, CONTEXT, MODELS, Model, a4_tokens, largest, pages_in_flight
from docproc.engines.openai.settings import ServerSettings, read_settings
from docproc.engines.qwen.hardware import Device, Hardware, seen

Row = tuple[str, str, str, str]
GUIDE = "docs/models.md"
SETUP = "./do setup qwen (on a machine without GPU: ./do setup qwen-cpu)"
SERVE = "vllm serve Qwen/Qwen3-VL-8B-Instruct, then DOCPROC_OPENAI_BASE_URL=http://127.0.0.1:8000/v1"
ANSWER_SECONDS = 5.0  # a server that is up lists its models at once
_GB = 10**9


def model_rows(environment: Mapping[str, str], default: str) -> Iterator[Row]:
    """What is here for the engines `qwen` and `openai`. `default` is the engine that is used where none is named: what
    it lacks is lacking, what others lack is optional.
    """
    hardware = seen()
    yield from torch_rows(hardware, environment, "lacking" if default == "qwen" else "optional")
    yield from server_rows(environment, "lacking" if default == "openai" else "optional")


def torch_rows(hardware: Hardware | None, environment: Mapping[str, str], lack: str) -> Iterator[Row]:
    """torch, each GPU with the model that fits it, and the next step."""
    if hardware is None:
        yield "torch", lack, "not installed", f"models in this process (--engine qwen): {SETUP}"
        return
    if hardware.problem and not hardware.devices:
        yield "torch", lack, hardware.problem, f"{SETUP}; NVIDIA's driver must be as new as torch's CUDA wants"
        return
    build = f"with CUDA {hardware.cuda}" if hardware.cuda else "without CUDA"
    wrong = hardware.driver and not hardware.cuda
    advice = "this machine has NVIDIA's driver: pip uninstall torch, then ./do setup qwen" if wrong else ""
    yield "torch", lack if wrong else "ok", f"{hardware.torch}, a build {build}", advice
    for index, device in enumerate(hardware.devices):
        yield f"gpu {index}", "ok", _described(device), fitting(device.memory)
    best = max(hardware.devices, key=lambda device: device.memory, default=None)
    if best is None:
        where = "Apple's GPU" if hardware.apple else "no GPU is seen"
        yield "model", "optional", where, _without_gpu()
    name = environment.get("DOCPROC_QWEN_MODEL", "").strip()
    if name:
        yield chosen_row(name, best, lack)
        return
    model = (largest(best.memory) if best is not None else None) or MODELS[0]
    advice = f"DOCPROC_QWEN_MODEL={model.name} docproc run FILE --engine qwen"
    yield "qwen model", lack, "DOCPROC_QWEN_MODEL is not set", advice


def chosen_row(name: str, device: Device | None, lack: str) -> Row:
    """The model that is set: whether its weights fit into the largest device."""
    weights = weights_of(name)
    if weights is None:
        return "qwen model", "ok", name, "docproc run FILE --engine qwen"
    found = f"{name}, {weights / _GB:.1f} GB of weights"
    if device is None:
        return "qwen model", "ok", found, "docproc run FILE --engine qwen, on the CPU"
    if weights + CONTEXT > device.memory:
        return "qwen model", lack, f"{found}: more than {device.name} holds", fitting(device.memory)
    return "qwen model", "ok", found, "docproc run FILE --engine qwen"


def weights_of(name: str) -> int | None:
    """Bytes of a model's weights: of a published one in bfloat16, of a folder those of its files; None: not known."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return sum(file.stat().st_size for file in folder.glob("*.safetensors")) or None
    return next((model.weights for model in MODELS if model.name == name), None)


def fitting(memory: int) -> str:
    """Which models fit into so many bytes of GPU memory, with the pages that are in flight together."""
    fits = [(model, pages) for model in MODELS if (pages := _pages(model, memory)) > 0]
    if not fits:
        return f"too small for a model in bfloat16; a server elsewhere can be asked, see {GUIDE}"
    best = largest(memory) or fits[0][0]
    told = [f"{_short(model)} ({pages})" for model, pages in fits]
    return f"best: {best.name}; fits, with A4 pages in flight: {', '.join(told)}"


def server_rows(environment: Mapping[str, str], lack: str) -> Iterator[Row]:
    """The server of the engine `openai`: whether it is named, answers, and serves the model."""
    prefix = "DOCPROC_OPENAI_"
    own = {name[len(prefix) :].lower(): value for name, value in environment.items() if name.startswith(prefix)}
    if not own.get("base_url"):
        yield "model server", lack, "DOCPROC_OPENAI_BASE_URL is not set", f"{SERVE}; see {GUIDE}"
        return
    try:
        settings = read_settings(own)
    except UsageError as error:
        yield "model server", lack, "a setting is wrong", str(error)
        return
    served, problem = _served(settings)
    if problem:
        yield "model server", lack, f"{settings.base_url} {problem}", _advice(problem)
    elif settings.model and settings.model not in served:
        found = f"{settings.base_url} serves {', '.join(served) or 'nothing'}"
        yield "model server", lack, found, f"DOCPROC_OPENAI_MODEL={settings.model} is not among them"
    elif not settings.model and len(served) != 1:
        found = f"{settings.base_url} serves {', '.join(served) or 'nothing'}"
        yield "model server", lack, found, "DOCPROC_OPENAI_MODEL=NAME says which one is asked"
    else:
        found = f"{settings.base_url} serves {settings.model or served[0]}"
        yield "model server", "ok", found, "docproc run FILE --engine openai"


def _served(settings: ServerSettings) -> tuple[list[str], str]:
    """The names of the models that a server lists, and what is wrong with it where it does not."""
    request = urllib.request.Request(f"{settings.base_url}/models")  # noqa: S310 - checked to be http or https
    if settings.api_key:
        request.add_header("Authorization", f"Bearer {settings.api_key}")
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - as above
            listed = json.loads(answer.read(1 << 20))
        return [str(model["id"]) for model in listed["data"]], ""
    except urllib.error.HTTPError as error:
        error.close()
        return [], f"answers {error.code}"
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return [], f"does not answer ({str(reason)[:200]})"
    except (KeyError, TypeError):
        return [], "lists no models as an OpenAI-compatible server does"


def _advice(problem: str) -> str:
    if problem in ("answers 401", "answers 403"):
        return "the key in DOCPROC_OPENAI_API_KEY is refused, or none is set"
    return f"start it ({SERVE}), or correct the address, which ends in /v1; see {GUIDE}"


def _described(device: Device) -> str:
    kind = "bfloat16" if device.bf16 else "no bfloat16: float16 is taken"
    return f"{device.name}, {device.memory / _GB:.0f} GB ({device.free / _GB:.0f} free), {kind}"


def _without_gpu() -> str:
    smallest = MODELS[0]
    memory = 2 * smallest.weights / _GB + 2
    return (
        f"{smallest.name} runs on the CPU in {memory:.0f} GB of memory, slowly; or ask a server: {SERVE}; see {GUIDE}"
    )


def _pages(model: Model, memory: int) -> int:
    policy, dpi = A4_POLICY_DPI
    return pages_in_flight(model, memory, a4_tokens(model, policy, dpi))


def _short(model: Model) -> str:
    return model.name.removeprefix("Qwen/").removesuffix("-Instruct")
