"""What 255 means in the truth."""

from __future__ import annotations

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.segmentation.labels import Labels, check_ignore, read_labels


def labels(*values, indexed=False):
    return Labels(np.array([values], np.uint8), indexed, "a.png")


@pytest.mark.parametrize(
    ("given", "ignore", "foreground", "ignored"),
    [
        (labels(0, 255), "auto", [0, 1], None),
        (labels(0, 1), "auto", [0, 1], None),
        (labels(0, 1, 255), "auto", [0, 1, 0], [0, 0, 1]),
        (labels(0, 2, 255, indexed=True), "auto", [0, 1, 0], [0, 0, 1]),
        (labels(0, 255, indexed=True), "auto", [0, 0], [0, 1]),
        (labels(0, 1, 255), "background", [0, 1, 0], None),
        (labels(0, 1, 255), "foreground", [0, 1, 1], None),
        (labels(0, 255), "exclude", [0, 0], [0, 1]),
        (labels(0, 7, 9), "auto", [0, 1, 1], None),
    ],
)
def test_255(given, ignore, foreground, ignored):
    objects = read_labels(given, ignore)
    assert objects.foreground[0].tolist() == [bool(x) for x in foreground]
    if ignored is None:
        assert objects.ignored is None
    else:
        assert objects.ignored[0].tolist() == [bool(x) for x in ignored]


def test_brightness_of_many_grades_is_refused_with_the_way_out():
    with pytest.raises(InputError, match=r"beside 17 in a\.png; say --ignore"):
        read_labels(labels(0, 17, 255), "auto")


@pytest.mark.parametrize(
    "values", [np.ones((2, 2)), np.ones((2, 2, 3), np.uint8), np.full((2, 2), -1)]
)
def test_what_is_no_mask_is_refused(values):
    with pytest.raises(InputError, match="mask"):
        read_labels(Labels(values))


def test_unknown_meanings_get_a_suggestion():
    with pytest.raises(InputError, match="did you mean exclude"):
        check_ignore("exlude")
