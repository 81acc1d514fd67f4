"""Medians and quartiles of timings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evtp.pruners.timing import spread


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=9))
def test_quartiles_lie_within_what_was_measured(seconds):
    timed = spread(seconds)
    assert min(seconds) <= timed.low <= timed.median <= timed.high <= max(seconds)
