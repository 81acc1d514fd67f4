"""The boundary F-measure, by hand and against loops over pixels and disks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evtp.core.errors import InputError
from evtp.segmentation import boundary, boundary_f
from evtp.segmentation.boundary import match_radius


def square(side=60, start=20, stop=40, shift=0):
    mask = np.zeros((side, side), bool)
    mask[start:stop, start + shift : stop + shift] = True
    return mask


@pytest.fixture(params=["compiled", "numpy"], autouse=True)
def path(request, monkeypatch):
    """Every test runs on the compiled kernel and on the NumPy path."""
    if request.param == "numpy":
        module = __import__("evtp.segmentation.boundary", fromlist=["kernels"])
        monkeypatch.setattr(module, "kernels", lambda name: None)


@pytest.mark.parametrize(
    ("height", "width", "radius"), [(1080, 1920, 18), (480, 854, 8), (10, 10, 1)]
)
def test_the_radius_is_0_008_of_the_diagonal_rounded_up(height, width, radius):
    assert match_radius(height, width) == radius


EMPTY, FULL = np.zeros((60, 60), bool), np.ones((60, 60), bool)


@pytest.mark.parametrize(
    ("predicted", "truth", "f"),
    [
        (EMPTY, EMPTY, 1.0),
        (FULL, EMPTY, 1.0),  # a full frame has no boundary, as an empty one
        (square(), EMPTY, 0.0),
        (EMPTY, square(), 0.0),
        (square(), square(), 1.0),
        (square(start=0, stop=8), square(start=45, stop=55), 0.0),  # P + R = 0
    ],
    ids=["both", "full", "prediction-only", "truth-only", "equal", "far"],
)
def test_empty_and_extreme_cases(predicted, truth, f):
    assert boundary_f(predicted, truth) == f


def test_a_shift_within_the_radius_costs_nothing_and_beyond_it_costs():
    assert match_radius(60, 60) == 1
    assert boundary_f(square(shift=1), square()) == 1.0
    # By hand: the boundary of a 20 x 20 square has 2 * 21 + 2 * 19 = 80 pixels plus the corner
    # that looks diagonally inside: rows 19 and 39 hold 21 each, columns 19 and 39 19 more each.
    shifted = boundary_f(square(shift=4), square(), radius=0)
    # Shifted by 4: of the 21 in each of the two rows 17 agree; no column does, but for the
    # pixels where a column crosses a row. P = R = 34 / 80.
    assert shifted == pytest.approx(34 / 80)


def brute_force(predicted, truth, radius):
    def outline(mask):
        height, width = mask.shape
        found = set()
        for y in range(height):
            for x in range(width):
                right = mask[y, x + 1] if x + 1 < width else mask[y, x]
                below = mask[y + 1, x] if y + 1 < height else mask[y, x]
                across = mask[y + 1, x + 1] if y + 1 < height and x + 1 < width else mask[y, x]
                if {right, below, across} != {mask[y, x]}:
                    found.add((y, x))
        return found

    ours, theirs = outline(predicted), outline(truth)
    if not ours and not theirs:
        return 1.0
    if not ours or not theirs:
        return 0.0

    def share(of, near):
        hit = sum(any((y - v) ** 2 + (x - u) ** 2 <= radius**2 for v, u in near) for y, x in of)
        return hit / len(of)

    precision, recall = share(ours, theirs), share(theirs, ours)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=14)


@settings(max_examples=150, deadline=None)
@given(st.data(), shapes, st.integers(0, 5))
def test_equals_brute_force_on_noise(data, shape, radius):
    predicted, truth = (data.draw(hnp.arrays(bool, shape)) for _ in range(2))
    assert boundary_f(predicted, truth, radius) == pytest.approx(
        brute_force(predicted, truth, radius)
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
@example(0)
def test_equals_brute_force_on_blobs(seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:50, :70]

    def blob():
        (v, u), r = rng.uniform((0, 0), (50, 70)), rng.uniform(3, 25)
        return (y - v) ** 2 + (x - u) ** 2 < r * r

    predicted, truth = blob() ^ blob(), blob()
    assert boundary_f(predicted, truth) == pytest.approx(
        brute_force(predicted, truth, math.ceil(0.008 * math.hypot(50, 70)))
    )


def test_views_and_other_layouts_are_read_as_they_are():
    mask = square(shift=3)
    flipped = mask.T[::-1]
    assert boundary_f(flipped, np.ascontiguousarray(flipped), radius=0) == 1.0


def test_other_sizes_are_refused():
    with pytest.raises(InputError, match="resize the prediction"):
        boundary_f(EMPTY, EMPTY[:50])


def test_the_boundary_lies_on_the_pixels_before_the_change():
    mask = np.zeros((4, 4), bool)
    mask[2:, 2:] = True
    expected = np.zeros((4, 4), bool)
    expected[1, 1:] = expected[1:, 1] = True
    assert (boundary.boundary(mask) == expected).all()
