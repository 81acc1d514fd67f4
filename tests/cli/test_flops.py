"""`evtp flops` as a user sees it."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from evtp.cli.main import app

CONTRACT = [
    "model", "dataset", "accounting", "keep", "tokens_kept_per_frame", "frames", "text_tokens",
    "sequence_length", "module", "macs",
]  # fmt: skip
MODULES = [
    "vision_encoder", "token_pruning", "language_model", "temporal_reasoning", "vmtf",
    "mask_decoder", "total",
]  # fmt: skip


@pytest.fixture
def evtp():
    runner = CliRunner()
    return lambda line: runner.invoke(app, line.split())


def records_of(done):
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["records"]


def test_json_records_keep_the_contract(evtp):
    records = json.loads(evtp("flops --dataset revos --keep 0.1 --format json").stdout)["records"]
    assert [record["module"] for record in records] == MODULES
    for record in records:
        assert list(record)[: len(CONTRACT)] == CONTRACT
        assert {"macs_full", "reduction"} <= set(record)
        assert type(record["macs"]) is int
        assert type(record["macs_full"]) is int
    total = records[-1]
    assert total["macs"] == sum(record["macs"] for record in records[:-1])
    assert total["reduction"] == 1 - total["macs"] / total["macs_full"]


def test_unpruned_records_have_no_reduction(evtp):
    records = json.loads(evtp("flops --dataset revos --keep 1.0 --format json").stdout)["records"]
    assert all(record["macs_full"] is None and record["reduction"] is None for record in records)
    pruned = json.loads(evtp("flops --dataset revos --keep 0.1 --format json").stdout)["records"]
    assert [*pruned[0]] == [*records[0]]  # a file's columns do not depend on what is counted


def test_every_output_says_what_was_counted(evtp):
    meta = json.loads(evtp("flops --format json").stdout)["meta"]
    assert meta["accounting"] == "paper"
    assert meta["convention"] == "mac"
    for format in ("table", "latex", "markdown", "html"):
        text = evtp(f"flops --format {format}").stdout
        assert "accounting: paper" in text
        assert "MAC" in text


def test_several_data_sets_and_ratios_make_a_product(evtp):
    out = evtp("flops --dataset refcoco,revos --dataset mm_conv --keep 5% --keep 0.1,1.0").stdout
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 3 * 3 * len(MODULES)
    assert {row["dataset"] for row in rows} == {"refcoco", "revos", "mm_conv"}


def test_the_inconsistent_total_is_shown_as_such(evtp):
    out = evtp("flops --dataset refcoco --keep 5% --format table").stdout
    assert "0.447" in out
    assert "inconsistent" in out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("flops --keep 0", ["--keep", "0", "ratio"]),
        ("flops --keep 1.5", ["--keep", "1.5", "ratio"]),
        ("flops --keep=-1", ["--keep", "-1", "ratio"]),
        ("flops --keep nan", ["--keep", "nan"]),
        ("flops --keep ten", ["--keep", "ten", "not a number"]),
        ("flops --keep 730", ["--keep", "730", "729"]),
        ("flops --dataset revo", ["--dataset", "revo", "did you mean revos"]),
        ("flops --model instrctseg", ["--model", "instructseg"]),
        ("flops --accounting papr", ["--accounting", "paper"]),
        ("flops --format tabel", ["--format", "table"]),
        ("flops --output /no/such/folder/x.csv", ["--output", "folder"]),
        ("flops --plot x.txt", ["--plot", ".txt", ".png"]),
        ("flops --frames 1:13 --plot x.png", ["--plot", "13 panels"]),
        ("flops --frames 0", ["--frames", "0", "at least 1"]),
        ("flops --visual-tokens 0", ["--visual-tokens", "0", "at least 1"]),
        ("flops operations --convention mac,flop", ["--convention mac,flop: is several"]),
        ("flops operations --dataset revos,refcoco", ["--dataset revos,refcoco: is several"]),
        ("flops operations --frames 1,2", ["--frames 1,2: is no whole number"]),
        ("flops operations --frames 0", ["--frames 0: is below 1", "flops operations --help"]),
        ("flops --keep 5:50%:5", ["--keep 5:50%:5", "mixes"]),
        ("flops --prune-at 2,9", ["--prune-at 2,9", "--accounting architecture"]),
        (
            "flops --model swin-b --convention fastv",
            ["--convention fastv: counts a language model, and swin-b has none; use mac or flop"],
        ),
        ("flops --model swin-b --prune-at 2", ["--prune-at 2: is of a language model", "swin-b"]),
        (
            "flops --model llava-1.5-7b --text-tokens 9 --convention fastv --head all",
            ["--head all: has no meaning in the accounting decoder of the convention fastv; leave"],
        ),
        ("flops --frames 2.5", ["--frames", "2.5", "whole"]),
        ("flops --keep 0.5:0.1:0.1", ["--keep", "0.5:0.1:0.1", "empty range"]),
        ("flops --keep 1:2:0", ["--keep", "1:2:0", "empty range"]),
        ("flops --keep a:b", ["--keep", "a:b", "no range"]),
        ("flops --model swin-b --keep 10%", ["--keep 10%", "swin-b has no tokens"]),
        ("flops --layout ovp", ["--layout", "--accounting architecture"]),
        ("flops --accounting architecture --prune-at x", ["--prune-at", "8,16,24"]),
        ("flops --accounting architecture --prune-at 99", ["--prune-at", "99", "31"]),
        ("flops --convention fastV", ["--convention", "did you mean fastv"]),
        ("flops --accounting architecture --method evtpp", ["--method", "did you mean evtp"]),
        ("flops --accounting architecture --set x=1", ["--set", "x=1"]),
        ("flops --model nothing.toml", ["--model", "nothing.toml", "cannot be read"]),
        ("flops --keep 0.1 check", ["check", "options of its own"]),
        ("flops --keep 1:700 --text-tokens 1:200", ["--keep", "140,000", "100,000"]),
        ("flops chek", ["chek", "did you mean check"]),
        ("flops explain fastv fastvv", ["fastvv", "did you mean fastv"]),
        ("flops cost --hardware h1000", ["--hardware", "did you mean h100"]),
        ("flops cost --dtype fp7", ["--dtype", "choose from float32"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(evtp, line, words):
    done = evtp(line)
    assert done.exit_code == 2
    assert not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_data_sets_and_models_are_listed(evtp):
    assert "revos" in evtp("list datasets").stdout
    assert "instructseg" in evtp("list models").stdout


def test_options_that_repeat_or_range_are_swept(evtp):
    line = "flops --accounting architecture --summary --format json --text-tokens 20"
    records = records_of(evtp(f"{line} --frames 1:3 --keep 5%:20%:5% --visual-tokens 256,729"))
    assert len(records) == 3 * 4 * 2
    assert {record["frames"] for record in records} == {1, 2, 3}
    assert {record["keep"] for record in records} == {0.05, 0.1, 0.15, 0.2}


def test_a_range_of_ratios_ends_at_all_tokens_not_at_one(evtp):
    records = records_of(evtp("flops --summary --format json --keep 0.5:1.0:0.25"))
    assert [record["tokens_kept_per_frame"] for record in records] == [365, 547, 729]


def test_the_summary_sets_the_language_model_beside_the_whole_and_the_limit(evtp):
    line = "flops --accounting architecture --summary --format json --dataset revos --keep 10%"
    (record,) = records_of(evtp(line))
    assert record["reduction_language_model"] > record["reduction"]
    assert record["reduction"] < record["reduction_limit"] < 1


def test_a_users_model_is_counted_from_its_file(evtp, tmp_path):
    from importlib.resources import files

    path = tmp_path / "mine.toml"
    text = files("evtp.flops").joinpath("models", "llava-1.5-7b.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("layers = 32", "layers = 16"), encoding="utf-8")
    theirs, mine = (
        records_of(evtp(f"flops --model {m} --convention fastv --keep 1.0 --format json"))[-1]
        for m in ("llava-1.5-7b", path)
    )
    assert mine["macs"] * 2 == theirs["macs"]
    assert mine["cost"] == theirs["cost"]  # the mean of one layer


def test_figures_of_a_convention_are_stamped_with_it(evtp):
    done = evtp("flops --model llava-1.5-7b --convention fastv --text-tokens 36 --format table")
    assert "convention: fastv" in done.stdout
    assert "mean of one layer" in done.stdout
    records = records_of(evtp("flops --convention flop --dataset revos --keep 0.1 --format json"))
    assert all(r["convention"] == "flop" and r["cost"] == 2 * r["macs"] for r in records)


def test_the_equivalent_tokens_of_a_late_pruning_are_reported(evtp):
    line = "flops --model llava-1.5-7b --convention fastv --keep 50% --prune-at 2 --format table"
    assert "306.0 visual tokens" in evtp(line).stdout
    both = evtp(line.replace("llava-1.5-7b", "llava-1.5-7b,llava-1.5-13b")).stdout
    assert "llava-1.5-13b, keep 50%, pruned at 2" in both
    summary = evtp(f"{line} --summary").stdout
    assert "306.0" in summary
    assert "Equivalent: visual tokens of a frame" in summary
    assert "pruned at 2" not in summary


def test_the_check_passes_and_shows_the_misfits(evtp):
    done = evtp("flops check --format table")
    assert done.exit_code == 0
    assert done.stdout.count("misfit") >= 3
    assert "OUT" not in done.stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--accounting decoder", "layers only, no head, keys as wide as queries, the model's FFN"),
        ("--convention fastv", "layers only, no head, keys as wide as queries, 2 FFN matrices"),
        ("--convention pyramiddrop", "3 FFN matrices, visual tokens only, all layers"),
        ("--accounting architecture", "every module, all tokens and layers"),
        ("--accounting paper", "the six modules of EVTP-IVS"),
        (
            "--model instructseg,swin-b --keep 100%",
            "Appendix A.2; architecture: every module, all tokens",
        ),
        (
            "--convention all --keep 10%",
            "mac, flop: the six modules of EVTP-IVS, Appendix A.2; "
            "fastv, divprune, pyramiddrop, llm-viewer: language model's layers only, no head, keys "
            "as wide as queries; fastv: 2 FFN matrices, text and visual tokens, mean of one layer; "
            "divprune: 2 FFN matrices, text",
        ),
    ],
)
def test_the_stamp_says_what_was_counted(evtp, line, words):
    meta = json.loads(evtp(f"flops --text-tokens 20 {line} --format json").stdout)["meta"]
    assert words in meta["counted"]


def test_a_sweep_of_places_is_drawn(evtp, tmp_path):
    line = "flops --model llava-1.5-7b --keep 50% --prune-at 0 --prune-at 2"
    done = evtp(f"{line} --plot {tmp_path}/cost.svg")
    assert done.exit_code == 0, done.stderr
    drawn = (tmp_path / "cost.svg").read_text(encoding="utf-8")
    assert all(f"Pruned at layer {at}" in drawn for at in (0, 2))


def test_a_plot_is_drawn(evtp, tmp_path):
    done = evtp(f"flops --keep 5%,10%,20% --accounting architecture --plot {tmp_path}/cost.svg")
    assert done.exit_code == 0, done.stderr
    assert "<svg" in (tmp_path / "cost.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["conventions", "hardware"])
def test_conventions_and_hardware_are_listed(evtp, kind):
    assert evtp(f"list {kind} --format table").exit_code == 0


@pytest.fixture
def uncounted(monkeypatch):
    """`evtp flops verify` finds that all agrees, without building anything."""
    live = pytest.importorskip("evtp.flops.live.verify")
    agreed = live.Comparison("language_model", 1, 1, 1, 1, 1, 1, {})
    monkeypatch.setattr(live, "verify", lambda *_: iter([agreed]))


@pytest.mark.parametrize("command", ["", "operations", "cost", "verify"])
def test_an_option_of_the_workload_changes_its_own_value_only(evtp, uncounted, command):
    def counted(options):
        record = records_of(evtp(f"flops {command} --keep 10% --format json {options}"))[0]
        return record["dataset"], record["frames"], record["text_tokens"]

    assert counted("") == ("revos", 4, 25)
    assert counted("--frames 2") == ("revos", 2, 25)
    assert counted("--text-tokens 9") == ("revos", 4, 9)
    assert counted("--visual-tokens 256") == ("revos", 4, 25)


def test_a_model_outside_the_paper_is_counted_on_one_frame_and_no_text_everywhere(evtp):
    for command in ("flops", "flops cost", "flops operations"):
        done = evtp(f"{command} --model llava-1.5-7b --keep 10% --format json")
        record, meta = records_of(done)[0], json.loads(done.stdout)["meta"]
        assert (record["dataset"], record["frames"], record["text_tokens"]) == (None, 1, 0)
        assert (meta["frames"], meta["text_tokens"], meta["visual_tokens"]) == ("1", "0", "576")


def test_each_model_of_a_sweep_has_the_workload_it_has_alone(evtp):
    both = records_of(evtp("flops --model llava-1.5-7b,instructseg --keep 10% --format json"))
    alone = [
        record
        for model in ("llava-1.5-7b", "instructseg")
        for record in records_of(evtp(f"flops --model {model} --keep 10% --format json"))
    ]
    assert both == alone


def test_a_model_without_a_language_model_has_no_sequence_and_no_place_to_prune(evtp):
    done = evtp("flops --model swin-b --format json")
    (*_, total), meta = records_of(done), json.loads(done.stdout)["meta"]
    assert total["sequence_length"] is None
    assert total["prune_at"] is None
    assert "prune_at" not in meta
    assert "sequence_length" not in meta


def test_places_of_pruning_are_told_apart_by_row_and_by_record(evtp):
    line = "flops --model llava-1.5-7b --keep 10% --prune-at 0 --prune-at 2"
    assert {r["prune_at"] for r in records_of(evtp(f"{line} --format json"))} == {"0", "2"}
    shown = evtp(f"{line} --format markdown").stdout
    assert "Pruned at" in shown
    assert "prune_at: 0" not in shown


def test_every_record_says_how_it_was_counted(evtp):
    line = "flops --model llava-1.5-7b --keep 10% --format csv"
    for row in csv.DictReader(io.StringIO(evtp(line).stdout)):
        assert row["accounting"] == "architecture"
        assert (row["convention"], row["unit"]) == ("mac", "MAC")
        assert (row["layout"], row["head"], row["method"]) == ("concat", "last", "evtp")
        assert row["prune_at"] == "0"


def test_the_limit_of_each_module_is_its_cost_without_visual_tokens(evtp):
    limits = records_of(evtp("flops --model llava-1.5-7b --text-tokens 40 --format json"))
    none = records_of(
        evtp("flops operations --model llava-1.5-7b --text-tokens 40 --keep 1 --format json")
    )
    language_model = next(r for r in limits if r["module"] == "language_model")
    one = sum(r["macs"] for r in none if r["module"] == "language_model")
    assert 0 < language_model["macs_limit"] < one
    total = next(r for r in limits if r["module"] == "total")
    parts = [r for r in limits if r["module"] != "total" and r["keep"] == total["keep"]]
    assert total["macs_limit"] == sum(r["macs_limit"] for r in parts)
    flop = records_of(evtp("flops --model llava-1.5-7b --convention flop --format json"))
    assert all(r["cost_limit"] == 2 * r["macs_limit"] for r in flop)
