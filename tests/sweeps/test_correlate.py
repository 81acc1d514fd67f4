"""Coverage statistics against outcomes: few methods, missing values, frames of unlike scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from evtp.sweeps.correlate import LEAST_METHODS, VIEWS, correlate, points_of

METHODS = {"evtp": 0.1, "random": 0.5, "fps": 0.9, "stride": 1.2}
VALUES = [f"{view}{end}" for view in VIEWS for end in ("", "_low", "_high")]


def point(sample, method, radius, iou, **more):
    about = {"sample": sample, "frame": 0, "method": method, "seed": 0, "keep": 0.1}
    about |= {"tokens": 10, "tokens_kept": 1}
    return {**about, "joint_radius": radius, "iou": iou, **more}


@pytest.mark.parametrize("replicates", [0, 5])
def test_a_statistic_without_a_value_is_missing_and_spoils_no_other(replicates):
    points = [
        point(sample, method, radius, radius, packing=None)
        for sample in "ab"
        for method, radius in METHODS.items()
    ]
    radius, packing = correlate(points, "iou", replicates, seed=0)
    assert (radius["statistic"], packing["statistic"]) == ("joint_radius", "packing")
    assert radius["within_frame"] == pytest.approx(1.0)
    assert packing["points"] == 0
    assert packing.keys() == radius.keys()
    assert {packing[key] for key in VALUES} == {None}


@given(factor=st.floats(1e-3, 1e3))
def test_the_unit_of_a_frames_joint_space_changes_no_correlation(factor):
    rng = np.random.default_rng(0)
    points = [
        point(sample, method, *rng.random(2), feature_radius=rng.random())
        for sample in "abc"
        for method in METHODS
    ]
    other = [
        {**p, "joint_radius": p["joint_radius"] * (factor if p["sample"] == "b" else 1)}
        for p in points
    ]
    for found, again in zip(
        correlate(points, "iou", 5, seed=0), correlate(other, "iou", 5, seed=0), strict=True
    ):
        assert found["statistic"] == again["statistic"]
        for key in VALUES:
            assert found[key] == pytest.approx(again[key], abs=1e-9)


@pytest.mark.parametrize("seeds", [1, 2, 9])
def test_seeds_do_not_multiply_the_weight_of_a_method(seeds):
    rng = np.random.default_rng(1)
    records = [
        {**point("a", method, radius, *rng.random(1)), "seed": seed, "object": thing, "lost": False}
        for method in METHODS
        for seed in range(seeds if method == "random" else 1)
        for radius in rng.random(1)
        for thing in "xyz"
    ]
    means = pd.DataFrame(records).groupby("method")[["joint_radius", "iou"]].mean()
    (found,) = correlate(points_of(records), "iou", 0, seed=0)
    assert found["points"] == len(METHODS)
    for view in ("across", "within_ratio", "within_frame"):
        assert found[view] == pytest.approx(spearmanr(means.joint_radius, means.iou).statistic)


def test_a_value_that_only_some_seeds_have_is_their_mean():
    values = [None, 2.0, float("inf"), 4.0]
    records = [{**point("a", "random", v, 0.5), "seed": s} for s, v in enumerate(values)]
    (found,) = points_of(records)
    assert found["joint_radius"] == 3.0
    assert points_of(records[:1])[0]["joint_radius"] is None


def test_fewer_methods_than_say_anything_correlate_with_nothing():
    few = list(METHODS)[: LEAST_METHODS - 1]
    points = [point(sample, m, METHODS[m], METHODS[m]) for sample in "abcdef" for m in few]
    (radius,) = correlate(points, "iou", 5, seed=0)
    assert radius["points"] == 18
    assert {radius[key] for key in VALUES} == {None}
