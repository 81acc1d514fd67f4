"""Rank correlation and its bootstrap, against SciPy on repeated data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evtp.segmentation.correlation import (
    Estimate,
    partial_spearman,
    spearman,
    two_way_bootstrap,
    within,
)

values = st.lists(st.integers(0, 6), min_size=5, max_size=25)


@given(values, st.integers(0, 1000))
def test_weighted_spearman_is_scipys_on_repeated_points(x, seed):
    rng = np.random.default_rng(seed)
    x = np.array(x, float)
    y = rng.integers(0, 6, len(x)).astype(float)
    counts = rng.integers(0, 4, (3, len(x)))
    found = spearman(x, y, counts.astype(float))
    for rho, count in zip(found, counts, strict=True):
        a, b = np.repeat(x, count), np.repeat(y, count)
        if len(set(a)) < 2 or len(set(b)) < 2:
            assert np.isnan(rho)
        else:
            assert rho == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-9)


def test_partial_removes_what_only_the_third_explains():
    rng = np.random.default_rng(0)
    z = rng.normal(size=4000)
    x, y = z + 0.5 * rng.normal(size=4000), z + 0.5 * rng.normal(size=4000)
    once = np.ones((1, 4000))
    assert spearman(x, y, once)[0] > 0.7
    assert abs(partial_spearman(x, y, z, once)[0]) < 0.06


def test_within_sees_a_relation_that_strata_reverse():
    x = np.array([0.0, 1, 2, 10, 11, 12])
    y = np.array([12.0, 11, 10, 22, 21, 20])
    strata = [np.arange(3), np.arange(3, 6)]
    once = np.ones((1, 6))
    assert spearman(x, y, once)[0] > 0
    assert within(x, y, strata, once)[0] == -1


def test_the_bootstrap_draws_rows_and_columns_whole_and_the_same_for_a_seed():
    rows, columns = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    weights = two_way_bootstrap(rows, columns, 200, seed=1)
    assert (weights == two_way_bootstrap(rows, columns, 200, seed=1)).all()
    tables = weights.reshape(200, 4, 3)
    assert (tables.sum(axis=(1, 2)) == 12).all()
    for table in tables:
        assert np.linalg.matrix_rank(table) == 1


def test_an_interval_holds_the_middle_of_the_replicates():
    estimate = Estimate.of(50.0, np.append(np.arange(101.0), np.nan))
    assert (estimate.low, estimate.high) == pytest.approx((2.5, 97.5))
    assert np.isnan(Estimate.of(0.0, np.array([])).low)
