"""Which model it is, by content: read from its small files, without loading it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docproc.core.errors import EngineUnavailable, UsageError

MIB = 1 << 20
_WEIGHTS = (".safetensors", ".bin", ".pt")
_TEXTS = (".json", ".jinja", ".txt", ".model", ".tiktoken", ".py")  # configuration, tokenizer, template
_HUB = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model or an adapter is loaded from, and which one it is.

    `place`: a folder or a name on the hub; `revision`: the commit on the hub, None for a folder. `mark`: the beginning
    of the commit, or of a hash over a folder's files. `config`: its configuration.
    """

    place: str
    revision: str | None
    mark: str
    config: dict[str, Any]

    @property
    def name(self) -> str:
        """For people: a folder goes by its last name."""
        return self.place if self.revision else Path(self.place).name


def find(place: str, revision: str, file: str = "config.json") -> Source:
    """The model (or, with another `file`, the adapter) of that name. A local folder wins over the hub.

    Raises UsageError where there is none, EngineUnavailable where the hub cannot be reached and nothing is kept of it.
    """
    folder = Path(place).expanduser()
    if folder.is_dir():
        return Source(str(folder.resolve()), None, _hash(folder), _config(folder / file, place))
    if place.startswith(("/", ".", "~")) or place.count("/") != 1:
        raise UsageError(
            f"there is no folder {place}, and it is no name on the hub: a name there is OWNER/MODEL, "
            "for example Qwen/Qwen3-VL-4B-Instruct"
        )
    path = _fetch(place, revision or None, file)
    commit = path.parent.name  # …/snapshots/<commit>/config.json
    return Source(place, commit, commit[:12], _config(path, place))


def _config(path: Path, place: str) -> dict[str, Any]:
    try:
        config = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{place} is not what is wanted here: it has no {path.name} that can be read") from error
    except ValueError as error:
        raise UsageError(f"{path} is damaged: {error}") from error
    if not isinstance(config, dict):
        raise UsageError(f"{path} is damaged: it is no JSON object")
    return config


def _fetch(name: str, revision: str | None, file: str) -> Path:
    """A small file of a repository on the hub, from the local cache where the hub cannot be reached."""
    from huggingface_hub import errors, hf_hub_download  # noqa: PLC0415 - part of the extra, and slow to import

    at = f"{name} at revision {revision}" if revision else name
    try:
        return Path(hf_hub_download(name, file, revision=revision))
    except errors.GatedRepoError as error:
        raise UsageError(
            f"{at} asks for consent first: accept its terms at {_HUB}/{name} and set HF_TOKEN to that account's token"
        ) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        raise UsageError(
            f"the hub has no {at} (or it is private: then set HF_TOKEN); a local folder can be named instead"
        ) from error
    except errors.EntryNotFoundError as error:
        if isinstance(error, errors.LocalEntryNotFoundError):
            raise _away(at, error) from error
        raise UsageError(f"{at} has no {file}: it is not what is wanted here") from error
    except (OSError, errors.HfHubHTTPError) as error:
        raise _away(at, error) from error


def _away(at: str, error: Exception) -> EngineUnavailable:
    return EngineUnavailable(
        f"{at} cannot be had from the hub now and is not in the local cache ({type(error).__name__}): go online once, "
        "or set DOCPROC_QWEN_MODEL to a folder with the model"
    )


def _hash(folder: Path) -> str:
    """A hash over a model's folder: all of its small files; of weights the name, the size, the first and last MiB."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.suffix not in _WEIGHTS + _TEXTS or path.name.startswith("."):
            continue
        size = path.stat().st_size
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as file:
            if path.suffix in _WEIGHTS and size > 2 * MIB:
                digest.update(file.read(MIB))
                file.seek(-MIB, 2)
            while block := file.read(MIB):
                digest.update(block)
    return digest.hexdigest()[:12]
