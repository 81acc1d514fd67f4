"""Mask recovery, by hand and against loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.features import Features
from evtp.features.geometry import Geometry
from evtp.segmentation.recovery import (
    SPACES,
    Reading,
    Target,
    mask_above,
    patch_shares,
    sources_of,
    upsampled,
)


def geometry(side=6, seed=0):
    rng = np.random.default_rng(seed)
    return Geometry(Features(rng.normal(size=(side * side, 5)).astype(np.float32)))


def test_shares_are_the_means_of_the_patches_where_they_divide_the_frame():
    rng = np.random.default_rng(0)
    mask = rng.random((12, 20)) < 0.4
    shares = patch_shares(mask, (3, 5)).reshape(3, 5)
    for row in range(3):
        for column in range(5):
            patch = mask[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            assert shares[row, column] == pytest.approx(patch.mean())


@given(st.integers(3, 40), st.integers(3, 40), st.integers(1, 3), st.integers(1, 3))
def test_shares_add_up_to_the_masks_area_on_any_grid(height, width, rows, columns):
    mask = np.random.default_rng(height * width).random((height, width)) < 0.5
    assert patch_shares(mask, (rows, columns)).mean() == pytest.approx(mask.mean(), abs=1e-5)


@pytest.mark.parametrize("neighbours", [1, 3])
@pytest.mark.parametrize("space", SPACES)
def test_sources_equal_a_loop_over_all_pairs(space, neighbours):
    tokens = geometry()
    kept = np.array([1, 7, 20, 33])
    sources = sources_of(tokens, kept, Reading(space, neighbours))
    points = {
        "feature": tokens.x,
        "spatial": tokens.p,
        "joint": tokens.joint(tokens.adaptive_scale()),
    }[space].astype(np.float64)
    values = np.random.default_rng(1).random(tokens.tokens).astype(np.float32)
    for token, spread in enumerate(sources.spread(values)):
        distance = np.linalg.norm(points[kept] - points[token], axis=1)
        if token in kept:
            expected = values[token]
        elif space == "spatial" and neighbours == 1 and np.ptp(np.sort(distance)[:2]) < 1e-6:
            continue  # two kept tokens equally near
        else:
            nearest = np.argsort(distance, kind="stable")[:neighbours]
            if neighbours < 4 and np.ptp(np.sort(distance)[neighbours - 1 : neighbours + 1]) < 1e-6:
                continue
            weights = 1 / distance[nearest]
            expected = (values[kept[nearest]] * weights).sum() / weights.sum()
        assert spread == pytest.approx(expected, abs=1e-4)


def test_all_tokens_reach_the_ceiling_in_every_space():
    tokens = geometry()
    mask = np.zeros((60, 60), bool)
    mask[13:44, 20:51] = True
    target = Target(mask, (6, 6))
    for space in SPACES:
        everything = sources_of(tokens, np.arange(36), Reading(space))
        assert target.recover(everything) == target.ceiling
    assert 0.5 < target.ceiling.iou < 1


def test_keeping_no_token_of_an_object_loses_it():
    mask = np.zeros((60, 60), bool)
    mask[:10, :10] = True
    target = Target(mask, (6, 6))
    assert target.tokens.tolist() == [0]
    assert target.recover(sources_of(geometry(), np.array([35]), Reading())) == (0.0, 0.0)


def test_an_object_below_half_a_patch_owns_the_patch_it_fills_most():
    mask = np.zeros((60, 60), bool)
    mask[12:15, 12:15] = True
    target = Target(mask, (6, 6))
    assert target.tokens.tolist() == [7]
    assert target.size == "small"


@settings(max_examples=20)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_upsampling_keeps_constants_and_stays_between_the_values(rows, columns, seed):
    values = np.random.default_rng(seed).random(rows * columns).astype(np.float32)
    image = upsampled(values, (rows, columns), (31, 17))
    assert image.min() >= values.min() - 1e-6
    assert image.max() <= values.max() + 1e-6
    assert upsampled(np.full_like(values, 0.3), (rows, columns), (31, 17)) == pytest.approx(0.3)


def test_upsampling_gives_the_values_at_the_patch_centres():
    values = np.arange(4, dtype=np.float32)
    image = upsampled(values, (2, 2), (6, 6))
    assert [image[1, 1], image[1, 4], image[4, 1], image[4, 4]] == pytest.approx([0, 1, 2, 3])


@settings(max_examples=50)
@given(
    st.integers(1, 6), st.integers(1, 6), st.integers(1, 40), st.integers(1, 40), st.integers(0, 99)
)
def test_a_mask_is_where_interpolation_by_rows_and_columns_is_above(
    rows, columns, height, width, seed
):
    rng = np.random.default_rng(seed)
    values = (rng.random(rows * columns) * (rng.random(rows * columns) < 0.4)).astype(np.float32)
    down, across = (
        (np.arange(n) + 0.5) * cells / n - 0.5 for n, cells in ((height, rows), (width, columns))
    )
    table = values.reshape(rows, columns).astype(np.float64)
    wide = np.array([np.interp(across, np.arange(columns), row) for row in table])
    expected = np.array([np.interp(down, np.arange(rows), column) for column in wide.T]).T
    assert upsampled(values, (rows, columns), (height, width)) == pytest.approx(expected, abs=1e-6)
    found = mask_above(0.5, values, (rows, columns), (height, width))
    clear = np.abs(expected - 0.5) > 1e-5
    assert np.array_equal(found[clear], (expected > 0.5)[clear])


@pytest.mark.parametrize(
    "options", [{"space": "colour"}, {"neighbours": 0}, {"threshold": 0.0}, {"threshold": 1.0}]
)
def test_bad_readings_are_refused(options):
    with pytest.raises(InputError, match=next(iter(options))):
        Reading(**options)


def test_an_empty_mask_is_no_target():
    with pytest.raises(InputError, match="leave out frames"):
        Target(np.zeros((4, 4), bool), (2, 2))
