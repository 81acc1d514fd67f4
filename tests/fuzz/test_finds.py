"""What fuzzing has found, each as the smallest case of it."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evtp.core.errors import InputError
from evtp.features import Features
from evtp.features.masks import read_mask
from evtp.pruners import select_each
from evtp.reports.renderers import FORMATS, Surface
from evtp.reports.table import Column, Table
from evtp.segmentation import boundary_f


def refused(ends_well, *arguments) -> str:
    result = ends_well(arguments)
    assert result.exit_code == 2, result.output
    return result.stderr


def test_a_group_without_a_command_shows_its_help_and_no_error(ends_well):
    result = ends_well([])
    assert result.exit_code == 0
    assert "Usage" in result.stdout
    assert result.stderr == ""


def test_an_error_about_a_file_whose_name_has_two_lines_stays_on_one(ends_well, tmp_path):
    folder = tmp_path / "a\nb"
    folder.write_text("")
    assert "folder" in refused(ends_well, "features", "verify", "--cache", folder)


@pytest.mark.parametrize("option", ["--visual-tokens", "--frames", "--text-tokens", "--keep"])
def test_an_option_that_is_given_without_a_value_is_refused(ends_well, option):
    assert f"{option}: is empty" in refused(ends_well, "flops", option, "")


def test_a_device_or_pipe_is_never_replaced_by_the_output(ends_well, tmp_path):
    pipe = tmp_path / "x.csv"
    os.mkfifo(pipe)
    assert "no plain file" in refused(ends_well, "list", "models", "--output", pipe)
    assert pipe.is_fifo()


@pytest.mark.parametrize("text", ["0:1e999999999", "1e-999999999:1", f"0:{'9' * 400}:1"])
def test_a_range_with_a_huge_exponent_does_not_hang(ends_well, text):
    refused(ends_well, "flops", "--frames", text)


@pytest.mark.parametrize("option", ["--frames", "--text-tokens", "--visual-tokens"])
@pytest.mark.parametrize("count", ["9" * 400, "10000000000000000"])
def test_a_workload_above_any_model_is_refused(ends_well, option, count):
    assert option in refused(ends_well, "flops", option, count)


def test_a_language_model_alone_asks_for_a_prompt(ends_well):
    assert "--text-tokens" in refused(ends_well, "flops", "--model", "phi-2")


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 5000, "[vision_encoder]\nkind = []", f"prompt_tokens = {'9' * 400}"],
)
def test_an_odd_model_file_is_refused(ends_well, tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text('summary = ""\n' + text)
    assert "--model" in refused(ends_well, "flops", "--model", path)


def test_no_budget_gives_no_selection():
    assert select_each("kcenter", Features(np.eye(4)), []) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("def prune(frame, k): raise KeyError('x')", "KeyError"),
        ("def prune(frame, k): return [[1], [1, 2]]", "fails"),
        ("NESTED = True\ndef prune(frame, k): return None", "distinct indices"),
        ("NEEDS = 5\ndef prune(frame, k): return range(k)", "NEEDS"),
        ("prune = int", "(frame, k)"),
    ],
)
def test_a_pruner_that_breaks_is_named_in_one_line(ends_well, small_cache, tmp_path, source, said):
    path = tmp_path / "own.py"
    path.write_text(source)
    assert said in refused(ends_well, "prune", "--pruner", path, "--cache", small_cache)


@pytest.mark.parametrize(
    "entry",
    [
        {"image": "x.png", "expressions": None},
        {"image": "x.png", "expressions": "the dog"},
        {"image": "x\0.png"},
    ],
)
def test_an_odd_entry_of_a_manifest_is_refused_by_its_line(ends_well, tmp_path, entry):
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(entry))
    output = tmp_path / "cache"
    asked = ["features", "extract", "--encoder", "descriptors", "-i", path, "-o", output]
    assert "line 1" in refused(ends_well, *asked)


@pytest.mark.parametrize(
    "mask",
    [
        5,
        [["x", 0, 5, 0, 5, 5]],
        [[0, 0, math.nan, 0, 5, 5]],
        {"size": [10**6, 10**6], "counts": [10**12]},
        {"size": [4, 4], "counts": [-1, 17]},
        {"size": [4, 4]},
        "x\0.png",
    ],
)
def test_an_odd_mask_is_refused(mask):
    with pytest.raises(InputError, match="mask"):
        read_mask(mask, (4, 4))


def test_a_code_that_spreads_to_more_than_its_size_is_refused(ends_well, tmp_path):
    for folder in ("truth", "guess"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "a.json"
        path.write_text(json.dumps({"size": [4, 4], "counts": [10**11]}))
    where = ["--truth", tmp_path / "truth", "--predicted", tmp_path / "guess"]
    assert "for 16 pixels" in refused(ends_well, "score", *where)


@pytest.mark.parametrize("name", FORMATS.names())
def test_numbers_beyond_floats_and_infinite_stamps_render(name):
    column = Column("x", "X", "number", scale=1e6, rank="min")
    table = Table("t", [column], [{"x": 10**400}, {"x": 10**401}], meta={"y": math.inf})
    assert FORMATS.load(name)(table, Surface())


@pytest.mark.parametrize("format", FORMATS.names())
def test_a_file_whose_name_is_no_text_is_listed(ends_well, tmp_path, format):
    source = os.path.join(tmp_path, "\udcff")
    os.mkdir(source)
    np.save(os.path.join(source, "a.npy"), np.eye(4))
    assert ends_well(["features", "import", "-i", source, "-o", tmp_path / "c"]).exit_code == 0
    asked = ["features", "info", "--per-sample", "--cache", tmp_path / "c", "--format", format]
    assert "udcff" in ends_well(asked).stdout
    assert ends_well([*asked, "-o", tmp_path / "x"]).exit_code == 0
    assert "udcff" in (tmp_path / "x").read_text(encoding="utf-8")


def test_a_list_of_inputs_that_is_no_text_is_refused(ends_well, tmp_path):
    (tmp_path / "x.txt").write_bytes(b"a\xa2.png\n")
    asked = ["-i", tmp_path / "x.txt", "-o", tmp_path / "cache"]
    assert "no text" in refused(
        ends_well, "features", "extract", "--encoder", "descriptors", *asked
    )


def test_a_mask_whose_header_python_cannot_parse_is_refused(ends_well, tmp_path):
    for folder in ("truth", "guess"):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "a.npy", np.ones((4, 4), np.uint8))
    file = tmp_path / "truth" / "a.npy"
    file.write_bytes(file.read_bytes().replace(b"(4, 4)", b"*4, 4)"))
    folders = ["--truth", tmp_path / "truth", "--predicted", tmp_path / "guess"]
    assert "cannot be read" in refused(ends_well, "score", *folders)


def test_a_mask_that_cannot_be_written_has_a_boundary():
    truth = np.zeros((9, 9), bool)
    truth[2:6, 2:6] = True
    truth.flags.writeable = False
    assert boundary_f(truth, truth) == 1.0


def test_a_parquet_file_whose_columns_names_are_no_text_is_refused(ends_well, tmp_path):
    file = tmp_path / "x.parquet"
    pq.write_table(pa.table({"giou": [1.0]}), file)
    file.write_bytes(file.read_bytes().replace(b"giou", b"gi\xe5u"))
    output = tmp_path / "report"
    assert "cannot be read" in refused(ends_well, "report", "--records", file, "-o", output)
