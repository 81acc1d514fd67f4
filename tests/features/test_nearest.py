"""Nearest kept tokens against plain float64 distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.features import Features
from evtp.features import nearest as nearest_module
from evtp.features.geometry import Geometry
from evtp.features.nearest import nearest_kept


def plain_distances(features, grid, kept, scale):
    """The N x K distance matrices of the three spaces, from the definitions alone."""
    x = features.astype(np.float64)
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    rows, columns = grid
    p = np.array([(i // columns / rows, i % columns / columns) for i in range(len(x))])
    z = np.hstack([x, scale * p])
    return {
        name: np.linalg.norm(points[:, None] - points[None, kept], axis=2)
        for name, points in {"feature": x, "spatial": p, "joint": z}.items()
    }


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 7),
    columns=st.integers(1, 7),
    seed=st.integers(0, 2**32 - 1),
    scale=st.floats(0, 50),
    offset=st.sampled_from([0.0, 30.0]),
    data=st.data(),
)
def test_distances_equal_plain_float64_ones(rows, columns, seed, scale, offset, data):
    rng = np.random.default_rng(seed)
    tokens = rows * columns
    raw = (rng.standard_normal((tokens, 5)) + offset).astype(np.float32)
    kept = data.draw(
        st.lists(st.integers(0, tokens - 1), min_size=1, max_size=tokens, unique=True).map(sorted)
    )
    expected = plain_distances(raw, (rows, columns), kept, scale)
    found = nearest_kept(Geometry(Features(raw, (rows, columns))), np.array(kept), scale)
    for space, distances in expected.items():
        nearest = getattr(found, space)
        np.testing.assert_allclose(nearest.distance, distances.min(axis=1), atol=2e-4, rtol=1e-3)
        np.testing.assert_allclose(
            distances[np.arange(tokens), nearest.owner], distances.min(axis=1), atol=2e-4, rtol=1e-3
        )
        assert (nearest.distance[kept] == 0).all()


def test_a_duplicate_of_a_kept_token_is_at_distance_zero_without_nan():
    raw = np.tile(np.random.default_rng(0).standard_normal(64).astype(np.float32) + 100, (9, 1))
    found = nearest_kept(Geometry(Features(raw, (3, 3))), np.array([4]), scale=0.0)
    assert found.feature.distance.max() == 0.0
    assert found.joint.distance.max() == 0.0


def test_small_chunks_give_the_same_answer(monkeypatch):
    raw = np.random.default_rng(1).standard_normal((49, 8)).astype(np.float32)
    geometry, kept = Geometry(Features(raw)), np.array([0, 7, 30])
    whole = nearest_kept(geometry, kept, 2.0)
    monkeypatch.setattr(nearest_module, "_CHUNK", 7)
    parts = nearest_module._by_products(geometry, kept, 2.0)
    for space in ("feature", "spatial", "joint"):
        np.testing.assert_array_equal(getattr(whole, space).owner, getattr(parts, space).owner)
        np.testing.assert_allclose(
            getattr(whole, space).distance, getattr(parts, space).distance, atol=1e-6
        )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_non_finite_features_name_the_token(bad):
    raw = np.ones((9, 3), np.float32)
    raw[5, 1] = bad
    with pytest.raises(ValueError, match="the first in token 5"):
        _ = Geometry(Features(raw)).x


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("grid", [(27, 27), (7, 11), (24, 24), (100, 3)])
def test_of_equally_near_cells_the_lowest_index_owns(grid, compiled, monkeypatch):
    if not compiled:
        monkeypatch.setattr(nearest_module, "kernels", lambda name: None)
    rows, columns = grid
    rng = np.random.default_rng(0)
    geometry = Geometry(Features(rng.standard_normal((rows * columns, 4)), grid))
    kept = np.sort(rng.permutation(rows * columns)[: rows * columns // 10])
    row, column = np.divmod(np.arange(rows * columns), columns)
    down = (row[:, None] - row[kept]) * columns
    right = (column[:, None] - column[kept]) * rows
    expected = (down**2 + right**2).argmin(axis=1)
    found = nearest_kept(geometry, kept, 1.0).spatial.owner
    np.testing.assert_array_equal(found, expected)
