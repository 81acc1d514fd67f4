"""The columns of the records and of the timings: one schema, with a version."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from ..coverage.cover import Cover
from ..coverage.measures import measure_all
from ..features.geometry import Geometry
from ..features.types import Features

FORMAT = "evtp-sweep"
VERSION = 2
"""2: what a method draws at random depends on the sample too, not on seed and frame alone."""

_ABOUT = [
    pa.field("sample", pa.string(), nullable=False),
    pa.field("frame", pa.int32(), nullable=False),
    pa.field("method", pa.string(), nullable=False),
    pa.field("seed", pa.int32(), nullable=False),
]
_RECORD = [
    *_ABOUT,
    pa.field("keep_ratio", pa.float64()),
    pa.field("keep_count", pa.int32()),
    pa.field("tokens", pa.int32(), nullable=False),
    pa.field("tokens_kept", pa.int32(), nullable=False),
]

TIMINGS = pa.schema(
    [
        *_ABOUT,
        pa.field("tokens_kept", pa.list_(pa.int32()), nullable=False),
        pa.field("geometry_seconds", pa.float64(), nullable=False),
        pa.field("select_seconds", pa.float64(), nullable=False),
        pa.field("measure_seconds", pa.float64(), nullable=False),
    ]
)
"""A row a frame, method and seed, since a nested method chooses for all budgets in one go."""


@cache
def statistics() -> tuple[str, ...]:
    """The keys of every measure of coverage, in alphabetical order."""
    tiny = Geometry(Features(np.eye(4), (2, 2)))
    return tuple(sorted(measure_all(Cover(tiny, np.array([0])))))


@cache
def records_schema() -> pa.Schema:
    """A row a frame, method, seed and budget."""
    return pa.schema(
        [
            *_RECORD,
            *(pa.field(name, pa.float64()) for name in statistics()),
            pa.field("objects", pa.int32()),
            pa.field("recovery_iou", pa.float64()),
            pa.field("recovery_f", pa.float64()),
            pa.field("recovery_ceiling_iou", pa.float64()),
            pa.field("pruning_macs", pa.int64()),
            pa.field("indices", pa.list_(pa.int32())),
        ]
    )


def missing_is_null(value: Any) -> Any:
    """None for NaN, which stands for a missing statistic."""
    return None if value != value else value
