"""The certificate against the true optimum, by exhaustive search."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.coverage.cover import Cover
from evtp.coverage.lower_bound import radius_lower_bound
from evtp.coverage.measures import MEASURES
from evtp.coverage.radii import radii_of
from evtp.features import Features
from evtp.features.geometry import Geometry
from evtp.pruners import select


def joint_points(geometry, scale):
    return np.hstack([geometry.x, scale * geometry.p]).astype(np.float64)


def smallest_radius(z, k):
    """The smallest covering radius of any k of the points, by trying them all."""
    distances = np.linalg.norm(z[:, None] - z[None], axis=2)
    return min(
        distances[:, list(kept)].min(axis=1).max()
        for kept in itertools.combinations(range(len(z)), k)
    )


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(1, 3),
    columns=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([0.0, 0.5, 2.0, 20.0]),
    data=st.data(),
)
def test_the_bound_never_exceeds_the_optimum_and_is_at_least_half_of_greedys(
    rows, columns, seed, scale, data
):
    tokens = rows * columns
    raw = np.random.default_rng(seed).standard_normal((tokens, 3)).astype(np.float32)
    geometry = Geometry(Features(raw, (rows, columns)))
    kept = data.draw(st.integers(1, tokens))
    bound = radius_lower_bound(geometry, kept, scale)
    optimum = smallest_radius(joint_points(geometry, scale), kept)
    slack = 1e-5 * (1 + scale)
    assert bound <= optimum + slack
    # Greedy is within twice the optimum, and its radius is twice the bound.
    assert 2 * bound <= 2 * optimum + slack


def test_smaller_budgets_are_answered_from_the_run_of_a_larger_one():
    rng = np.random.default_rng(0)
    raw = rng.standard_normal((25, 6)).astype(np.float32)
    shared = Geometry(Features(raw))
    radius_lower_bound(shared, 20, 1.0)
    for kept in (1, 5, 19):
        alone = Geometry(Features(raw))
        assert radius_lower_bound(shared, kept, 1.0) == radius_lower_bound(alone, kept, 1.0)
        assert radius_lower_bound(shared, kept, 3.0) == radius_lower_bound(alone, kept, 3.0)


def test_every_cover_has_a_certificate_of_at_least_one():
    rng = np.random.default_rng(3)
    geometry = Geometry(Features(rng.standard_normal((49, 6)).astype(np.float32)))
    certificate = MEASURES.load("certificate")
    for kept in (1, 4, 25, 48, 49):
        indices = rng.choice(49, kept, replace=False)
        assert certificate(Cover(geometry, indices))["certificate"] >= 1.0


@pytest.fixture
def two_pairs_of_duplicates():
    raw = np.array([[1, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    return Geometry(Features(raw, (2, 2)))


def certificate_of(geometry, kept):
    return MEASURES.load("certificate")(Cover(geometry, np.array(kept), scale=0.0))["certificate"]


def test_a_radius_of_zero_is_optimal_also_where_the_bound_is_zero(two_pairs_of_duplicates):
    assert certificate_of(two_pairs_of_duplicates, [0, 2]) == 1.0


def test_where_only_the_bound_is_zero_there_is_no_certificate(two_pairs_of_duplicates):
    assert np.isnan(certificate_of(two_pairs_of_duplicates, [0, 1]))


@pytest.mark.parametrize("method", ["evtp", "divprune", "stride"])
def test_it_is_twice_the_radius_over_that_of_evtp(method):
    """What the note below a table says of it."""
    rng = np.random.default_rng(5)
    frame = Features(rng.standard_normal((81, 12)).astype(np.float32))
    geometry = Geometry(frame)
    one, evtp = (Cover(geometry, select(name, frame, 9).indices) for name in (method, "evtp"))
    found = MEASURES.load("certificate")(one)["certificate"]
    assert found == pytest.approx(2 * radii_of(one).joint / radii_of(evtp).joint, rel=1e-5)
