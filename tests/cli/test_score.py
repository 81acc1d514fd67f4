"""`evtp score`: records, groups, layouts, refusals."""

from __future__ import annotations

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

METRICS = ("giou", "ciou", "j", "f", "jf")


def save(path, filled):
    """A mask of 20 x 20 whose first `filled` rows are foreground."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((20, 20), np.uint8)
    mask[:filled] = 255
    Image.fromarray(mask).save(path)


@pytest.fixture
def folders(tmp_path):
    for path, predicted, truth in (
        ("referring/v/0.png", 10, 10),
        ("referring/v/1.png", 5, 10),
        ("reasoning/w/0.png", 0, 10),
    ):
        save(tmp_path / "predicted" / path, predicted)
        save(tmp_path / "truth" / path, truth)
    return tmp_path


def arguments(folders, *more):
    return [
        "score", "--predicted", str(folders / "predicted"), "--truth", str(folders / "truth"),
        "--format", "json", *more,
    ]  # fmt: skip


def records(evtp, folders, *more):
    done = evtp(*arguments(folders, *more))
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["records"]


def test_a_record_a_group_and_the_mean_of_groups(evtp, folders):
    found = {record["group"]: record for record in records(evtp, folders)}
    assert list(found) == ["reasoning", "referring", "overall"]
    assert [found[g]["samples"] for g in found] == [1, 2, 3]
    assert found["referring"]["j"] == pytest.approx((1 + 0.5) / 2)
    assert found["reasoning"]["j"] == 0
    for key in METRICS:
        mean = (found["referring"][key] + found["reasoning"][key]) / 2
        assert found["overall"][key] == pytest.approx(mean)


def test_a_record_an_expression_or_a_sample(evtp, folders):
    by_expression = records(evtp, folders, "--by", "expression")
    assert [(r["sample"], r["expression"]) for r in by_expression] == [
        ("reasoning/w", "0"),
        ("referring/v", "0"),
        ("referring/v", "1"),
    ]
    by_sample = records(evtp, folders, "--by", "sample")
    assert [(r["sample"], r["samples"]) for r in by_sample] == [
        ("reasoning/w", 1),
        ("referring/v", 2),
    ]


def test_clips_are_the_folders(evtp, folders):
    found = {r["group"]: r for r in records(evtp, folders, "--clips")}
    assert found["referring"]["samples"] == 1
    assert found["referring"]["giou"] == pytest.approx(15 / 20, abs=1e-6)


def test_parquet_holds_a_record_a_frame(evtp, folders):
    records(evtp, folders, "--details", str(folders / "frames.parquet"))
    rows = pq.read_table(folders / "frames.parquet").to_pylist()
    assert [(row["path"], row["intersection"], row["union"]) for row in rows] == [
        ("reasoning/w/0", 0, 200),
        ("referring/v/0", 200, 200),
        ("referring/v/1", 100, 200),
    ]


def test_missing_predictions_score_0_and_are_named(evtp, folders):
    (folders / "predicted/referring/v/0.png").unlink()
    done = evtp(*arguments(folders))
    found = {r["group"]: r for r in json.loads(done.stdout)["records"]}
    assert found["referring"]["j"] == pytest.approx(0.5 / 2)
    assert found["referring"]["missing"] == 1
    assert "referring/v/0: no prediction, which scores 0" in done.stderr


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--by", "frame"], "--by frame: no such name"),
        (["--ignore", "void"], "--ignore void: no such name"),
        (["--objects", "both"], "--objects both: no such name"),
        (["--details", "/nowhere/a.parquet"], "--details /nowhere/a.parquet"),
        (["--details", "a.csv"], "'.csv' is none that is written here; end the name in .parquet"),
        (["--groups", "/nowhere/g.csv"], "--groups /nowhere/g.csv"),
    ],
)
def test_bad_options_are_one_line(evtp, folders, more, says):
    done = evtp(*arguments(folders, *more))
    assert done.exit_code == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_truth_whose_files_hold_no_mask_is_refused(evtp, folders):
    (folders / "empty").mkdir()
    (folders / "empty" / "a.json").write_text("{}")
    done = evtp("score", "--predicted", str(folders / "truth"), "--truth", str(folders / "empty"))
    assert done.exit_code == 2
    assert "its files hold no mask" in done.stderr


@pytest.mark.parametrize("ending", ["json", "npy"])
@pytest.mark.parametrize("side", ["truth", "predicted"])
def test_a_clip_without_a_frame_is_refused_and_named(evtp, tmp_path, side, ending):
    for folder in ("truth", "predicted"):
        save(tmp_path / folder / "b.png", 3)
    if ending == "npy":
        np.save(tmp_path / side / "a.npy", np.zeros((0, 4, 4), np.uint8))
    else:
        (tmp_path / side / "a.json").write_text("[]")
    done = evtp(*arguments(tmp_path))
    assert done.exit_code == 2
    assert f"{side}/a.{ending}: a is a clip without a frame" in done.stderr


def test_folders_without_a_common_name_are_refused(evtp, folders):
    save(folders / "other" / "z.png", 3)
    done = evtp("score", "--predicted", str(folders / "other"), "--truth", str(folders / "truth"))
    assert done.exit_code == 2
    assert "no mask has the name of a true one, such as reasoning/w/0" in done.stderr


@pytest.mark.parametrize("side", ["truth", "predicted"])
@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("0.png", b"\x89PNG\r\n\x1a\n", "cannot be read"),
        ("0.json", b"{", "cannot be read"),
        ("0.npy", b"float", "holds float64 of shape [20, 20]"),
    ],
)
def test_a_bad_mask_is_named_by_the_option_that_it_came_from(
    evtp, folders, side, name, content, says
):
    (folders / side / "referring/v/0.png").unlink()
    path = folders / side / "referring/v" / name
    if content == b"float":
        np.save(path, np.full((20, 20), 0.5))
    else:
        path.write_bytes(content)
    done = evtp(*arguments(folders))
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith(f"error: --{side} {path}: {says}")
