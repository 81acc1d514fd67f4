"""Names as a paper writes them, for the ids that commands and records use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from .cost import module_title
from .published import method_titles
from .settings import DATASETS
from .table import Record, Table

METHODS = {
    "dpp": "DPP",
    "evs": "EVS",
    "facility-location": "Facility location",
    "hiprune": "HiPrune",
    "scope": "SCOPE",
    "stride": "Stride",
    "topk": "Top-k",
}
"""Methods that the paper's tables lack."""

MODELS = {
    "clip-l-336": "CLIP-L/14-336",
    "instructseg": "InstructSeg",
    "llava-1.5-13b": "LLaVA-1.5-13B",
    "llava-1.5-7b": "LLaVA-1.5-7B",
    "llava-1.6-7b": "LLaVA-1.6-7B",
    "llava-onevision-7b": "LLaVA-OneVision-7B",
    "mask2former-swin-b": "Mask2Former (Swin-B)",
    "phi-2": "Phi-2",
    "qwen2.5-vl-7b": "Qwen2.5-VL-7B",
    "sam-vit-h": "SAM ViT-H",
    "siglip-so400m-384": "SigLIP so400m/14-384",
    "swin-b": "Swin-B",
}


@cache
def _names() -> dict[str, dict[str, str]]:
    """Names by the key of the column that they stand in, then by id."""
    methods = {method: title.partition(" (")[0] for method, title in method_titles().items()}
    return {"method": methods | METHODS, "dataset": DATASETS, "model": MODELS}


@cache
def _ids() -> re.Pattern[str]:
    # Methods are left out: `random` and `scope` are words too. The longest id is tried first.
    ids = sorted((*DATASETS, *MODELS), key=len, reverse=True)
    return re.compile(rf"(?<![\w/.`-])(?:{'|'.join(map(re.escape, ids))})(?![\w/+`-])")


def sentence(text: str) -> str:
    """`text` with every data set and model by name."""
    known = DATASETS | MODELS
    return _ids().sub(lambda found: known[found[0]], text)


def method_name(method: str) -> str:
    """A method's name, or its id where it has none."""
    return _names()["method"].get(method, method)


def named(table: Table) -> Table:
    """The table with names for ids wherever people read them; its records stay as they are."""
    methods = _names()["method"]
    return replace(
        table,
        title=sentence(table.title),
        columns=[replace(c, title=methods.get(c.title, sentence(c.title))) for c in table.columns],
        rows=[_row(row) for row in table.rows],
        records=table.machine_records,
        meta={key: _value(value) for key, value in table.meta.items()},
        notes=[sentence(note) for note in table.notes],
    )


def _row(row: Record) -> Mapping[str, object]:
    shown = dict(row)
    for key, names in _names().items():
        if key in row:
            shown[key] = names.get(str(row[key]), row[key])
    if isinstance(module := row.get("module"), str):
        shown["module"] = module_title(module)
    for key in ("figure", "change"):
        if isinstance(value := row.get(key), str):
            shown[key] = sentence(value)
    return shown


def _value(value: object) -> object:
    return sentence(value) if isinstance(value, str) else value
