"""Every measure of coverage: the contract, and each against a plain computation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.coverage.cover import Cover, covers_of
from evtp.coverage.measures import MEASURES, measure_all
from evtp.coverage.radii import coverage_radii
from evtp.features import Features
from evtp.features.geometry import Geometry


@st.composite
def covers(draw):
    """A random frame and a random set of kept tokens."""
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    raw = rng.standard_normal((rows * columns, 4)).astype(np.float32)
    if draw(st.booleans()):
        raw[:] = raw[rng.integers(0, len(raw), len(raw))]  # duplicates among the tokens
    kept = draw(st.sets(st.integers(0, rows * columns - 1), min_size=1))
    return Geometry(Features(raw, (rows, columns))), np.array(sorted(kept))


@pytest.mark.parametrize("name", MEASURES.names())
def test_a_measure_gives_finite_or_missing_numbers_and_is_documented(name):
    rng = np.random.default_rng(0)
    geometry = Geometry(Features(rng.standard_normal((30, 6)).astype(np.float32), (5, 6)))
    values = MEASURES.load(name)(Cover(geometry, np.array([3, 11, 29])))
    assert values
    for key, value in values.items():
        assert key.isidentifier()
        assert key == key.lower()
        assert math.isfinite(value)
    assert MEASURES.summary(name).endswith(".")


def test_no_two_measures_share_a_key():
    cover = Cover(Geometry(Features(np.eye(9, dtype=np.float32))), np.array([0, 4]))
    keys = [key for _, measure in MEASURES for key in measure(cover)]
    assert len(keys) == len(set(keys))


@settings(max_examples=80, deadline=None)
@given(covers())
def test_the_joint_radius_bounds_the_other_two(case):
    geometry, kept = case
    cover = Cover(geometry, kept)
    values = measure_all(cover)
    slack = 1e-5 * (1 + values["joint_radius"])
    assert values["feature_radius"] <= values["joint_radius"] + slack
    assert cover.scale * values["spatial_radius"] <= values["joint_radius"] + slack


@settings(max_examples=80, deadline=None)
@given(covers(), st.randoms(use_true_random=False))
def test_adding_a_token_never_raises_a_radius(case, random):
    geometry, kept = case
    others = sorted(set(range(geometry.tokens)) - set(kept.tolist()))
    if not others:
        return
    before = measure_all(Cover(geometry, kept))
    after = measure_all(Cover(geometry, np.append(kept, random.choice(others))))
    for key in ("feature_radius", "spatial_radius", "joint_radius", "mean_distance"):
        assert after[key] <= before[key] + 1e-5 * (1 + before[key])
    assert after["cells_covered"] >= before["cells_covered"]


@settings(max_examples=80, deadline=None)
@given(covers(), st.data())
def test_what_a_cover_by_fewer_tokens_found_changes_no_answer(case, data):
    geometry, kept = case
    fewer = data.draw(st.sets(st.sampled_from(kept.tolist()), min_size=1).map(sorted))
    alone = [Cover(geometry, choice) for choice in (kept, np.array(fewer))]
    together = covers_of(geometry, [kept, np.array(fewer)])
    for one, other in zip(alone, together, strict=True):
        assert measure_all(one) == pytest.approx(measure_all(other), abs=0, rel=0, nan_ok=True)
        for space in ("feature", "spatial", "joint"):
            mine, its = getattr(one.nearest, space), getattr(other.nearest, space)
            np.testing.assert_array_equal(mine.owner, its.owner)
            np.testing.assert_array_equal(mine.distance, its.distance)


@settings(max_examples=40, deadline=None)
@given(covers())
def test_keeping_every_token_covers_completely(case):
    geometry, _ = case
    values = measure_all(Cover(geometry, np.arange(geometry.tokens)))
    for key in ("feature_radius", "spatial_radius", "joint_radius", "mean_distance"):
        assert values[key] == 0.0
    assert values["cells_covered"] == 1.0


@settings(max_examples=40, deadline=None)
@given(covers())
def test_packing_is_the_smallest_joint_distance_of_two_kept_tokens(case):
    geometry, kept = case
    cover = Cover(geometry, kept)
    z = np.hstack([geometry.x, cover.scale * geometry.p]).astype(np.float64)[kept]
    pairs = [
        float(np.linalg.norm(z[i] - z[j])) for i in range(len(z)) for j in range(i) if len(z) > 1
    ]
    found = MEASURES.load("packing")(cover)["packing"]
    if pairs:
        assert found == pytest.approx(min(pairs), rel=1e-6, abs=1e-6 * (1 + cover.scale))
    else:
        assert math.isnan(found)


def test_cells_covered_counts_the_neighbourhood_and_stops_at_the_border():
    geometry = Geometry(Features(np.eye(20, dtype=np.float32), (4, 5)))
    covered = MEASURES.load("cells")
    assert covered(Cover(geometry, np.array([0])))["cells_covered"] == 4 / 20
    assert covered(Cover(geometry, np.array([6])))["cells_covered"] == 9 / 20
    assert covered(Cover(geometry, np.array([0, 19])))["cells_covered"] == 8 / 20


def test_spatial_radius_of_a_corner_is_the_grid_diagonal():
    radii = coverage_radii(Features(np.eye(9, dtype=np.float32)), np.array([0]))
    assert radii.spatial == pytest.approx(math.hypot(2 / 3, 2 / 3))
    assert radii.feature == pytest.approx(math.sqrt(2))


@pytest.mark.parametrize(
    ("indices", "problem"),
    [([], "hold no token"), ([0, 9], "reach outside"), ([-1], "reach outside"), ([1, 1], "twice")],
)
def test_indices_that_are_no_selection_are_refused(indices, problem):
    with pytest.raises(InputError, match=problem):
        coverage_radii(Features(np.eye(9, dtype=np.float32)), np.array(indices, dtype=np.int64))
