"""The measures of cover: a file here is a measure, named after the file.

A measure module holds ``measure(cover) -> dict[str, float]``; its keys are record keys, and its
docstring says what each is, with its unit and source.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ...core.registry import Registry
from ..cover import Cover

Measure = Callable[[Cover], dict[str, float]]

MEASURES: Registry[Measure] = Registry("measure", __name__, "measure")


def measure_all(cover: Cover) -> dict[str, float]:
    """Every statistic of every measure, by record key."""
    return {key: value for measure in _loaded() for key, value in measure(cover).items()}


@cache
def _loaded() -> tuple[Measure, ...]:
    # Listing the folder for every cover of a sweep would cost more than some measures do.
    return tuple(measure for _, measure in MEASURES)
