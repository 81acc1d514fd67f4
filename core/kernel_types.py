"""Types of the arrays that compiled kernels take, imported by kernels only."""

from __future__ import annotations

from numba import boolean, float32, float64, int64, uint16, uint32, void
from numba.types import Array  # type: ignore[attr-defined]  # set at run time

RAW = Array(float32, 2, "C", readonly=True)
"""Features as they were given: a cache's are a view of a file that cannot be written."""

NORMS = Array(float64, 1, "C", readonly=True)
PLACES = Array(float64, 2, "C", readonly=True)
POINTS = RAW
"""What a frame's geometry lends: nobody may write into what all methods share."""

HALVES = Array(uint16, 1, "C", readonly=True)

REALS, TABLE = float64[::1], float64[:, ::1]
SINGLES, SINGLE_TABLE = float32[::1], float32[:, ::1]
INDICES, TOKENS, WORDS = int64[::1], int64[:, ::1], uint32[::1]

__all__ = [
    "HALVES",
    "INDICES",
    "NORMS",
    "PLACES",
    "POINTS",
    "RAW",
    "REALS",
    "SINGLES",
    "SINGLE_TABLE",
    "TABLE",
    "TOKENS",
    "WORDS",
    "boolean",
    "float64",
    "int64",
    "void",
]
