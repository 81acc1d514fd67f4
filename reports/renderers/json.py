"""JSON of the raw records and what they depend on, for programs."""

from __future__ import annotations

import json
import math

from ..table import Table
from . import Surface

SUFFIXES = (".json",)


def render(table: Table, surface: Surface) -> str:
    """``{"meta": ..., "records": [...]}``; NaN, which JSON lacks, becomes null."""
    records = [
        {key: None if _is_nan(value) else value for key, value in record.items()}
        for record in table.machine_records
    ]
    stamp = {key: None if _is_nan(value) else value for key, value in table.meta.items()}
    meta = {"title": table.title, **stamp, "notes": list(table.notes)}
    return (
        json.dumps(
            {"meta": meta, "records": records}, indent=1, ensure_ascii=False, allow_nan=False
        )
        + "\n"
    )


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
