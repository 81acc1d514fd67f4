"""The optimum against exhaustive search, and greedy and the bound against the optimum."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from evtp.coverage.optimum import optimal_radius, radius_bound
from evtp.coverage.radii import coverage_radii
from evtp.features import Features
from evtp.features.geometry import Geometry
from evtp.pruners import select


def pairs(points):
    points = points.astype(np.float64)
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def frame(seed, side=3, width=4):
    rng = np.random.default_rng(seed)
    return Features(rng.normal(size=(side * side, width)).astype(np.float32))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_the_integer_program_equals_exhaustive_search(seed, k):
    distances = pairs(Geometry(frame(seed)).x)
    brute = min(distances[:, kept].min(axis=1).max() for kept in combinations(range(9), k))
    assert optimal_radius(distances, k) == pytest.approx(brute)
    assert radius_bound(distances, k) <= brute + 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_greedy_is_within_twice_the_optimum_in_its_own_space(seed):
    features = frame(seed, side=7)
    geometry = Geometry(features)
    joint = pairs(geometry.joint(geometry.adaptive_scale()))
    for method, distances, space in (
        ("evtp", joint, "joint"),
        ("kcenter", pairs(geometry.x), "feature"),
    ):
        greedy = getattr(coverage_radii(features, select(method, features, 6).indices), space)
        optimum = optimal_radius(distances, 6)
        assert optimum * (1 - 1e-5) <= greedy <= 2 * optimum * (1 + 1e-5)
        assert radius_bound(distances, 6) <= optimum + 1e-12


def test_theorem_1_holds_for_one_subset_in_both_spaces():
    """Coordinates only add to what a given subset says: log det grows with the kernel."""
    for seed in range(5):
        geometry = Geometry(frame(seed, side=6))
        kept = np.random.default_rng(seed).choice(36, 8, replace=False)
        nats = [
            np.linalg.slogdet(np.eye(8) + points[kept] @ points[kept].T / 0.1)[1]
            for points in (geometry.x, geometry.joint(geometry.adaptive_scale()))
        ]
        assert nats[0] <= nats[1]


def test_a_joint_pick_can_say_less_of_the_features_than_a_feature_pick():
    """The step of Theorem 1's proof that does not hold: its two picks are different subsets.

    Three groups of alike features, one far away in the grid: the grid makes joint k-center spend
    its budget within a group.
    """
    x = np.zeros((16, 3), np.float32)
    x[:, 0] = 1
    x[1], x[2] = (0, 1, 0), (0, 0, 1)
    geometry = Geometry(Features(x, (16, 1)))
    z = pairs(geometry.joint(20.0))
    best = min(combinations(range(16), 3), key=lambda kept: z[:, kept].min(axis=1).max())

    def nats(kept):
        chosen = geometry.x[list(kept)]
        return np.linalg.slogdet(np.eye(3) + chosen @ chosen.T / 0.1)[1]

    assert nats(best) < nats((0, 1, 2))
