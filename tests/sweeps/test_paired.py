"""Paired differences between methods against NumPy's and SciPy's."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import bootstrap

from evtp.sweeps.paired import paired


def records_of(gains):
    """Objects and seeds of a method `mine` that gains so much over `evtp` on each frame."""
    rng = np.random.default_rng(2)
    return [
        {"sample": sample, "frame": frame, "method": method, "seed": seed, "keep": 0.1,
         "object": thing, "iou": rng.random() + (gain if method == "mine" else 0)}
        for sample, found in gains.items()
        for frame, gain in enumerate(found)
        for method in ("evtp", "mine")
        for seed in range(3 if method == "mine" else 1)
        for thing in "ab"
    ]  # fmt: skip


def differences(records):
    """By sample and frame, from means of means."""
    table = pd.DataFrame(records).groupby(["method", "sample", "frame", "seed"]).iou.mean()
    means = table.groupby(["method", "sample", "frame"]).mean()
    return means["mine"] - means["evtp"]


def test_the_median_and_the_count_are_of_frames_after_the_mean_over_seeds():
    records = records_of({"a": [0.1, 0.3], "b": [-0.2], "c": [0.0, 0.4]})
    expected = differences(records)
    ((group, found),) = paired(records, "evtp", "iou").items()
    assert group == ("mine", float, 0.1)
    assert (found["against"], found["frames"]) == ("evtp", 5)
    assert found["iou_gain"] == pytest.approx(expected.median())
    assert found["better"] == (expected > 0).sum()


def test_the_interval_is_that_of_all_ways_to_draw_the_samples():
    records = records_of({"a": [0.1, 0.3], "b": [-0.2], "c": [0.0, 0.4, 0.2], "d": [0.9]})
    expected = differences(records)
    frames = [expected[name].to_numpy() for name in "abcd"]
    every = [np.median(np.concatenate(drawn)) for drawn in product(frames, repeat=4)]
    (found,) = paired(records, "evtp", "iou").values()
    for end, share in (("low", 0.025), ("high", 0.975)):
        around = np.quantile(every, [share - 0.015, share + 0.015])
        assert around[0] <= found[f"iou_gain_{end}"] <= around[1]


def test_the_interval_of_single_frames_is_scipys():
    gains = np.random.default_rng(5).normal(0.1, 0.3, 200)
    records = records_of({f"{number}": [gain] for number, gain in enumerate(gains)})
    expected = bootstrap(
        (differences(records).to_numpy(),), np.median, method="percentile", rng=1
    ).confidence_interval
    (found,) = paired(records, "evtp", "iou").values()
    assert found["iou_gain_low"] == pytest.approx(expected.low, abs=0.02)
    assert found["iou_gain_high"] == pytest.approx(expected.high, abs=0.02)


def test_one_sample_has_no_interval_and_kinds_are_kept_apart():
    records = [{"scene": "flat", **r} for r in records_of({"a": [0.1, 0.2]})]
    records += [{"scene": "alike", **r} for r in records_of({"b": [5.0]})]
    found = paired(records, "evtp", "iou", by=["scene"])
    assert {group[0]: each["frames"] for group, each in found.items()} == {"flat": 2, "alike": 1}
    assert {each["iou_gain_low"] for each in found.values()} == {None}
