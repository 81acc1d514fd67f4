"""Repeated timings: their order, their spread, and the scaling from a few layers to all."""

from __future__ import annotations

import itertools
import statistics
import time

import pytest

from evtp.timing.samples import Timing, in_turn, ratio, scaled


def test_calls_are_timed_in_turn_so_that_drift_meets_all_alike():
    order = []
    calls = {name: lambda name=name: order.append(name) for name in "abc"}
    clock = itertools.count(1)

    def seconds(call):
        call()
        return float(next(clock))

    found = in_turn(calls, seconds, rounds=3, limit=60)
    assert order == list("abc" * 3)
    assert found["b"].samples == (2.0, 5.0, 8.0)


def test_beyond_the_limit_there_is_a_second_round_and_no_third():
    def seconds(call):
        time.sleep(0.01)
        return 1.0

    assert len(in_turn({"a": None}, seconds, rounds=9, limit=0)["a"].samples) == 2


def test_the_median_and_quartiles_are_those_of_the_samples():
    timing = Timing((5.0, 1.0, 2.0, 9.0, 3.0))
    assert timing.seconds == 3.0
    assert timing.quartiles == (2.0, 5.0)
    assert statistics.median(timing.samples) == timing.seconds


def test_a_single_round_has_no_spread():
    assert Timing((4.0,)).quartiles == (4.0, 4.0)


def test_scaling_repeats_the_layers_and_not_what_is_around_them():
    # 2 of 10 layers of 3 s each, beside 1 s for the rest.
    assert scaled(Timing((7.0,)), Timing((1.0,)), 2, 10).samples == (31.0,)


def test_layers_that_seem_to_take_less_than_nothing_take_nothing():
    assert scaled(Timing((1.0, 7.0)), Timing((2.0, 1.0)), 1, 4).samples == (2.0, 25.0)


def test_a_ratio_is_taken_round_by_round():
    # Both are three times slower in the second round: the ratio is not.
    assert ratio([4.0, 12.0], [2.0, 6.0]).seconds == pytest.approx(2.0)
