"""What the commands say of the same frames, on a cache of unlike ones, against plain float64."""

from __future__ import annotations

import csv
import json
import math
import re
from statistics import median

import numpy as np
import pyarrow.parquet as pq
import pytest

from evtp.features import Clip, Sample
from evtp.features.cache_writer import CacheWriter

GRIDS = {"image/a b": (1, 9, 9), "clip,ü": (3, 4, 5), "wide=1": (1, 2, 7), "one %": (1, 1, 1)}
"""Frames, rows and columns by sample; frames of one token, and names that mean something else."""

METHODS = "evtp,divprune,tome:heads=2,evs,random"
KEEPS = "1,10%,50%,100%"
RADII = ("feature_radius", "spatial_radius", "joint_radius", "mean_distance")


@pytest.fixture(scope="module")
def clips():
    random = np.random.default_rng(7)
    return {
        name: Clip(random.normal(size=(frames, rows * columns, 6)), grid=(rows, columns))
        for name, (frames, rows, columns) in GRIDS.items()
    }


@pytest.fixture(scope="module")
def cache(tmp_path_factory, clips):
    folder = tmp_path_factory.mktemp("mixed") / "features"
    with CacheWriter(folder, {"encoder": "noise", "model": "noise"}, "float32") as writer:
        for name, clip in clips.items():
            writer.add(Sample(name, clip))
    return folder


@pytest.fixture
def records(evtp, cache):
    def run(*arguments):
        done = evtp(*arguments, "--cache", cache, "--format", "json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)["records"]

    return run


@pytest.fixture
def kept(records):
    """The indices that `evtp prune` prints, by sample, frame, method, keep."""
    return {
        (r["sample"], r["frame"], method, type(r["keep"]), r["keep"]): r["indices"]
        for method in METHODS.split(",")
        for r in records("prune", method, "--keep", KEEPS)
    }


def plain(clip, frame, indices):
    """The radii and the mean distance of the kept tokens, by loops over float64."""
    x = np.asarray(clip.features[frame], np.float32).astype(np.float64)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    rows, columns = clip.shape
    p = np.array([(r / rows, c / columns) for r in range(rows) for c in range(columns)])
    scale = 1 / (np.square(x - x.mean(axis=0)).sum(axis=1).mean() + 1e-6)
    spaces = {"feature": x, "spatial": p, "joint": np.concatenate([x, scale * p], axis=1)}
    nearest = {
        space: [min(math.dist(z, points[i]) for i in indices) for z in points]
        for space, points in spaces.items()
    }
    found = {f"{space}_radius": max(distances) for space, distances in nearest.items()}
    return found | {"mean_distance": float(np.mean(nearest["joint"]))}


def identity(record):
    return (
        *(record[k] for k in ("sample", "frame", "method")),
        type(record["keep"]),
        record["keep"],
    )


@pytest.mark.slow
def test_every_frame_is_measured_by_what_prune_says_is_kept_of_it(records, kept, clips):
    given = ("--method", METHODS, "--keep", KEEPS, "--seeds", 1, "--baseline", "none")
    found = records("coverage", *given, "--per-frame")
    assert {identity(record) for record in found} == set(kept)
    for record in found:
        clip, indices = clips[record["sample"]], kept[identity(record)]
        assert (record["tokens"], record["tokens_kept"]) == (clip.tokens, len(indices))
        expected = plain(clip, record["frame"], indices)
        assert {key: record[key] for key in RADII} == pytest.approx(expected, rel=1e-4, abs=1e-4)


PLACE = {"sample": "", "frame": 0}


def test_summaries_are_medians_of_the_frames_and_name_no_count_that_some_have_not(records):
    given = ("--method", METHODS, "--keep", KEEPS, "--seeds", 2, "--baseline", "none")
    frames = records("coverage", *given, "--per-frame")
    for summary in records("coverage", *given):
        own = [r for r in frames if identity(r)[2:] == identity({**summary, **PLACE})[2:]]
        assert summary["frames"] == 6
        by_frame = {}
        for record in own:
            by_frame.setdefault((record["sample"], record["frame"]), []).append(record)
        for key in RADII:
            means = [np.mean([r[key] for r in of_frame]) for of_frame in by_frame.values()]
            assert summary[f"{key}_median"] == pytest.approx(median(means))
        counts = {r["tokens_kept"] for r in own}
        assert summary["tokens_kept"] == (counts.pop() if len(counts) == 1 else None)
        assert summary["tokens"] is None


def test_compare_shares_what_prune_keeps_and_costs_each_frame_as_it_is(records, kept):
    rows = records("compare", "--method", "evtp,divprune,evs", "--keep", KEEPS)
    frames = sorted({key[:2] for key in kept})
    pairs = [row for row in rows if "other" in row]
    assert len(pairs) == 3 * 4
    for row in pairs:
        keep = type(row["keep"]), row["keep"]
        shares = [
            len(one & other) / len(one | other)
            for frame in frames
            for one in [set(kept[*frame, row["method"], *keep])]
            for other in [set(kept[*frame, row["other"], *keep])]
        ]
        assert row["jaccard_mean"] == pytest.approx(np.mean(shares))
    tokens = {(name, f): r * c for name, (n, r, c) in GRIDS.items() for f in range(n)}
    cost = {
        "evtp": lambda n, k: k * n * 8,
        "divprune": lambda n, k: n * n * 6,
    }  # docs/accounting.md
    for row in (row for row in rows if row["method"] in cost and "other" not in row):
        counts = {
            frame: len(kept[*frame, row["method"], type(row["keep"]), row["keep"]])
            for frame in frames
        }
        # Where every token is kept nothing is compared.
        expected = [cost[row["method"]](tokens[f], k) * (k < tokens[f]) for f, k in counts.items()]
        assert row["macs"] == median(expected)


def test_a_count_above_a_frames_tokens_is_refused_by_the_sample(refused, cache):
    methods = "--method", "evtp,divprune"
    for command in (("coverage", *methods), ("compare", *methods), ("prune", "evtp")):
        line = refused(*command, "--cache", cache, "--keep", 21)
        assert "--keep 21: is above the number of tokens, 20, in a frame of clip,ü" in line


@pytest.mark.slow
def test_a_sweep_records_what_coverage_prints_frame_by_frame(evtp, records, cache, tmp_path):
    given = ("--method", METHODS, "--keep", KEEPS, "--seeds", 2)
    run = tmp_path / "run"
    done = evtp("sweep", *given, "--cache", cache, "--output", run, "--indices", "--workers", 1)
    assert done.exit_code == 0, done.stderr
    swept = {}
    for file in (run / "records").rglob("*.parquet"):
        for row in pq.read_table(file).to_pylist():
            keep = row["keep_ratio"] if row["keep_count"] is None else row["keep_count"]
            swept[*identity({**row, "keep": keep}), row["seed"]] = row
    printed = records("coverage", *given, "--baseline", "none", "--per-frame")
    assert len(printed) == len(swept) == 6 * 4 * 6  # frames, keeps, methods and a second seed
    for record in printed:
        row = swept[*identity(record), record["seed"]]
        for key in (*RADII, "certificate", "tokens", "tokens_kept"):
            assert row[key] == record[key]
        assert len(row["indices"]) == record["tokens_kept"]


def read_csv(path):
    with path.open(encoding="utf-8") as opened:
        return list(csv.DictReader(opened))


@pytest.mark.slow
def test_a_report_shows_what_coverage_prints_and_of_a_sweep_the_same(
    evtp, records, cache, tmp_path
):
    given = ("--method", "evtp,divprune", "--cache", cache)
    keeps = ("--keep", "5%,10%,20%,30%,40%")  # those of a report's curves
    run, measured, swept = (tmp_path / name for name in ("run", "measured", "swept"))
    assert evtp("sweep", *given, *keeps, "--workers", 1, "--output", run).exit_code == 0
    assert evtp("report", *given, "--output", measured).exit_code == 0
    assert evtp("report", *given, "--records", run, "--output", swept).exit_code == 0
    printed = records("coverage", "--method", "evtp,divprune", "--baseline", "none", *keeps)
    printed = {(r["method"], r["keep"]): r for r in printed}
    for report, largest in ((measured, 0.2), (swept, 0.4)):  # of a sweep all that was asked for
        shown = read_csv(report / "tables" / "coverage.csv")
        expected = {(method, keep) for method, keep in printed if keep <= largest}
        assert {(r["method"], float(r["keep"])) for r in shown} == expected
        for row in shown:
            said = printed[row["method"], float(row["keep"])]
            for key in (f"{name}_{end}" for name in RADII for end in ("median", "q1", "q3")):
                assert float(row[key]) == pytest.approx(said[key])
    # What the cover is of is said of the sweep; what the pictures are of, of the cache.
    more = evtp(
        "report", "--method", "evtp,stride", "--records", run, "--output", tmp_path / "other"
    )
    assert "coverage is that of your sweep; in pictures alone: stride" in more.stderr
    assert "coverage is of frames of 1 or 14 or 20 or 81 tokens, costs are" in more.stderr
    gallery = (tmp_path / "other" / "tables.tex").read_text()
    (caption,) = re.findall(r"\\caption\{Tokens kept at .*", gallery)
    assert "descriptors" in caption
    assert "your sweep" not in caption


@pytest.mark.slow
def test_recovered_masks_are_summed_up_as_they_are_listed(evtp):
    def of(*arguments):
        done = evtp(*arguments, "--format", "json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)["records"]

    given = ("recover", "--method", "evtp,random", "--keep", "2%,10%", "--seeds", 2)
    listed = of(*given, "--per-object")
    for row in of(*given):
        own = [r for r in listed if all(r[key] == row[key] for key in ("method", "keep"))]
        for key in ("iou", "f", "ceiling_iou", "lost"):
            assert row[key] == pytest.approx(np.mean([r[key] for r in own]))
        small = [r["lost"] for r in own if r["size"] == "small"]
        assert row["lost_small"] == pytest.approx(np.mean(small))
        assert row["objects"] * row["seeds"] == len(own)
