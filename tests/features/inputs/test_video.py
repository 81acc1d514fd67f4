"""Frames of a real video, encoded here from a photograph."""

from __future__ import annotations

import pytest

from evtp.core.errors import InputError
from evtp.features.inputs.video import count_frames, frames_at, frames_shown

pytest.importorskip("av")


def test_frames_are_counted_and_found_by_number(video, bar_of):
    assert count_frames(video) == 12
    frames = frames_at(video, [7, 0, 11, 3])
    assert [bar_of(image) for image, _ in frames] == [7, 0, 11, 3]
    assert [time for _, time in frames] == pytest.approx([1.75, 0, 2.75, 0.75])
    assert frames[0][0].size == (96, 64)


def test_the_frame_shown_at_a_time_is_the_last_that_began(video, bar_of):
    times = [1.0, 0.0, 0.24, 0.26, 1.99, 2.9, 3.0]
    assert [bar_of(image) for image, _ in frames_shown(video, times)] == [4, 0, 0, 1, 7, 11, 11]


def test_a_time_and_a_frame_past_the_end_are_refused(video):
    with pytest.raises(InputError, match="past the end"):
        frames_shown(video, [1.0, 4.0])
    with pytest.raises(InputError, match="ends before frame 12"):
        frames_at(video, [3, 12])


def test_broken_videos_are_named(tmp_path, video):
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "half.mp4").write_bytes(video.read_bytes()[:500])
    for name in ("empty.mp4", "text.mp4", "half.mp4", "none.mp4"):
        with pytest.raises(InputError, match="cannot be read") as caught:
            count_frames(tmp_path / name)
        assert name in str(caught.value)
