"""What a table is of: the names of its models, and its label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..core.budget import keep_key, keep_text
from .table import Record

_SAID = ("model", "dataset", "accounting", "convention", "layout", "prune_at", "device")
_USUAL = {"convention": "mac", "layout": "concat", "prune_at": "0"}


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


def label(kind: str, records: Sequence[Record]) -> str:
    """What a LaTeX label is made of: the kind of table, and whatever is the same in all of it.

    Two tables of one document so have two labels, though they are of one kind.
    """
    said: list[object] = []
    for key in _SAID:
        values = {record.get(key) for record in records}
        if key == "model":
            values = set(model_names(values).values())
        if len(values) == 1 and not values & {None, _USUAL.get(key)}:
            said += values
    return label_of(kind, *said)


def label_of_methods(kind: str, records: Sequence[Record], encoder: object) -> str:
    """As `label`, of methods over the features of an encoder: up to three methods by name."""
    methods = list(dict.fromkeys(str(record["method"]) for record in records))
    keeps = {
        keep_key(keep): keep
        for record in records
        if isinstance(keep := record["keep"], int | float)
    }
    return label_of(
        kind,
        *([encoder] if encoder else []),
        *(methods if len(methods) <= 3 else [f"{len(methods)} methods"]),
        *(["keep", keep_text(*keeps.values())] if len(keeps) == 1 else []),
    )


def label_of(*parts: object) -> str:
    """The parts, with hyphens for what a label had better not hold."""
    words = (re.sub(r"[^A-Za-z0-9.+]+", "-", str(part)).strip("-") for part in parts)
    return "tab:" + "-".join(words)
