"""The keep ratio where pruning begins to cost more than it saves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evtp.timing.break_even import break_even


def line(base, slope, ratios):
    return {ratio: base + slope * ratio for ratio in ratios}


def test_a_constant_pruner_breaks_even_where_the_saving_is_its_time():
    # The rest takes 1 + 10 r, so keeping r saves 10 (1 - r): 2 seconds of it at 80 %.
    ratios = (0.1, 0.5, 1.0)
    assert break_even(line(1, 10, ratios), {0.1: 2.0, 0.5: 2.0}) == pytest.approx(0.8)


def test_a_pruner_whose_time_grows_is_carried_on_to_keeping_all():
    # It takes 2 r, so 10 (1 - r) = 2 r.
    ratios = (0.1, 0.5, 1.0)
    assert break_even(line(1, 10, ratios), {0.1: 0.2, 0.5: 1.0}) == pytest.approx(10 / 12)


def test_a_pruner_that_never_pays_has_no_break_even():
    assert break_even(line(1, 10, (0.1, 0.5, 1.0)), {0.1: 20.0, 0.5: 20.0}) is None


def test_one_that_pays_at_small_ratios_only_breaks_even_between_those_measured():
    # At 10 % it saves 9 for 5 seconds, at 50 % it saves 5 for 7.
    assert 0.1 < break_even(line(1, 10, (0.1, 0.5, 1.0)), {0.1: 5.0, 0.5: 7.0}) < 0.5


@given(
    st.floats(0.1, 100),
    st.lists(st.floats(0.001, 120), min_size=2, max_size=5),
)
def test_it_is_the_last_ratio_of_a_fine_grid_that_saves_time(slope, own):
    ratios = np.linspace(0.05, 0.8, len(own))
    rest = line(1, slope, (*ratios, 1.0))
    last = own[-1]
    if len(own) > 1:
        step = (own[-1] - own[-2]) / (ratios[-1] - ratios[-2])
        last += max(0.0, step) * (1 - ratios[-1])
    fine = np.linspace(0.05, 1, 20001)
    saved = slope * (1 - fine) - np.interp(fine, [*ratios, 1.0], [*own, last])
    # Between two measured ratios that lose it may look as if it saved; neither was measured.
    assume(saved[np.searchsorted(fine, ratios)].max() > 1e-3 or saved.max() < -1e-3)
    found = break_even(rest, dict(zip(ratios, own, strict=True)))
    if saved.max() < 0:
        assert found is None
    else:
        assert found == pytest.approx(fine[saved > 0].max(), abs=1e-3)
