"""Samples, clips, objects and groups, by hand."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.segmentation import boundary_f
from evtp.segmentation.grouping import groups_of, read_groups
from evtp.segmentation.labels import Labels
from evtp.segmentation.scoring import mean_metrics, metrics_of, score_sample

EMPTY = np.zeros((20, 20), np.uint8)
FULL_HALF = EMPTY.copy()
FULL_HALF[:, :10] = 1
QUARTER = EMPTY.copy()
QUARTER[:10, :10] = 1


def unit(*frames, indexed=False):
    loaders = [
        (lambda: None) if frame is None else partial(Labels, frame, indexed) for frame in frames
    ]
    return {str(i): load for i, load in enumerate(loaders)}


def test_a_clip_averages_its_frames():
    scored = score_sample("a", unit(QUARTER, FULL_HALF), unit(FULL_HALF, FULL_HALF))
    metrics = scored.metrics()
    assert metrics.j == pytest.approx((0.5 + 1) / 2)
    f = boundary_f(QUARTER > 0, FULL_HALF > 0)
    assert metrics.f == pytest.approx((f + 1) / 2)
    assert metrics.jf == pytest.approx((metrics.j + metrics.f) / 2)
    # I and U of the clip are sums over its frames: 300 of 400.
    assert metrics.giou == pytest.approx(0.75, abs=1e-6)


@pytest.mark.parametrize(
    ("predicted", "truth", "j"),
    [
        (unit(EMPTY), unit(EMPTY), 1.0),
        (unit(EMPTY), unit(QUARTER), 0.0),
        (unit(QUARTER), unit(EMPTY), 0.0),
        (unit(None), unit(QUARTER), 0.0),
        (unit(QUARTER), unit(None), 0.0),
        (unit(None), unit(None), 1.0),
        (None, unit(QUARTER), 0.0),
        (None, unit(EMPTY), 0.0),  # what was not predicted scores 0 even where there is nothing
    ],
)
def test_empty_and_missing_masks(predicted, truth, j):
    metrics = score_sample("a", predicted, truth).metrics()
    assert (metrics.j, metrics.f) == (j, j)
    assert metrics.giou == pytest.approx(j, abs=1e-4)


def test_a_missing_frame_scores_0_and_the_truth_says_which_there_are():
    scored = score_sample("a", unit(QUARTER), unit(QUARTER, QUARTER))
    assert [frame.missing for frame in scored.frames] == [False, True]
    assert scored.metrics().j == 0.5
    assert score_sample("a", unit(QUARTER, QUARTER), unit(QUARTER)).metrics().j == 1.0


def test_objects_count_alike_where_each_is_scored():
    truth, predicted = EMPTY.copy(), EMPTY.copy()
    truth[:10], truth[15:] = 1, 2
    predicted[:10] = 1
    union = score_sample("a", unit(predicted), unit(truth)).metrics()
    each = score_sample("a", unit(predicted), unit(truth), each_object=True).metrics()
    assert union.j == pytest.approx(200 / 300)
    assert each.j == pytest.approx((1 + 0) / 2)
    assert each.ciou == pytest.approx(200 / 300)


def test_an_object_absent_in_a_frame_scores_by_whether_it_was_predicted_there():
    both = unit(QUARTER, EMPTY)
    assert score_sample("a", both, both, each_object=True).metrics().j == 1.0
    wrong = unit(QUARTER, QUARTER)
    assert score_sample("a", wrong, both, each_object=True).metrics().j == 0.5


def test_ignored_pixels_change_neither_overlap_nor_boundary():
    truth = FULL_HALF.copy()
    truth[10:, :10] = 255
    excluded = score_sample("a", unit(FULL_HALF), unit(truth), "exclude").metrics()
    assert (excluded.j, excluded.f) == (1.0, 1.0)
    background = score_sample("a", unit(FULL_HALF), unit(truth), "background").metrics()
    assert background.j == 0.5


def test_other_sizes_name_the_sample_and_frame():
    with pytest.raises(InputError, match=r"video/0 \(frame 0\) of 10 x 20 pixels"):
        score_sample("video/0", unit(EMPTY[:10]), unit(EMPTY))


def test_a_group_is_the_mean_of_its_samples_and_overall_the_mean_of_groups():
    good = score_sample("a", unit(FULL_HALF), unit(FULL_HALF))
    half = score_sample("b", unit(QUARTER), unit(FULL_HALF))
    group = metrics_of([good, good, half])
    assert group.j == pytest.approx((1 + 1 + 0.5) / 3)
    assert group.ciou == pytest.approx(500 / 600)
    overall = mean_metrics([group, metrics_of([half])])
    assert overall.j == pytest.approx((group.j + 0.5) / 2)


def test_groups_come_from_the_top_folder_or_a_list(tmp_path):
    assert groups_of(["referring/a", "Reasoning/b"]) == {
        "referring/a": "referring",
        "Reasoning/b": "reasoning",
    }
    assert groups_of(["val/a"]) == {"val/a": ""}
    (tmp_path / "g.csv").write_text("path,group\na,one\nb,two\n")
    (tmp_path / "g.json").write_text('{"a": "one", "b": "two"}')
    for name in ("g.csv", "g.json"):
        assert groups_of(["a", "b"], read_groups(tmp_path / name)) == {"a": "one", "b": "two"}


def test_samples_without_a_group_beside_others_are_refused():
    with pytest.raises(InputError, match="have no group"):
        groups_of(["referring/a", "b"])


def test_a_foreign_list_of_groups_is_refused(tmp_path):
    (tmp_path / "g.csv").write_text("name;kind\n")
    (tmp_path / "g.json").write_text("[]")
    for name in ("g.csv", "g.json"):
        with pytest.raises(InputError, match="columns path and group"):
            read_groups(tmp_path / name)
