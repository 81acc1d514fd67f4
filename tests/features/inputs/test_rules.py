"""Which frames are chosen of a video."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.features.inputs.rules import FrameRule


@given(st.integers(1, 40), st.integers(1, 200))
def test_a_count_is_evenly_spaced_and_distinct(count, total):
    (chosen,) = FrameRule(count=count).indices(total).values()
    assert len(chosen) == min(count, total)
    assert chosen == sorted(set(chosen))
    assert chosen[0] >= 0
    assert chosen[-1] < total
    gaps = [b - a for a, b in pairwise(chosen)]
    assert not gaps or max(gaps) - min(gaps) <= 1
    # As much is left out before the first as behind the last.
    assert abs(chosen[0] - (total - 1 - chosen[-1])) <= 1


def test_a_stride_starts_at_the_first():
    assert FrameRule(stride=4).indices(10) == {None: [0, 4, 8]}


def reference_window(key: int, total: int, references: int) -> list[int]:
    """InstructSeg's rule as its paper's evaluation describes it, written for even `references`:
    as many before as after; near an end, all there are on that side and the rest on the other."""
    half = references // 2
    before = min(half, key)
    after = min(half, total - 1 - key)
    before = min(key, before + (half - after))
    after = min(total - 1 - key, references - before)
    return [*range(key - before, key), *range(key + 1, key + after + 1)]


@given(st.data())
def test_a_key_frame_comes_first_with_its_nearest_neighbours(data):
    total = data.draw(st.integers(1, 30))
    key = data.draw(st.integers(0, total - 1))
    references = 2 * data.draw(st.integers(0, 5))
    (chosen,) = FrameRule(keys=(key,), neighbours=references).indices(total).values()
    assert chosen[0] == key
    assert len(set(chosen)) == len(chosen) == min(references + 1, total)
    if references < total:
        assert chosen[1:] == reference_window(key, total, references)


def test_all_key_frames_make_a_sample_each():
    chosen = FrameRule(keys=(), neighbours=2).indices(4)
    assert chosen == {0: [0, 1, 2], 1: [1, 0, 2], 2: [2, 1, 3], 3: [3, 1, 2]}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"count": 2, "stride": 2},
        {"count": 0},
        {"stride": -1},
        {"times": ()},
        {"times": (-1.0,)},
        {"times": (float("nan"),)},
        {"keys": (-1,)},
        {"keys": (1,), "neighbours": -2},
    ],
)
def test_no_way_two_ways_and_values_out_of_range_are_refused(options):
    with pytest.raises(InputError):
        FrameRule(**options)


def test_a_key_frame_past_the_end_is_refused():
    with pytest.raises(InputError, match="not among the 5 frames"):
        FrameRule(keys=(5,)).indices(5)
