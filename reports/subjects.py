"""What a table is of: the names of its models, and labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from .table import Record


def model_names(models: Iterable[object]) -> dict[object, str]:
    """A name for each model: that of its file without folder and ending, unless two share it."""
    given = list(dict.fromkeys(models))
    names = [Path(str(m)).stem if str(m).endswith(".toml") else str(m) for m in given]
    return {
        model: name if names.count(name) == 1 else str(model)
        for model, name in zip(given, names, strict=True)
    }


def with_names(records: Sequence[Record]) -> list[Record]:
    """The records with the names of their models."""
    names = model_names(record["model"] for record in records)
    return [{**record, "model": names[record["model"]]} for record in records]


def label_of(*parts: object) -> str:
    """The parts as a LaTeX label, with hyphens for what one had better not hold."""
    words = (str(part).replace("%", "pct") for part in parts)
    return "tab:" + "-".join(re.sub(r"[^A-Za-z0-9.:+]+", "-", word).strip("-") for word in words)
