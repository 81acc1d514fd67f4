"""Records of methods on a sample."""

from __future__ import annotations

import numpy as np

from evtp.coverage.radii import coverage_radii
from evtp.features import Clip
from evtp.features.cache import Sample
from evtp.pruners import select
from evtp.pruners.method import load
from evtp.sweeps.evaluate import KEYS, evaluate


def test_a_record_a_frame_method_seed_and_keep_says_what_it_is_about_first():
    rng = np.random.default_rng(0)
    clip = Clip(rng.normal(size=(2, 16, 4)).astype(np.float32))
    records = list(evaluate(Sample("s", clip), [load("evtp"), load("random")], [0.25, 3], seeds=2))
    assert {tuple(record)[: len(KEYS)] for record in records} == {KEYS}
    assert [tuple(record[key] for key in KEYS) for record in records[:6]] == [
        ("s", 0, "evtp", 0, 0.25, 16, 4),
        ("s", 0, "evtp", 0, 3, 16, 3),
        ("s", 0, "random", 0, 0.25, 16, 4),
        ("s", 0, "random", 0, 3, 16, 3),
        ("s", 0, "random", 1, 0.25, 16, 4),
        ("s", 0, "random", 1, 3, 16, 3),
    ]
    assert [record["frame"] for record in records[6:]] == [1] * 6
    kept = select("evtp", clip[1], 3).indices
    assert records[7]["joint_radius"] == coverage_radii(clip[1], kept).joint
