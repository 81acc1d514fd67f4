"""Patches and pixels, by hand and against loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.segmentation.patches import mask_above, patch_shares, upsampled


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
