"""`evtp recover` and `evtp correlate` on synthetic scenes."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from evtp.cli.commands.correlate import _verdict
from evtp.features import Clip, Sample
from evtp.features.cache_writer import CacheWriter

SMALL = (
    "--scenes",
    "salient",
    "--per-kind",
    "1",
    "--method",
    "evtp,topk,stride,evs",
    "--keep",
    "5%,20%",
)


def records(done):
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["records"]


def test_recovery_stays_below_its_ceiling_and_is_1_for_all_tokens(evtp):
    found = records(evtp("recover", *SMALL, "--keep", "100%", "--format", "json"))
    assert {(r["method"], r["tokens_kept"]) for r in found} >= {("evtp", 36), ("stride", 146)}
    for record in found:
        assert 0 <= record["iou"] <= 1
        if record["tokens_kept"] == 729:
            assert record["iou"] == record["ceiling_iou"]
            assert record["lost"] == 0


def test_recover_compares_with_one_method_where_it_is_asked_to(evtp):
    given = ("recover", *SMALL[:2], "--per-kind", "3", "--method", "evtp,random", "--keep", "5%")
    given = (*given, "--seeds", "2", "--format", "json")
    done = evtp(*given, "--against", "stride")
    found = {record["method"]: record for record in records(done)}
    table = pd.DataFrame(records(evtp(*given, "--method", "stride", "--per-object")))
    frames = table.groupby(["method", "sample", "frame"]).iou.mean()
    for method in ("evtp", "random"):
        gains = frames[method] - frames["stride"]
        assert found[method]["iou_gain"] == pytest.approx(gains.median())
        assert (found[method]["better"], found[method]["frames"]) == ((gains > 0).sum(), len(gains))
    assert found["stride"]["iou_gain"] is None
    assert "2,000 bootstrap draws" in done.stdout
    assert "iou_gain" not in records(evtp(*given))[0]


def test_correlate_gives_a_record_a_statistic_and_a_figure(evtp, tmp_path):
    figure = tmp_path / "c.png"
    found = records(
        evtp("correlate", *SMALL, "--bootstrap", "20", "--plot", figure, "--format", "json")
    )
    assert {"joint_radius", "feature_radius", "spatial_radius"} <= {r["statistic"] for r in found}
    assert all(r["across"] is None or -1 <= r["across"] <= 1 for r in found)
    assert figure.stat().st_size > 1000


def test_correlate_keeps_a_count_and_the_ratio_of_as_many_tokens_apart(evtp):
    given = ("correlate", *SMALL[:-2], "--bootstrap", "0", "--format", "json", "--keep")
    alone, one, other = (records(evtp(*given, keeps)) for keeps in ("5%", "5%,36", "36,5%"))
    assert one == other
    assert [record["points"] for record in one] == [2 * record["points"] for record in alone]


def test_correlate_has_one_point_a_method_however_many_seeds_it_draws_with(evtp):
    given = ("correlate", *SMALL, "--method", "random", "--bootstrap", "0", "--format", "json")
    found = records(evtp(*given, "--seeds", "3"))
    assert {r["points"] for r in found if r["statistic"].endswith("_radius")} == {5 * 2}


@pytest.mark.parametrize(
    ("keeps", "views"),
    [
        ("5%,20%", ["Across", "Partial", "Within ratio", "Within frame"]),
        ("5%", ["Across", "Within frame"]),
    ],
)
def test_correlate_shows_views_that_are_the_same_once(evtp, keeps, views):
    asked = (*SMALL[:2], "--per-kind", "2", *SMALL[4:6], "--keep", keeps, "--bootstrap", "9")
    lines = evtp("correlate", *asked, "--format", "markdown").stdout.splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    assert rows[0] == ["Statistic", *views]
    assert "mean distance" in {row[0] for row in rows}


@pytest.mark.parametrize(
    ("strengths", "says"),
    [
        ({"certificate": -0.9, "joint_radius": -0.9, "packing": 0.5},
         "joint radius predicts best between methods on a frame"),
        ({"certificate": -0.8, "packing": 0.9, "joint_radius": -0.8},
         "packing predicts best between methods on a frame; the paper's joint radius is number 2"),
        ({"packing": 0.9, "mean_distance": -0.9, "joint_radius": -0.8},
         "packing and mean distance predict best between methods on a frame; "
         "the paper's joint radius is number 3"),
        ({"packing": 0.9, "joint_radius": -0.9},
         "packing and joint radius predict best between methods on a frame"),
        ({"packing": None}, "No statistic and outcome both differ between methods on a frame"),
    ],
)  # fmt: skip
def test_the_verdict_leaves_the_certificate_out_and_ranks_ties_alike(strengths, says):
    found = [{"statistic": name, "within_frame": value} for name, value in strengths.items()]
    assert _verdict(found) == says


def test_correlate_says_what_its_features_are_of(evtp):
    few = ("--method", "evtp,topk,stride,evs", "--keep", "5%", "--bootstrap", "0")
    meta = json.loads(evtp("correlate", *few, "--format", "json").stdout)["meta"]
    expected = {"encoder": "descriptors", "grid": "27x27", "samples": 5, "frames": 6}
    assert expected.items() <= meta.items()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("recover", "--against", "evpt"), "--against evpt: no such name; did you mean evtp"),
        (("recover", "--against", "evtp", "--per-object"), "goes not with --per-object"),
        (("recover", "--method", "evtp", "--against", "evtp"), "has no other beside it"),
        (("recover", "--scenes", "flatt"), "did you mean flat"),
        (("recover", "--scenes", "flat", "--cache", "x"), "goes not with --cache"),
        (("recover", "--per-kind", 2), "--per-kind 2: is of scenes"),
        (("recover", *SMALL, "--nearest", "0"), "--nearest 0"),
        (("recover", *SMALL, "--threshold", "2"), "--threshold 2"),
        (("correlate", "--method", "evtp,random,tome"), "evtp, random, tome: are fewer than 4"),
        (("correlate", *SMALL, "--outcome", "giou"), "--outcome giou"),
    ],
)
def test_bad_options_are_one_line(refused, arguments, says):
    assert says in refused(*arguments)


@pytest.mark.parametrize("command", ["recover", "correlate"])
def test_a_cache_without_masks_is_refused_before_any_work(refused, command, tmp_path):
    with CacheWriter(tmp_path / "cache", {"encoder": "noise"}, "float32") as writer:
        for name in ("a", "b"):
            writer.add(Sample(name, Clip(np.ones((1, 9, 2)), grid=(3, 3))))
    line = refused(command, "--cache", tmp_path / "cache", "--keep", "2,3")
    assert f"--cache {tmp_path / 'cache'}: has masks to recover in none of its 2 samples" in line


@pytest.mark.parametrize("command", ["recover", "correlate"])
def test_samples_without_masks_are_left_out_and_counted(evtp, command, tmp_path):
    random = np.random.default_rng(0)
    size, masks = (30, 30), {"thing": [[[0, 0, 20, 0, 20, 20, 0, 20]]]}
    for cache, bare in (("all", 0), ("some", 2)):
        with CacheWriter(tmp_path / cache, {"encoder": "noise"}, "float32") as writer:
            for name in ("a", "b"):
                clip = Clip(random.standard_normal((1, 36, 4)))
                writer.add(Sample(name, clip, image_size=size, masks=masks))
            for number in range(bare):
                writer.add(Sample(f"bare{number}", Clip(random.standard_normal((1, 36, 4)))))
    methods = ["--method", "evtp,kcenter,divprune,stride", "--keep", "4,6", "--format", "json"]
    result = evtp(command, "--cache", tmp_path / "some", *methods)
    assert result.exit_code == 0, result.stderr
    said = "left out for want of masks: 2 of 4 samples, as bare0"
    assert said in " ".join(result.stderr.split())
    assert json.loads(result.stdout)["meta"]["samples"] == 2
    assert "left out for" not in evtp(command, "--cache", tmp_path / "all", *methods).stderr


@pytest.mark.slow
def test_scenes_are_told_apart_by_kind_with_the_spread_between_them(evtp):
    asked = ["--scenes", "flat,salient", "--per-kind", 2, "--method", "stride", "--keep", "5%"]
    found = records(evtp("recover", *asked, "--format", "json"))
    assert [record["scene"] for record in found] == ["flat", "salient"]
    each = records(evtp("recover", *asked, "--per-object", "--format", "json"))
    for record in found:
        assert record["iou_sd"] > 0
        own = [r["iou"] for r in each if r["scene"] == record["scene"]]
        assert record["iou"] == pytest.approx(sum(own) / len(own))


def test_columns_of_small_objects_are_shown_only_where_there_are_some(evtp):
    line = ("recover", "--scenes", "salient", "--per-kind", "1", "--method", "stride")
    done = evtp(*line, "--keep", "10%", "--format", "csv")
    assert done.exit_code == 0, done.stderr
    assert "lost_small" in done.stdout  # a file's columns stay
    assert "Small Lost" not in evtp(*line, "--keep", "10%", "--format", "markdown").stdout
    found = evtp("recover", "--method", "stride", "--keep", "10%", "--format", "markdown").stdout
    assert "Small Lost" in found


@pytest.mark.parametrize("command", ["recover", "correlate"])
def test_a_cache_of_empty_masks_is_refused(refused, command, tmp_path):
    black = tmp_path / "black.png"
    Image.fromarray(np.zeros((30, 30), np.uint8)).save(black)
    with CacheWriter(tmp_path / "cache", {"encoder": "noise"}, "float32") as writer:
        clip = Clip(np.random.default_rng(0).standard_normal((1, 36, 4)))
        writer.add(Sample("a", clip, image_size=(30, 30), masks={"thing": [str(black)]}))
    methods = ["--method", "evtp,kcenter,divprune,stride", "--keep", "4"]
    line = refused(command, "--cache", tmp_path / "cache", *methods)
    assert "has masks, but no object in any frame" in line


def test_an_odd_option_of_against_is_refused_by_that_name(refused):
    line = refused("recover", "--method", "divprune", "--against", "evtp:x=1", "--keep", "10%")
    assert line.startswith("error: --against evtp:x=1:")
