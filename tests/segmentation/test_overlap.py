"""gIoU, cIoU and J, by hand and against pixel loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from evtp.core.errors import InputError
from evtp.segmentation import Overlap, ciou, giou, overlap


def mask(*rows: str):
    return np.array([[cell == "#" for cell in row] for row in rows])


def test_overlap_by_hand():
    assert overlap(mask("##.", "#.."), mask(".##", "#..")) == Overlap(2, 4)


def test_giou_and_ciou_by_hand():
    samples = [Overlap(50, 100), Overlap(9, 10), Overlap(0, 0)]
    assert giou(samples) == pytest.approx((0.5 + 0.9 + 1) / 3, abs=1e-6)
    assert ciou(samples) == pytest.approx(59 / 110)


@pytest.mark.parametrize(
    ("one", "iou"),
    [
        (Overlap(0, 0), 1.0),  # both empty
        (Overlap(0, 5), 0.0),  # only one of them
        (Overlap(5, 5), 1.0),
    ],
)
def test_empty_masks(one, iou):
    assert one.iou == iou
    assert giou([one]) == pytest.approx(iou, abs=1e-5)


def test_all_empty_gives_a_ciou_of_0_as_in_the_base_models_evaluation():
    assert ciou([Overlap(0, 0)]) == 0.0


def test_no_sample_is_refused():
    for metric in (giou, ciou):
        with pytest.raises(InputError, match="one for each sample"):
            metric([])


def test_other_sizes_are_refused_with_both_sizes():
    with pytest.raises(InputError, match=r"2 x 3 pixels.*3 x 2"):
        overlap(np.zeros((2, 3), bool), np.zeros((3, 2), bool))


shapes = hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)


@given(st.data(), shapes)
def test_overlap_equals_a_loop_over_pixels(data, shape):
    predicted, truth = (data.draw(hnp.arrays(bool, shape)) for _ in range(2))
    both = either = 0
    for place in np.ndindex(*shape):
        both += bool(predicted[place]) and bool(truth[place])
        either += bool(predicted[place]) or bool(truth[place])
    assert overlap(predicted, truth) == Overlap(both, either)
