"""`evtp prune`, `compare`, `check-pruner` and `list pruners`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors import safe_open

from evtp.features import Clip
from evtp.features.cache import Sample
from evtp.features.cache_writer import CacheWriter
from evtp.flops.ops import macs
from evtp.flops.pruning import pruning_ops
from evtp.pruners import select
from evtp.pruners.method import METHODS


@pytest.fixture(scope="module")
def clips():
    rng = np.random.default_rng(0)

    def clip(frames):
        raw = rng.standard_normal((frames, 30, 32)).astype(np.float16)
        return Clip(raw, (5, 6), attention=rng.random((frames, 30)).astype(np.float16))

    return {"picture": clip(1), "film": clip(3)}


@pytest.fixture(scope="module")
def cache(tmp_path_factory, clips):
    folder = tmp_path_factory.mktemp("cache") / "features"
    with CacheWriter(folder, {"encoder": "noise", "model": "noise"}) as writer:
        for name, clip in clips.items():
            writer.add(Sample(name, clip))
    return folder


def test_prune_prints_every_index_of_every_frame(evtp, cache, clips):
    result = evtp(
        "prune", "evtp", "--cache", cache, "--keep", "20%,3", "--threads", 2, "--format", "json"
    )
    assert result.exit_code == 0, result.output
    records = json.loads(result.stdout)["records"]
    assert len(records) == 4 * 2
    for record in records:
        frame = clips[record["sample"]][record["frame"]]
        assert record["indices"] == select("evtp", frame, record["keep"]).indices.tolist()
        assert record["tokens_kept"] == len(record["indices"])


def test_prune_saves_tensors(evtp, cache, clips, tmp_path):
    path = tmp_path / "kept.safetensors"
    result = evtp("prune", "tome", "--cache", cache, "--keep", "9", "-o", path)
    assert result.exit_code == 0, result.output
    chosen = select("tome", clips["film"][2], 9)
    with safe_open(path, "numpy") as saved:
        assert saved.metadata()["method"] == "tome"
        assert saved.metadata()["keep"] == "9"
        assert len(saved.keys()) == 4 * 3
        assert saved.get_tensor("film/2/indices").tolist() == chosen.indices.tolist()
        np.testing.assert_array_equal(saved.get_tensor("film/2/merged"), chosen.merged)


def test_prune_over_whole_clips(evtp, cache):
    arguments = ("--cache", cache, "--keep", "20%", "--scope", "clip", "--format", "json")
    records = json.loads(evtp("prune", "kcenter", *arguments).stdout)["records"]
    film = [record["tokens_kept"] for record in records if record["sample"] == "film"]
    assert sum(film) == 18


def test_prune_needs_a_method(refused):
    assert "method" in refused("prune")


def test_prune_refuses_several_ratios_in_a_file_of_tensors(refused, tmp_path):
    path = tmp_path / "kept.safetensors"
    assert "--keep 5%, 10%" in refused("prune", "evtp", "--keep", "5%,10%", "-o", path)
    assert not path.exists()


def test_prune_refuses_a_method_that_lacks_an_input(refused, cache):
    assert "visionzip: features: have no keys" in refused("prune", "visionzip", "--cache", cache)


@pytest.mark.parametrize("keep", ["0", "1.5", "-1", "nan", "ten", "31"])
def test_prune_refuses_a_keep_out_of_range(refused, cache, keep):
    assert refused("prune", "evtp", "--cache", cache, f"--keep={keep}").startswith("error: --keep")


def test_prune_refuses_an_unknown_method_scope_and_output(refused, cache, tmp_path):
    assert "did you mean evtp" in refused("prune", "evpt", "--cache", cache)
    assert "--scope video" in refused("prune", "evtp", "--cache", cache, "--scope", "video")
    missing = tmp_path / "no" / "kept.json"
    assert "does not exist" in refused("prune", "evtp", "--cache", cache, "-o", missing)


def test_compare_gives_overlap_cover_and_cost(evtp, cache, clips):
    arguments = ("--method", "kcenter,evtp,stride", "--keep", "6", "--format", "json")
    result = evtp("compare", "--cache", cache, *arguments)
    assert result.exit_code == 0, result.output
    records = json.loads(result.stdout)["records"]
    single = {r["method"]: r for r in records if "other" not in r}
    assert list(single) == ["kcenter", "evtp", "stride"]
    assert single["stride"]["macs"] == 0
    assert single["evtp"]["macs"] > 0
    assert single["evtp"]["tokens_kept"] == 6
    pairs = {(r["method"], r["other"]): r for r in records if "other" in r}
    assert len(pairs) == 3
    shares = []
    frames = [frame for clip in clips.values() for frame in clip]
    # The seeds of a clip's frames differ; the deterministic pair can be computed frame by frame.
    for frame in frames:
        one, other = (set(select(m, frame, 6).indices.tolist()) for m in ("evtp", "stride"))
        shares.append(len(one & other) / len(one | other))
    assert pairs["evtp", "stride"]["jaccard_mean"] == pytest.approx(np.mean(shares))


def test_compare_and_coverage_agree(evtp, cache):
    options = (
        "--method",
        "kcenter,random",
        "--keep",
        "6,0.5",
        "--cache",
        cache,
        "--format",
        "json",
    )
    compared, covered = (
        json.loads(evtp(command, *options, *more).stdout)
        for command, more in (("compare", ()), ("coverage", ("--baseline", "none")))
    )
    for key in ("encoder", "grid", "samples", "frames", "seeds"):
        assert compared["meta"][key] == covered["meta"][key]
    rows = {(r["method"], r["keep"]): r for r in compared["records"] if "other" not in r}
    assert len(rows) == len(covered["records"]) == 4
    for record in covered["records"]:
        for key, value in rows[record["method"], record["keep"]].items():
            assert key == "macs" or value == record[key]


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("google/siglip-so400m-patch14-384", "google/siglip-so400m-patch14-384"),
        ("/data/models/siglip-384", "siglip-384"),
        ("/c/models--google--siglip-384/snapshots/9fdffc58", "google/siglip-384"),
    ],
)
def test_tables_name_the_checkpoint_block_and_grid_of_their_features(evtp, tmp_path, model, shown):
    x = np.random.default_rng(0).standard_normal((1, 30, 8)).astype(np.float16)
    with CacheWriter(tmp_path, {"encoder": "siglip", "model": model, "block": 26}) as writer:
        writer.add(Sample("wide", Clip(x, (5, 6))))
        writer.add(Sample("tall", Clip(x, (6, 5))))
    options = ("--cache", tmp_path, "--keep", "6", "--format", "json", "--method", "evtp,random")
    said = {
        "encoder": "siglip",
        "checkpoint": shown,
        "block": 26,
        "grid": "5x6, 6x5",
        "samples": 2,
        "frames": 2,
    }
    for command in ("coverage", "compare"):
        meta = json.loads(evtp(command, *options).stdout)["meta"]
        assert {**said, "seeds": 5}.items() <= meta.items()


def test_compare_needs_two_methods(refused):
    assert "name two or more" in refused("compare", "--method", "evtp")


def test_check_pruner_passes_and_fails(evtp, tmp_path):
    good = tmp_path / "first.py"
    good.write_text('"""The first."""\ndef prune(frame, k):\n    return range(k)\n')
    result = evtp("check-pruner", good, "--format", "csv")
    assert result.exit_code == 0, result.output
    assert "failed" not in result.stdout
    bad = tmp_path / "bad.py"
    bad.write_text('"""The wrong ones."""\ndef prune(frame, k):\n    return [0] * k\n')
    result = evtp("check-pruner", bad, "--format", "csv")
    assert result.exit_code == 1
    assert "failed" in result.stdout
    assert "bad breaks" in result.stderr


def test_options_of_an_own_pruner_are_set_by_its_name(evtp, refused, cache, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def prune(frame, k, *, start=0):\n    return range(start, start + k)\n")
    options = ("--pruner", file, "--cache", cache, "--keep", "2", "--format", "json")
    methods = ("--method", "mine:start=3,random", "--baseline", "none", "--seeds", "1")
    records = json.loads(evtp("coverage", *options, *methods).stdout)["records"]
    assert sorted({record["method"] for record in records}) == ["mine", "mine:start=3", "random"]
    assert evtp("check-pruner", f"{file}:start=1").exit_code == 1  # beyond the last token
    assert "--method mine:stop=3: has no option stop" in refused(
        "coverage", *options, "--method", "mine:stop=3"
    )
    assert f"give it as --pruner {file}" in refused("coverage", "--method", file)
    done = evtp("prune", "mine:start=3", *options)
    assert {tuple(r["indices"]) for r in json.loads(done.stdout)["records"]} == {(3, 4)}
    assert "name one method" in refused("prune", "random", *options)
    assert f"give --pruner {file} --method mine:start=3" in refused(
        "coverage", "--pruner", f"{file}:start=3"
    )


@pytest.mark.parametrize("command", [("coverage", "--baseline", "none"), ("compare",)])
def test_a_count_and_a_ratio_of_as_many_tokens_keep_their_rows_together(evtp, cache, command):
    given = ("--method", "topk,stride", "--cache", cache, "--format", "latex")
    for keeps in ("20%,6", "1.0,30"):
        table = evtp(*command, *given, "--keep", keeps).stdout
        rows = table.partition("\\midrule")[2].partition("\\bottomrule")[0].split("\\midrule")
        assert [block.count("\\\\") for block in rows] == [2, 2]


def test_list_pruners_names_every_method_with_its_needs_and_options(evtp):
    records = json.loads(evtp("list", "pruners", "--format", "json").stdout)["records"]
    assert [record["method"] for record in records] == METHODS.names()
    by_name = {record["method"]: record for record in records}
    assert by_name["visionzip"]["needs"] == "attention, keys"
    assert "scale=1" in by_name["kcenter-spatial"]["options"]
    assert all(record["summary"] for record in records)


def test_compare_tells_a_count_of_one_from_all_tokens(evtp, cache):
    arguments = ("--method", "topk,stride", "--cache", cache, "--keep", "1,1.0", "--format", "json")
    records = json.loads(evtp("compare", *arguments).stdout)["records"]
    shared = [record["jaccard_mean"] for record in records if "other" in record]
    assert shared[0] < 1.0 == shared[1]
    table = evtp("compare", *arguments[:-2]).stdout
    assert f"{shared[0]:.2f}" in table


def test_the_cost_of_frames_of_unlike_sizes_is_their_median(evtp, tmp_path):
    rng = np.random.default_rng(0)
    with CacheWriter(tmp_path / "cache", {"encoder": "noise", "model": "noise"}) as writer:
        for name, side in (("a", 4), ("b", 8), ("c", 12)):
            raw = rng.standard_normal((1, side * side, 32)).astype(np.float16)
            writer.add(Sample(name, Clip(raw, (side, side))))
    alone = macs(pruning_ops("evtp", (64, 5), 32, 0))
    arguments = ("--method", "evtp,tome:heads=4", "--keep", 5, "--format", "json")
    records = json.loads(evtp("compare", "--cache", tmp_path / "cache", *arguments).stdout)
    found = {r["method"]: r["macs"] for r in records["records"] if "macs" in r}
    assert found["evtp"] == alone
    assert found["tome:heads=4"] == macs(pruning_ops("tome", (64, 5), 32, 8))


def test_compare_has_a_block_a_ratio(evtp, cache):
    arguments = ("--method", "topk,stride", "--cache", cache, "--keep", "5,10")
    lines = evtp("compare", *arguments, "--format", "csv").stdout.splitlines()
    assert len(lines) > 4
    table = evtp("compare", *arguments, "--format", "markdown").stdout.splitlines()
    keeps = [line.split("|")[1].strip() for line in table if line.startswith("| ")][1:]
    assert [keep for keep in keeps if keep.isdigit()] == ["5", "5", "10", "10"]


@pytest.mark.parametrize("command", ["coverage", "compare"])
def test_all_leaves_out_what_the_cache_cannot_feed_and_says_so(evtp, refused, cache, command):
    done = evtp(command, "--method", "all", "--cache", cache, "--keep", 5, "--format", "json")
    assert done.exit_code == 0, done.stderr
    shown = {record["method"] for record in json.loads(done.stdout)["records"]}
    assert {"evtp", "topk"} < shown
    assert "visionzip" not in shown
    assert "left out: visionzip, which needs keys" in done.stderr
    named = refused(command, "--method", "evtp,visionzip", "--cache", cache, "--keep", 5)
    assert "visionzip" in named


def test_bench_counts_what_a_share_of_the_grid_saves(evtp):
    small = ("--grid", "9x9", "--width", 8, "--frames", 1, "--rounds", 2, "--format", "json")
    done = evtp("bench", "pruners", "--method", "stride", "--keep", "1,1.0,8,10%", *small)
    found = [r for r in json.loads(done.stdout)["records"] if r["method"] == "stride"]
    saved = [record.get("saved_seconds") for record in found]
    assert saved[0] > saved[2] == saved[3] > 0  # 8 of 81 are 10 %
    assert saved[1] is None  # all of them
