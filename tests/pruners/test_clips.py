"""Clips: every frame alone, or all frames together; EVS across frames."""

from __future__ import annotations

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Clip, Features
from evtp.pruners import select
from evtp.pruners.method import METHODS, load
from evtp.pruners.timing import calls_of

MERGING = ["tome", "visionzip"]


@pytest.mark.parametrize("method", [m for m in METHODS.names() if m not in MERGING])
@pytest.mark.parametrize("keep", [1, 7, 0.5, 48])
def test_the_whole_clip_shares_one_exact_budget(method, keep, clip):
    chosen = select(method, clip, keep, scope="clip")
    per_frame = len(select(method, clip[0], keep))
    assert len(chosen) == len(clip)
    assert sum(len(c) for c in chosen) == per_frame * len(clip)
    for c in chosen:
        assert c.tokens == 48
        assert (np.diff(c.indices) > 0).all()
        assert all(0 <= i < 48 for i in c.indices)


@pytest.mark.parametrize("method", MERGING)
def test_merging_across_frames_is_refused(method, clip):
    with pytest.raises(InputError, match="merges tokens"):
        select(method, clip, 40, scope="clip")


def test_an_unknown_scope_is_refused(clip):
    with pytest.raises(InputError, match="scope video"):
        select("evtp", clip, 9, scope="video")


def test_whole_clip_kcenter_is_kcenter_on_all_tokens_at_once(clip):
    flat = Features(clip.features.reshape(-1, clip.width), (4 * 6, 8))
    expected = select("kcenter", flat, 36).indices
    chosen = select("kcenter", clip, 9, scope="clip")
    joined = np.concatenate([c.indices + 48 * f for f, c in enumerate(chosen)])
    assert joined.tolist() == expected.tolist()


def test_whole_clip_evtp_gives_the_same_cell_of_every_frame_one_place():
    """Frames alike in every token: space decides, and a cell is taken in one frame only."""
    still = Clip(np.ones((3, 25, 4), np.float32))
    chosen = select("evtp", still, 4, scope="clip")
    cells = [i for c in chosen for i in c.indices.tolist()]
    assert len(set(cells)) == len(cells) == 12


def change_of(clip):
    x = clip.features / np.linalg.norm(clip.features, axis=2, keepdims=True)
    return ((x[1:] - x[:-1]).astype(np.float64) ** 2).sum(axis=2) / 2


def test_evs_keeps_the_first_frame_whole_then_the_most_changed_tokens(clip):
    chosen = select("evs", clip, 24, scope="clip")
    assert chosen[0].indices.tolist() == list(range(48))
    order = np.argsort(-change_of(clip).ravel(), kind="stable")[: 4 * 24 - 48]
    expected = sorted(order.tolist())
    got = [48 * f + i for f, c in enumerate(chosen[1:]) for i in c.indices.tolist()]
    assert got == expected


def test_evs_with_less_than_a_frame_keeps_a_uniform_grid_of_the_first(clip):
    chosen = select("evs", clip, 5, scope="clip")
    assert [len(c) for c in chosen] == [20, 0, 0, 0]
    assert chosen[0].indices.tolist() == select("stride", clip[0], 20).indices.tolist()


def test_evs_with_exactly_a_frame_keeps_exactly_that_frame(clip):
    chosen = select("evs", clip, 12, scope="clip")
    assert [len(c) for c in chosen] == [48, 0, 0, 0]


def test_evs_frame_by_frame_keeps_the_most_changed_of_each(clip):
    chosen = select("evs", clip, 9)
    assert chosen[0].indices.tolist() == select("stride", clip[0], 9).indices.tolist()
    for changes, c in zip(change_of(clip), chosen[1:], strict=True):
        assert c.indices.tolist() == sorted(np.argsort(-changes, kind="stable")[:9].tolist())


def test_hiprune_does_not_reach_over_the_edge_of_a_frame_or_row(clip):
    """An anchor in a corner has two neighbours, in its own frame."""
    middle = np.zeros((4, 48), np.float32)
    middle[1, 0] = 1.0  # the first token of the second frame
    attention = np.tile(np.linspace(0, 1, 48, dtype=np.float32), (4, 1))
    video = Clip(clip.features, clip.grid, attention=attention, middle_attention=middle)
    # round(0.5 * 8 / 5) = 1 anchor, its two neighbours, and five registers.
    chosen = select("hiprune", video, 2, scope="clip", alpha=0.5)
    assert {0, 1, 8} <= set(chosen[1].indices.tolist())
    assert 47 in chosen[0].indices  # a register, as in every frame
    assert 40 not in chosen[0].indices


def test_a_video_method_is_timed_with_the_frame_before(clip):
    frames = list(clip)
    call = calls_of([load("evs")], frames, 5)["evs"]
    call()
    expected = select("evs", clip, 5)[1].indices
    np.testing.assert_array_equal(call().indices, expected)
    assert expected.tolist() != select("stride", frames[1], 5).indices.tolist()
