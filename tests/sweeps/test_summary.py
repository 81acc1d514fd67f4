"""Medians and spreads over frames and seeds."""

from __future__ import annotations

import math

import pytest

from evtp.sweeps.summary import summarise


def record(value, sample="a", frame=0, seed=0, method="random", keep=0.1):
    return {
        "method": method,
        "keep": keep,
        "tokens": 10,
        "tokens_kept": 1,
        "sample": sample,
        "frame": frame,
        "seed": seed,
        "radius": value,
    }


def test_spread_over_frames_and_over_seeds_are_kept_apart():
    records = [record(1, "a", seed=0), record(3, "a", seed=1), record(5, "b", seed=0)]
    records.append(record(7, "b", seed=1))
    (summary,) = summarise(records, ["radius"])
    assert summary["radius_median"] == 4
    assert (summary["radius_q1"], summary["radius_q3"]) == (3, 5)  # of the frames' means 2 and 6
    assert summary["radius_seed_std"] == pytest.approx(math.sqrt(2))  # of the seeds' 3 and 5
    assert (summary["frames"], summary["seeds"]) == (2, 2)


def test_the_spread_of_one_frame_or_one_seed_is_missing_not_zero():
    (summary,) = summarise([record(1.0)], ["radius"])
    assert summary["radius_median"] == 1.0
    assert summary["radius_q1"] is None
    assert summary["radius_q3"] is None
    assert summary["radius_seed_std"] is None


def test_missing_values_are_left_out_and_a_statistic_without_any_is_missing():
    (summary,) = summarise([record(None), record(math.nan, "b"), record(2.0, "c")], ["radius"])
    assert summary["radius_median"] == 2.0
    (summary,) = summarise([record(None)], ["radius"])
    assert summary["radius_median"] is None


def test_two_frames_of_another_scale_do_not_decide_what_twelve_show():
    frames = [record(1 + i / 100, str(i)) for i in range(10)]
    (plain,) = summarise(frames, ["radius"])
    (scaled,) = summarise([*frames, record(500, "x"), record(900, "y")], ["radius"])
    assert scaled["radius_median"] == pytest.approx(plain["radius_median"], rel=0.02)


def test_counts_that_differ_between_frames_are_missing_and_their_share_is_not():
    frames = [record(1.0) | {"tokens": n, "tokens_kept": k} for n, k in ((10, 1), (81, 8), (20, 2))]
    (mixed,) = summarise(frames, ["radius"])
    assert (mixed["tokens"], mixed["tokens_kept"]) == (None, None)
    assert mixed["share_kept"] == 0.1
    (even,) = summarise(frames[:1] * 2, ["radius"])
    assert (even["tokens"], even["tokens_kept"], even["share_kept"]) == (10, 1, 0.1)


def test_methods_and_keeps_stay_apart_in_order():
    records = [record(1, keep=1), record(2, keep=1.0), record(3, method="evtp", keep=1)]
    keys = [(summary["method"], summary["keep"]) for summary in summarise(records, ["radius"])]
    assert [(method, type(keep)) for method, keep in keys] == [
        ("random", int),
        ("random", float),
        ("evtp", int),
    ]
