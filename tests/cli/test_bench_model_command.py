"""`evtp bench model`, on a model of a hundredth of the width."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")

THIN = Path(__file__).parents[1] / "timing" / "thin.toml"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("evtp.timing.device.Cpu.reference_side", 64)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def bench(evtp):
    def run(*arguments):
        return evtp("bench", "model", "--model", THIN, "--rounds", 1, *arguments)

    return run


@pytest.mark.slow
def test_speed_ups_of_an_image_and_of_a_video_in_both_layouts(bench, tmp_path):
    plot = tmp_path / "latency.png"
    result = bench("--keep", "10%", "--method", "evtp,random", "--format", "json", "--plot", plot)
    assert result.exit_code == 0, result.stderr
    loaded = json.loads(result.stdout)
    gains = [r for r in loaded["records"] if "speedup_measured" in r]
    assert [(r["dataset"], r["layout"], r["method"]) for r in gains] == [
        (dataset, layout, method)
        for dataset, layout in (("refcoco", "concat"), ("revos", "concat"), ("revos", "ovp"))
        for method in ("evtp", "random")
    ]
    assert loaded["meta"]["dtype"] == "float32"
    assert loaded["meta"]["weights"] == "random"
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_people_read_what_was_scaled_and_on_which_device(bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    result = bench(*["--keep", "0.1", "--dataset", "refcoco", "--format", "table"])
    assert "1 of 4 of the language model" in result.stdout
    assert "threads: 1" in result.stdout
    assert "Break-even" in result.stdout


def test_per_stage_shows_each_module(bench):
    result = bench(
        *["--keep", "0.1", "--dataset", "refcoco", "--per-stage", "--format", "markdown"],
        *["--stage", "language_model,token_pruning"],
    )
    assert "Language model" in result.stdout
    assert "Pixel decoder" not in result.stdout.split("The whole is without")[0]


def test_all_layers_run_where_asked_for(bench):
    result = bench(
        *["--keep", "0.5", "--dataset", "refcoco", "--stage", "language_model"],
        *["--layers", "all", "--format", "json"],
    )
    stage = json.loads(result.stdout)["records"][0]
    assert (stage["layers_run"], stage["layers"]) == (4, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layers", "0"], "--layers 0"),
        (["--layers", "many"], "--layers many"),
        (["--dtype", "int8"], "--dtype int8"),
        (["--device", "cuda:99"], "--device cuda:99"),
        (["--positions", "keep"], "did you mean kept"),
        (["--clock", "sun"], "--clock sun"),
        (["--stage", "decoder"], "--stage decoder"),
        (["--dataset", "revoss"], "did you mean revos"),
        (["--layout", "tiled"], "--layout tiled"),
        (["--method", "kcentre"], "did you mean kcenter"),
        (["--plot", "curve.txt"], "--plot curve.txt"),
        (["--set", "nothing=1"], "is no field"),
    ],
)
def test_bad_input_is_one_line_before_anything_is_timed(refused, arguments, message):
    assert message in refused("bench", "model", "--model", THIN, *arguments)


def test_a_model_without_a_language_model_is_refused(refused):
    assert "no tokens to prune" in refused("bench", "model", "--model", "sam-vit-h")
