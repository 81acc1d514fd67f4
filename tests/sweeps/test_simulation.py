"""The simulation against what can be reckoned by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.sweeps.simulation import Machines, Work, simulate


@given(tasks=st.integers(1, 200), count=st.integers(1, 5), cores=st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_equal_tasks_run_in_waves(tasks, count, cores):
    outcome = simulate(Work(tasks, 2.0), Machines(count, cores))
    assert outcome.seconds == pytest.approx(2.0 * math.ceil(tasks / (count * cores)))
    assert outcome.efficiency == pytest.approx(tasks * 2.0 / (outcome.seconds * count * cores))


def test_a_driver_that_dispatches_slower_than_tasks_end_is_the_bound():
    outcome = simulate(Work(100, 1.0, dispatch_seconds=0.5), Machines(10, 1))
    assert outcome.seconds == pytest.approx(100 * 0.5 + 1.0)


def test_reading_shares_the_network_of_a_machine_and_the_storage_of_all():
    narrow = simulate(Work(8, 1.0, bytes=100.0), Machines(2, 4, network=200.0))
    assert narrow.seconds == pytest.approx(1.0 + 4 * 100 / 200)
    shared = simulate(Work(8, 1.0, bytes=100.0), Machines(2, 4, storage=200.0))
    assert shared.seconds == pytest.approx(1.0 + 8 * 100 / 200)


@given(seed=st.integers(0, 1000), life=st.floats(3.0, 50.0))
@settings(max_examples=40, deadline=None)
def test_every_task_ends_however_many_machines_are_lost(seed, life):
    machines = Machines(3, 2, mean_life=life, replacement=1.0)
    outcome = simulate(Work(60, 1.0), machines, seed)
    # No less than without faults, and the cores never do more than one second a second.
    assert outcome.seconds >= 10.0 - 1e-9
    assert outcome.efficiency <= 1.0 + 1e-9
    assert outcome.lost_tasks <= outcome.lost_machines * machines.cores


def test_a_short_life_costs_time():
    calm = simulate(Work(600, 1.0), Machines(3, 2))
    stormy = simulate(Work(600, 1.0), Machines(3, 2, mean_life=20.0, replacement=5.0))
    assert stormy.lost_machines > 0
    assert stormy.seconds > calm.seconds


def test_stragglers_lengthen_the_tail_by_their_factor_at_most():
    calm = simulate(Work(1000, 1.0), Machines(5, 2))
    slow = simulate(Work(1000, 1.0), Machines(5, 2, straggler_share=0.02, straggler_factor=10.0))
    assert calm.seconds < slow.seconds < calm.seconds * (1 + 0.02 * 9 * 2) + 10.0


def test_the_spread_of_tasks_keeps_their_mean():
    outcome = simulate(Work(20_000, 1.0, spread=0.4), Machines(1, 1))
    assert outcome.seconds == pytest.approx(20_000, rel=0.02)
