"""Records that the tests of tables, figures and audit share."""

from __future__ import annotations

import pytest

from evtp.flops import count, datasets


@pytest.fixture(scope="session")
def flops_records():
    return [
        record
        for accounting in ("paper", "architecture")
        for name in datasets()
        for keep in (1.0, 0.2, 0.1, 0.05)
        for record in count(dataset=name, keep=keep, accounting=accounting).records()
    ]


@pytest.fixture(scope="session")
def cover_records():
    """Summarised coverage of made-up methods: the better the method, the smaller its radii."""
    methods = ("evtp", "kcenter", "divprune", "tome", "vispruner", "visionzip", "random")
    return [
        {
            "method": method,
            "keep": keep,
            "share_kept": keep,
            **{
                f"{space}_radius_{part}": 1 + 0.1 * rank - keep + away
                for space in ("feature", "spatial", "joint")
                for part, away in (("median", 0.0), ("q1", -0.05), ("q3", 0.05))
            },
        }
        for rank, method in enumerate(methods)
        for keep in (0.05, 0.1, 0.2)
    ]


@pytest.fixture(scope="session")
def timing_records():
    """Made-up latencies of the language model: its count at one rate, and half a second."""
    records = []
    for name, layout in (("refcoco", "concat"), ("revos", "concat"), ("revos", "ovp")):
        for keep in (1.0, 0.2, 0.1):
            counted = count(dataset=name, keep=keep, accounting="architecture", layout=layout)
            macs = counted.by_module["language_model"]
            seconds = 0.5 + macs / 1e12
            records.append(
                {
                    "stage": "language_model",
                    "dataset": name,
                    "layout": layout,
                    "sequence_length": counted.sequence_length,
                    "macs": macs,
                    "macs_per_second": macs / seconds,
                    "seconds": seconds,
                    "seconds_low": 0.9 * seconds,
                    "seconds_high": 1.2 * seconds,
                }
            )
    return records
