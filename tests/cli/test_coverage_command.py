"""`evtp coverage`, on the built-in sample and on bad input."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

KEYS = ["feature_radius", "spatial_radius", "joint_radius", "mean_distance", "certificate"]


def test_without_further_options_it_compares_with_random_at_the_papers_ratios(evtp):
    result = evtp("coverage", "--method", "kcenter", "--seeds", 2, "--format", "json")
    assert result.exit_code == 0, result.stderr
    loaded = json.loads(result.stdout)
    rows = [(r["method"], r["keep"], r["tokens_kept"]) for r in loaded["records"]]
    assert sorted(rows) == sorted(
        (method, keep, kept)
        for method in ("kcenter", "random")
        for keep, kept in ((0.05, 36), (0.1, 73), (0.2, 146))
    )
    assert loaded["meta"]["encoder"] == "descriptors"
    for record in loaded["records"]:
        assert record["frames"] == 6
        for key in KEYS:
            assert record[f"{key}_q1"] <= record[f"{key}_median"] <= record[f"{key}_q3"]


def test_per_sample_gives_every_frame_and_seed(evtp):
    result = evtp(
        *["coverage", "--method", "evtp,random", "--baseline", "none", "--keep", "10%"],
        *["--seeds", 2, "--per-frame", "--format", "csv"],
    )
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 6 + 6 * 2
    assert {"method", "keep", "tokens_kept", "sample", "frame", *KEYS} <= set(rows[0])
    assert {(r["sample"], r["frame"]) for r in rows if r["sample"] == "motorcycle"} == {
        ("motorcycle", "0"),
        ("motorcycle", "1"),
    }


def test_the_median_and_quartiles_are_those_of_the_frames(evtp):
    options = ["coverage", "--method", "evtp", "--baseline", "none", "--keep", "0.1", "--format"]
    (summary,) = json.loads(evtp(*options, "json").stdout)["records"]
    frames = json.loads(evtp(*options, "json", "--per-frame").stdout)["records"]
    radii = [frame["joint_radius"] for frame in frames]
    for name, share in (("q1", 25), ("median", 50), ("q3", 75)):
        assert summary[f"joint_radius_{name}"] == pytest.approx(np.percentile(radii, share))


def test_keeping_every_token_has_radius_zero(evtp):
    result = evtp("coverage", "--keep", "100%", "--seeds", 1, "--format", "json")
    for record in json.loads(result.stdout)["records"]:
        assert record["joint_radius_median"] == 0.0
        assert record["certificate_median"] == 1.0


@pytest.mark.parametrize(("keep", "said"), [("5", "5 tokens"), ("1", "1 token "), ("5%", "")])
def test_a_count_that_may_be_meant_in_per_cent_is_remarked(evtp, keep, said):
    options = ["coverage", "--method", "stride", "--baseline", "none", "--format", "csv"]
    result = evtp(*options, "--keep", keep)
    assert result.exit_code == 0, result.stderr
    assert (f"--keep {keep} is {said}" in result.stderr) == bool(said)
    assert (f"write {keep}%" in result.stderr) == bool(said)


@pytest.mark.slow
@pytest.mark.parametrize("ending", [".png", ".pdf", ".svg"])
def test_the_plot_is_written_and_the_same_bytes_each_time(evtp, tmp_path, ending):
    files = [tmp_path / f"{name}{ending}" for name in "ab"]
    for file in files:
        assert evtp("coverage", "--seeds", 1, "--keep", "5%,20%", "--plot", file).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].stat().st_size > 2000
    assert sorted(tmp_path.iterdir()) == files


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--keep", "0"], ["--keep 0", "ratio in (0, 1]"]),
        (["--keep", "1.5"], ["--keep 1.5", "ratio in (0, 1]"]),
        (["--keep", "-1"], ["--keep -1", "keeps no token"]),
        (["--keep", "nan"], ["--keep nan"]),
        (["--keep", "ten"], ["--keep ten", "not a number"]),
        (["--keep", "730"], ["--keep 730", "above the number of tokens, 729", "1 to 729"]),
        (["--keep", ","], ["--keep", "is empty"]),
        (["--method", "kcentre"], ["--method kcentre", "did you mean kcenter"]),
        (["--method", "evtp:variance=odd"], ["variance odd", "total or coordinate"]),
        (["--method", "evtp:odd=1"], ["odd", "variance"]),
        (["--baseline", "rnd"], ["rnd", "random"]),
        (["--cache", "/nowhere"], ["/nowhere"]),
        (["--seeds", "0"], ["--seeds"]),
        (["--format", "tabel"], ["--format tabel", "did you mean table"]),
        (["--plot", "x.xls"], ["--plot x.xls", ".png"]),
        (["--plot", "/nowhere/x.png"], ["--plot /nowhere/x.png"]),
        (["--pruner", "/nowhere/x.py"], ["--pruner /nowhere/x.py"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_bad_input_is_refused_in_one_line(refused, arguments, words):
    line = refused("coverage", *arguments)
    for word in words:
        assert word in line


def test_an_output_that_cannot_be_written_is_found_before_the_work(refused, monkeypatch):
    def worked(*_):
        raise AssertionError("the work was started")

    monkeypatch.setattr("evtp.sweeps.evaluate.evaluate", worked)
    refused("coverage", "--output", "/nowhere/x.csv")


def test_an_unknown_baseline_is_named_by_its_option(refused):
    assert refused("coverage", "--baseline", "foo").startswith("error: --baseline foo")
