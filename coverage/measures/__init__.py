"""The measures of coverage: a file here is a measure, named after the file.

A measure module holds ``measure(cover) -> dict[str, float]``; its keys are record keys, and its
docstring says what each is, with its unit and source. ``SCALED`` names those of them that are
distances in [x ; lambda p]: their unit is the frame's own.
"""

from __future__ import annotations

import sys
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
def scaled() -> frozenset[str]:
    """The statistics in a unit of the frame's own, whose values do not compare between frames."""
    modules = (sys.modules[measure.__module__] for measure in _loaded())
    return frozenset(key for module in modules for key in getattr(module, "SCALED", ()))


@cache
def _loaded() -> tuple[Measure, ...]:
    # Listing the folder for every cover of a sweep would cost more than some measures do.
    return tuple(measure for _, measure in MEASURES)
