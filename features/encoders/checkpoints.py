"""Finding and loading checkpoints that lie on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from ...core.errors import InputError


def device_of(name: str) -> Any:
    """The torch device of that name; `auto` is a GPU where there is one.

    Raises:
        InputError: where this machine has none such.

    """
    import torch

    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError("device", name, "is not on this machine", "use auto or cpu") from None
    return device


def folder_of(model: str) -> Path:
    """The folder of a checkpoint on this machine; nothing is downloaded.

    Raises:
        InputError: where there is none, with the way to get it.

    """
    if Path(model).is_dir():
        return Path(model)
    if model.startswith((".", "/", "~")) or model.endswith("/") or model.count("/") > 1:
        raise InputError(
            "model",
            model,
            "is no folder",
            "give the folder of a checkpoint, or its id, such as google/siglip-so400m-patch14-384",
        )
    from transformers.utils.hub import cached_file

    try:
        found = cached_file(model, "config.json", local_files_only=True)
    except (OSError, ValueError):
        found = None
    if found is None:
        raise InputError(
            "model",
            model,
            "is not on this machine",
            f"run `hf download {model} --local-dir FOLDER` where there is a network, then give "
            "--encoder FOLDER",
        )
    return Path(found).parent


def load(model: str, loader: Any, folder: Path, **options: Any) -> Any:
    """What a `from_pretrained` makes of a checkpoint's folder.

    Raises:
        InputError: where it cannot be loaded.

    """
    try:
        return loader(folder, local_files_only=True, **options)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        reason = " ".join(str(error).split()).split(". ")[0] or type(error).__name__
        raise InputError(
            "model",
            model,
            f"cannot be loaded ({reason})",
            "give a folder with config.json, preprocessor_config.json and *.safetensors",
        ) from None


def fingerprint(folder: Path) -> str:
    """SHA-256 of the weights, so that two checkpoints of one name are told apart."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        with open(path, "rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()
