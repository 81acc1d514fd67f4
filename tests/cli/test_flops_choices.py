"""What a doubter of published figures tripped over: choices that were not said, kept or refused."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evtp.cli.main import app
from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.roofline import find_device

LLAVA = "--model llava-1.5-7b --text-tokens 5"


@pytest.fixture
def evtp():
    runner = CliRunner()
    return lambda line: runner.invoke(app, line.split())


@pytest.fixture
def records(evtp):
    def run(line):
        done = evtp(f"{line} --format json")
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)["records"]

    return run


def test_explain_tells_all_tokens_from_one(records):
    start, step, _ = records(f"flops explain mac:keep=100% mac:keep=1 {LLAVA}")
    assert step["change"] == "keep: 100% → 1"
    assert step["factor"] == pytest.approx(step["cost"] / start["cost"])


def test_a_table_divides_all_tokens_from_one(evtp):
    lines = evtp(f"flops cost {LLAVA} --keep 100%,1 --format table").stdout.splitlines()
    (first,) = [n for n, line in enumerate(lines) if line.startswith("100% ")]
    (second,) = [n for n, line in enumerate(lines) if line.startswith("1 ")]
    assert not lines[second - 1].strip()
    assert second > first + 5


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--accounting paper --set vision_encoder.layers=26", "set a field of [paper]"),
        ("--convention fastv --set vision_encoder.layers=2", "in the convention mac or flop"),
        (f"{LLAVA} --accounting decoder --set language_model.vocabulary=5", "leave it out"),
        (
            f"{LLAVA} --convention fastv --set vision_encoder.width=2048 "
            "--set projector.inputs=2048",  # which only fit together
            "leave it out",
        ),
        ("--accounting architecture --set paper.fixed_tokens=3", "leave it out"),
    ],
)
def test_a_field_that_is_not_counted_is_refused(evtp, line, words):
    done = evtp(f"flops {line}")
    assert done.exit_code == 2
    assert "changes nothing that the accounting" in done.stderr
    assert words in done.stderr


def test_a_field_that_one_of_several_counts_reads_is_taken(records):
    found = records("flops --accounting all --keep 10% --set vision_encoder.layers=20")
    stock = records("flops --accounting all --keep 10%")
    unlike = {s["accounting"] for f, s in zip(found, stock, strict=True) if f["macs"] != s["macs"]}
    assert unlike == {"architecture"}
    steps = records("flops explain fastv paper --model instructseg --set paper.fixed_tokens=20")
    (total,) = [
        r
        for r in records("flops --set paper.fixed_tokens=20 --keep 100%")
        if r["module"] == "total"
    ]
    assert steps[-1]["cost"] == total["cost"]


def test_explain_refuses_a_figure_of_nothing(evtp):
    done = evtp("flops explain pyramiddrop fastv --model phi-2 --text-tokens 10")
    assert done.exit_code == 2
    assert "pyramiddrop: counts nothing" in done.stderr


def test_a_field_set_to_what_it_is_is_no_slip(records):
    stock, same = (
        records(f"flops --accounting architecture {changed}")
        for changed in ("", "--set vision_encoder.layers=27")
    )
    assert [r["macs"] for r in stock] == [r["macs"] for r in same]
    assert {r["set"] for r in same} == {"vision_encoder.layers=27"}
    assert {r["set"] for r in stock} == {None}


@pytest.mark.parametrize("options", ["--keep 100%", "--keep 10%", "--accounting architecture"])
def test_a_csv_has_the_same_columns_whatever_is_counted(evtp, options):
    text = evtp(f"flops {options} --format csv").stdout
    named = csv.DictReader(io.StringIO(text)).fieldnames
    assert {"set", "macs_full", "macs_limit", "reduction", "elementwise"} <= set(named)


def test_all_accountings_are_those_that_cover_a_model(records):
    found = records("flops --accounting all --keep 10% --model llava-1.5-7b,instructseg")
    by_model = {}
    for record in found:
        by_model.setdefault(record["model"], set()).add(record["accounting"])
    assert by_model == {
        "llava-1.5-7b": {"architecture", "decoder"},
        "instructseg": {"paper", "architecture", "decoder"},
    }


def test_explain_goes_from_one_layout_to_the_other(records):
    line = "--model instructseg --dataset revos --keep 10%"
    steps = records(f"flops explain architecture architecture:layout=ovp {line}")
    ends = [
        records(f"flops --accounting architecture --dataset revos --keep 10% --layout {layout}")
        for layout in ("concat", "ovp")
    ]
    assert [steps[0]["cost"], steps[-1]["cost"]] == [end[-1]["cost"] for end in ends]
    assert steps[1]["change"] == "layout: concat → ovp"
    through = records(f"flops explain paper architecture --layout ovp {line}")
    assert through[-1]["cost"] == ends[1][-1]["cost"]


@pytest.mark.parametrize("option", ["--layout ovp", "--head all", "--method tome"])
def test_explain_refuses_what_neither_figure_has(evtp, option):
    done = evtp(f"flops explain fastv llm-viewer {option}")
    assert done.exit_code == 2
    assert "has no meaning in the accounting of either figure" in done.stderr


def test_explain_counts_the_changed_model(records):
    steps = records(f"flops explain fastv divprune {LLAVA} --set language_model.layers=16")
    (whole,) = [
        r["cost"]
        for r in records(f"flops {LLAVA} --convention divprune --keep 100%")
        if r["module"] == "total"
    ]
    assert steps[-1]["cost"] == whole / 2


def test_the_encoder_that_makes_other_tokens_is_named(evtp):
    line = f"flops {LLAVA} --visual-tokens 5000 --summary"
    assert "counted for the 576 visual tokens that it makes" in evtp(line).stderr
    assert "that it makes" not in evtp(f"{line} --convention fastv").stderr


def test_the_rows_of_many_data_sets_say_their_own_prompts(evtp):
    head = evtp("flops --dataset all --summary --keep 10% --format table").stdout.splitlines()
    assert "Frames" in " ".join(head[:4])
    assert "Text" in " ".join(head[:4])


def test_float32_is_bound_by_its_own_peak(records):
    bound = {
        dtype: records(f"flops cost {LLAVA} --keep 100% --hardware h100 --dtype {dtype}")
        for dtype in ("float32", "float16")
    }
    seconds = {d: {r["module"]: r["compute_seconds"] for r in rs} for d, rs in bound.items()}
    ratio = seconds["float32"]["vision_encoder"] / seconds["float16"]["vision_encoder"]
    assert ratio == pytest.approx(989.4 / 67)
    with pytest.raises(InputError, match="is not multiplied by NVIDIA V100"):
        find_device("v100").peak_of("bfloat16")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"keep": "10%"}, "such as 0.1, or a whole count"),
        ({"prune_at": "2"}, "names no layers"),
        ({"model": "phi-2", "keep": 50}, "has no tokens to prune"),
        ({"overrides": ["vision_encoder.image=99999999999"]}, "makes .* visual tokens of a frame"),
    ],
)
def test_slips_in_python_are_refused_by_their_name(query, words):
    with pytest.raises(InputError, match=words):
        count(**{"model": "llava-1.5-7b", **query})


def test_a_model_file_of_another_ending_is_told_its_name(evtp, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.txt").write_text("summary = 'x'")
    assert "name it .toml" in evtp("flops --model mine.txt").stderr


@pytest.mark.slow
def test_verify_counts_the_modules_that_are_named(evtp, records):
    pytest.importorskip("transformers", reason="needs the extra siglip")
    changed = "--set vision_encoder.input_norm=false"  # no tower that can be built
    assert "name other modules by --module" in evtp(f"flops verify {LLAVA} {changed}").stderr
    (found,) = records(f"flops verify {LLAVA} {changed} --module projector")
    assert found["module"] == "projector"
    assert found["agrees"]
