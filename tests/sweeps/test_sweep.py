"""What a sweep records, and that nothing is computed twice."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from evtp.features import Clip, Sample, open_cache
from evtp.pruners import select
from evtp.sweeps import worker
from evtp.sweeps.digests import files_behind, method_digest, source_of
from evtp.sweeps.overview import overview
from evtp.sweeps.schema import TIMINGS, records_schema, statistics
from evtp.sweeps.sweep import planned


def brute_force_radius(x, kept):
    """The largest distance to the nearest kept row, from all differences."""
    return np.linalg.norm(x[:, None] - x[None, kept], axis=2).min(axis=1).max()


def test_records_hold_what_each_method_keeps_and_how_it_covers(
    cache, request_of, swept, tools, tmp_path
):
    swept(cache, request_of("evtp", "random", indices=True), tmp_path / "run")
    rows = tools.rows_of(tmp_path / "run")
    assert len(rows) == 12 * 2 * 2 * (1 + 2)  # clips, frames, budgets; evtp draws nothing
    for row in rows[::7]:
        frame = cache[row["sample"]].clip[row["frame"]]
        x = np.asarray(frame.features, np.float64)
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        grid = np.indices((6, 7)).reshape(2, -1).T / (6, 7)
        kept = row["indices"]
        assert len(kept) == row["tokens_kept"] == (5 if row["keep_count"] else 4)
        assert (row["keep_ratio"] is None) != (row["keep_count"] is None)
        assert row["feature_radius"] == pytest.approx(brute_force_radius(x, kept), rel=1e-5)
        assert row["spatial_radius"] == pytest.approx(brute_force_radius(grid, kept), rel=1e-5)


def test_a_seed_draws_what_select_draws_with_it(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("random", keeps=[6], indices=True), tmp_path / "run")
    for row in tools.rows_of(tmp_path / "run"):
        chosen = select("random", cache[row["sample"]].clip, 6, seed=row["seed"])
        assert row["indices"] == chosen[row["frame"]].indices.tolist()


def test_files_have_the_documented_columns(cache, request_of, swept, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "run")
    for path in (tmp_path / "run" / "records").iterdir():
        found = pq.read_schema(path)
        assert found.remove_metadata().equals(records_schema())
        assert pq.read_table(path)["indices"].null_count == pq.read_metadata(path).num_rows
    for path in (tmp_path / "run" / "timings").iterdir():
        assert pq.read_schema(path).remove_metadata().equals(TIMINGS)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["statistics"] == list(statistics())
    assert manifest["cache"]["frames"] == 24


def test_every_column_is_in_the_documentation():
    from pathlib import Path

    text = (Path(__file__).resolve().parents[2] / "docs" / "sweeps.md").read_text(encoding="utf-8")
    for name in [*records_schema().names, *TIMINGS.names]:
        assert f"`{name}`" in text, name


def test_a_missing_statistic_is_null(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("evtp", keeps=[1]), tmp_path / "run")
    row = tools.rows_of(tmp_path / "run")[0]
    assert row["packing"] is None  # of a single token
    assert row["recovery_iou"] is None  # the cache has no masks
    assert row["objects"] is None


def test_masks_are_recovered_where_the_cache_has_them(request_of, swept, tools, tmp_path):
    clip = tools.sample("seen").clip
    left_half = [[0, 0, 35, 0, 35, 60, 0, 60]]
    one = Sample(id="seen", clip=clip, image_size=(60, 70), masks={"left": [left_half, None]})
    cache = tools.write_cache(tmp_path / "masked", [one])
    swept(cache, request_of("stride", keeps=[1.0]), tmp_path / "run")
    first, second = tools.rows_of(tmp_path / "run")
    assert first["objects"] == 1
    # With every token kept nothing is lost beside what the patches blur.
    assert first["recovery_iou"] == first["recovery_ceiling_iou"] > 0.8
    assert second["objects"] is None  # the object is not in this frame


def test_a_finished_run_is_not_computed_again(
    cache, request_of, swept, tools, tmp_path, monkeypatch
):
    swept(cache, request_of("random"), tmp_path / "run")
    before = tools.files_of(tmp_path / "run")
    with planned(cache, request_of("random"), tmp_path / "run") as plan:
        assert plan.tasks == []
    assert tools.files_of(tmp_path / "run") == before


@pytest.mark.parametrize(
    "more",
    [
        {"methods": ("random", "evtp")},
        {"methods": ("random",), "keeps": [0.1, 5, 0.5]},
        {"methods": ("random",), "seeds": 4},
        {"methods": ("evtp", "random"), "keeps": [0.5, 5], "seeds": 3},
    ],
    ids=["method", "ratio", "seeds", "all"],
)
def test_more_computes_only_what_is_new(cache, request_of, swept, tools, tmp_path, more):
    methods = more.pop("methods")
    swept(cache, request_of("random"), tmp_path / "run")
    before = tools.files_of(tmp_path / "run")
    with planned(cache, request_of(*methods, **more), tmp_path / "run") as plan:
        asked = [cell for task in plan.tasks for cell in task.cells]
        assert not {("random", s, k) for s in (0, 1) for k in ("0.1", "5")} & set(asked)
        for task in plan.tasks:
            worker.compute(plan.job, task)
    after = tools.files_of(tmp_path / "run")
    assert before.items() <= after.items()
    # The same as all at once, each record once.
    union = {
        "keeps": list({str(k): k for k in (0.1, 5, *more.get("keeps", ()))}.values()),
        "seeds": max(2, more.get("seeds", 2)),
    }
    if methods == ("random",):
        swept(cache, request_of("random", **union), tmp_path / "once")
        assert tools.rows_of(tmp_path / "run") == tools.rows_of(tmp_path / "once")
    rows = tools.rows_of(tmp_path / "run")
    keys = [
        tuple(r[k] for k in ("sample", "frame", "method", "seed", "keep_ratio", "keep_count"))
        for r in rows
    ]
    assert len(keys) == len(set(keys))


def test_a_count_of_one_and_a_ratio_of_one_are_two_budgets(
    cache, request_of, swept, tools, tmp_path
):
    swept(cache, request_of("evtp", keeps=[1]), tmp_path / "run")
    swept(cache, request_of("evtp", keeps=[1.0]), tmp_path / "run")
    assert {row["tokens_kept"] for row in tools.rows_of(tmp_path / "run")} == {1, 42}


def test_the_order_of_asking_changes_no_byte(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("evtp", "random", keeps=[0.1, 5]), tmp_path / "a")
    swept(cache, request_of("random", "evtp", keeps=[5, 0.1]), tmp_path / "b")
    assert tools.files_of(tmp_path / "a") == tools.files_of(tmp_path / "b")


def test_what_a_killed_writer_left_is_no_part(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "run")
    whole = tools.files_of(tmp_path / "run")
    name = sorted(whole)[0]
    torn = tmp_path / "run" / "records" / f".writing-{name}.0a0b"
    torn.write_bytes(whole[name][:100])
    (tmp_path / "run" / "records" / name).unlink()
    done = swept(cache, request_of("evtp"), tmp_path / "run")
    assert [one.task.name for one in done] == [name]
    assert tools.files_of(tmp_path / "run") == whole


def test_a_moved_cache_is_the_same_cache(cache, request_of, swept, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "run")
    shutil.move(tmp_path / "cache", tmp_path / "moved")
    assert swept(open_cache(tmp_path / "moved"), request_of("evtp"), tmp_path / "run") == []


def test_a_poisoned_sample_fails_alone_and_is_listed(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "clean")
    tools.poison(tmp_path / "cache", "clip-05")
    done = swept(open_cache(tmp_path / "cache"), request_of("evtp"), tmp_path / "run")
    (failure,) = [failure for one in done for failure in one.failures]
    assert (failure.sample, failure.method) == ("clip-05", "")
    assert "NaN" in failure.problem
    expected = [r for r in tools.rows_of(tmp_path / "clean") if r["sample"] != "clip-05"]
    assert tools.rows_of(tmp_path / "run") == expected


def test_damage_is_found_and_mended_without_starting_again(
    cache, request_of, swept, tools, tmp_path
):
    path = sorted((tmp_path / "cache").glob("shard-*.safetensors"))[1]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    done = swept(open_cache(tmp_path / "cache"), request_of("evtp"), tmp_path / "run")
    (failure,) = [failure for one in done for failure in one.failures]
    assert "SHA-256" in failure.problem
    path.write_bytes(whole)
    again = swept(open_cache(tmp_path / "cache"), request_of("evtp"), tmp_path / "run")
    assert [len(one.task.positions) for one in again] == [1]
    swept(open_cache(tmp_path / "cache"), request_of("evtp"), tmp_path / "clean")
    assert tools.rows_of(tmp_path / "run") == tools.rows_of(tmp_path / "clean")


def test_a_method_that_raises_spares_the_others(cache, request_of, swept, faulty, tools, tmp_path):
    done = swept(cache, request_of(faulty("raises"), "evtp"), tmp_path / "run")
    failures = [failure for one in done for failure in one.failures]
    assert failures
    assert {failure.method for failure in failures} == {"raises"}
    assert all("ZeroDivisionError" in failure.problem for failure in failures)
    rows = tools.rows_of(tmp_path / "run")
    assert len({r["sample"] for r in rows if r["method"] == "evtp"}) == 12
    failed = {failure.sample for failure in failures}
    assert {r["sample"] for r in rows if r["method"] == "raises"} == set(cache) - failed
    # Only the failed ones are tried again.
    again = swept(cache, request_of("evtp", faulty("raises")), tmp_path / "run")
    assert {f.sample for one in again for f in one.failures} == failed
    assert sum(one.records for one in again) == 0


def test_pruning_costs_nothing_known_for_a_method_of_ones_own(
    cache, request_of, swept, faulty, tools, tmp_path
):
    swept(cache, request_of(faulty("raises"), "evtp", keeps=[5]), tmp_path / "run")
    costs = {row["method"]: row["pruning_macs"] for row in tools.rows_of(tmp_path / "run")}
    assert costs["raises"] is None
    # Five picks and the start, each against 42 tokens of 16 features and 2 coordinates.
    assert costs["evtp"] == 5 * 42 * 18


def test_the_overview_is_the_median_of_the_records(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("evtp", "random"), tmp_path / "run")
    rows = tools.rows_of(tmp_path / "run")
    for row in overview(str(tmp_path / "run")):
        same = [
            r["joint_radius"]
            for r in rows
            if r["method"] == row["method"] and r["tokens_kept"] == row["tokens_kept"]
        ]
        assert row["records"] == len(same)
        assert row["joint_radius_median"] == pytest.approx(np.median(same))


def test_a_shard_holds_whole_samples_of_one_file(cache, request_of, tmp_path):
    with planned(cache, request_of("evtp", shard_frames=5), tmp_path / "run") as plan:
        shards = [task.shard for task in plan.tasks]
    assert [shard.frames for shard in shards] == [4, 4] * 3  # clips of two frames, four to a file
    assert [shard.first for shard in shards] == [0, 2] * 3


def test_a_small_cache_is_cut_fine_and_a_large_one_at_64(request_of, tools, tmp_path):
    clip = Clip(np.random.default_rng(0).standard_normal((65, 4, 2)).astype(np.float32), (2, 2))
    cache = tools.write_cache(tmp_path / "c", [Sample(id=f"{i}", clip=clip) for i in range(2)])
    with planned(cache, request_of("evtp", keeps=[2], shard_frames=None), tmp_path / "run") as plan:
        assert [task.shard.frames for task in plan.tasks] == [65, 65]
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["shard_frames"] == 3  # 130 frames in 64 shards


def test_ray_is_imported_only_by_its_engine():
    code = (
        "import sys, evtp.sweeps.sweep, evtp.sweeps.worker, evtp.cli.commands.sweep\n"
        "from evtp.sweeps.engines import ENGINES\n"
        "ENGINES.load('local'); ENGINES.load('ray')\n"
        "print('ray' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_digest_of_the_code_covers_what_decides_a_number():
    found = set(files_behind(["evtp.sweeps.evaluate"]))
    assert {"evtp.features.nearest", "evtp.features.moments_kernel", "evtp.core.budget"} <= found
    assert not {name for name in found if name.startswith(("evtp.cli", "evtp.reports"))}
    own = set(files_behind(["evtp.pruners.methods.evtp"]))
    assert {"evtp.pruners.methods.evtp", "evtp.pruners.farthest_kernel"} <= own
    assert "evtp.pruners.methods.dpp" not in own


def test_a_url_is_written_and_continued_like_a_folder(cache, request_of, swept, tools, tmp_path):
    swept(cache, request_of("evtp"), tmp_path / "folder")
    swept(cache, request_of("evtp"), f"local://{tmp_path}/url")
    assert tools.files_of(tmp_path / "url") == tools.files_of(tmp_path / "folder")
    swept(cache, request_of("evtp", "stride"), f"local://{tmp_path}/url")
    assert len(overview(f"local://{tmp_path}/url")) == 4
    assert swept(cache, request_of("evtp"), f"local://{tmp_path}/url") == []


def test_a_kernel_beside_a_pruner_of_ones_own_is_not_looked_into(
    cache, request_of, swept, tmp_path
):
    (tmp_path / "mine.py").write_text("def prune(frame, k):\n    return range(k)\n")
    (tmp_path / "my_kernel.py").write_text("raise RuntimeError\n")
    done = swept(cache, request_of(tmp_path / "mine.py"), tmp_path / "run")
    assert done
    assert not any(task.failures for task in done)


def test_a_file_that_only_imports_its_function_travels_itself(cache, request_of, swept, tmp_path):
    mine = tmp_path / "alias.py"
    mine.write_text("from evtp.pruners.methods.stride import prune\n")
    first = request_of(mine).pruners[0]
    assert source_of(first) == mine.read_text()
    done = swept(cache, request_of(mine, "stride"), tmp_path / "run")
    assert not any(task.failures for task in done)
    mine.write_text("from evtp.pruners.methods.topk import prune\n")
    assert method_digest(request_of(mine).pruners[0]) != method_digest(first)
