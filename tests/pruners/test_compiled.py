"""Compiled kernels and the NumPy path: the same indices, and one warning."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

PROGRAM = """
import json, sys, warnings
import numpy as np
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    from evtp.features import Features
    from evtp.pruners import Frame, select
    from evtp.pruners.method import METHODS
    found = {}
    rng = np.random.default_rng(5)
    for case in ("plain", "duplicates", "scaled", "equal", "zeros"):
        raw = rng.standard_normal((60, 32)).astype(np.float32) + 3
        if case == "duplicates":
            raw = raw[rng.integers(0, 20, 60)]
        if case == "scaled":  # equal only once they are normalised
            raw = raw[rng.integers(0, 20, 60)] * rng.integers(1, 8, (60, 1)).astype(np.float32)
        if case == "equal":
            raw[:] = raw[0]
        if case == "zeros":  # of which all others are equally far, but for rounding
            raw[rng.random(60) < 0.5] = 0.0
        extra = {n: rng.random(60) for n in ("attention", "middle_attention")}
        before = Frame(Features(np.where(rng.random((60, 1)) < 0.3, raw[::-1], raw), (6, 10)))
        features = Features(raw, (6, 10), keys=rng.standard_normal((60, 8)), **extra)
        frame = Frame(features, 1, before)
        for method in METHODS.names():
            for k in (1, 7, 33, 60):
                found[f"{case} {method} {k}"] = select(method, frame, k).indices.tolist()
    for case in range(20):  # both as far from their mean, but for rounding
        pair = Features(rng.standard_normal((2, 24)), (1, 2))
        found[f"pair {case}"] = select("evtp", pair, 1).indices.tolist()
json.dump({"found": found, "warnings": [str(w.message) for w in caught]}, sys.stdout)
"""


def run(**environment):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def compiled():
    return run()


def test_compiled_kernels_give_no_warning(compiled):
    assert compiled["warnings"] == []


@pytest.mark.parametrize(
    ("reason", "environment"),
    [
        ("NUMBA_DISABLE_JIT", {"NUMBA_DISABLE_JIT": "1"}),
        ("locator", {"NUMBA_CACHE_LOCATOR_CLASSES": "IPythonCacheLocator"}),
    ],
)
def test_without_them_the_indices_are_the_same_with_one_warning(compiled, reason, environment):
    plain = run(**environment)
    assert plain["found"] == compiled["found"]
    (warning,) = plain["warnings"]
    assert reason in warning
