"""`evtp flops explain` and `evtp flops cost`: the ways between two figures, and bounds."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from evtp.cli.main import app


@pytest.fixture
def evtp():
    runner = CliRunner()
    return lambda line: runner.invoke(app, line.split())


def records_of(done):
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["records"]


def test_explain_ends_at_the_second_figure(evtp):
    line = "flops explain fastv llm-viewer --text-tokens 36 --format json"
    records = records_of(evtp(line))
    product = 1.0
    for record in records[1:-1]:
        product *= record["factor"]
    assert records[-1]["factor"] == pytest.approx(product)
    assert product == pytest.approx(records[-1]["cost"] / records[0]["cost"])


def test_explain_is_stamped_with_what_both_are_of_or_each(evtp):
    line = "flops explain fastv llm-viewer:keep=0.5,prune_at=2 --text-tokens 36 --format json"
    meta = json.loads(evtp(line).stdout)["meta"]
    assert meta["keep"] == "100% → 50%"
    assert meta["prune_at"] == "0 → 2"
    assert meta["text_tokens"] == "36"


def test_explain_prunes_both_figures_where_it_is_told_to(evtp):
    line = "flops explain fastv decoder --keep 50% --text-tokens 36 --prune-at 2 --format json"
    one = "flops --model llava-1.5-7b --keep 50% --text-tokens 36 --prune-at 2 --format json"
    explained = records_of(evtp(line))
    assert explained[0]["cost"] == records_of(evtp(f"{one} --convention fastv"))[-1]["cost"]
    assert explained[-1]["cost"] == records_of(evtp(f"{one} --accounting decoder"))[-1]["cost"]


def test_explain_counts_the_data_sets_workload(evtp):
    done = evtp("flops explain decoder paper --model instructseg --keep 10% --format json")
    (end,) = [r["cost"] for r in records_of(done) if r["change"] == "paper"]
    counted = records_of(evtp("flops --keep 10% --format json"))[-1]
    assert end == counted["cost"]


def test_cost_says_that_it_is_a_bound(evtp):
    done = evtp("flops cost --keep 10% --hardware h100 --format table")
    assert done.exit_code == 0
    assert "not a latency" in done.stdout
    assert "datasheet" in done.stdout


@pytest.mark.parametrize("model", ["instructseg", "llava-1.5-13b"])
def test_the_bounds_stand_in_one_part_on_a_narrow_terminal(evtp, model, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = evtp(f"flops cost --model {model} --format table")
    assert "Part" not in done.stdout
    assert "Decoding a token" in done.stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--hardware rtx-4090", "27.2 GB, and do not fit its 24"),
        ("--hardware rtx-4090 --dtype int8", "13.8 GB, and fit its 24"),
        ("--hardware h100", "27.2 GB, and fit its 80"),
    ],
)
def test_cost_says_whether_a_device_can_hold_it(evtp, line, said):
    # 13.35 G parameters, and a KV cache of 596 tokens in 40 layers of twice 5,120 numbers.
    done = evtp(f"flops cost --model llava-1.5-13b --text-tokens 20 {line} --format table")
    assert f"Weights and KV cache take {said}" in " ".join(done.stdout.split())


def test_cost_says_how_much_shorter_the_bound_is_than_without_pruning(evtp):
    records = records_of(evtp("flops cost --model llava-1.5-7b --keep 100%,10% --format json"))
    times = {(r["keep"], r["phase"], r["module"]): r["bound_seconds"] for r in records}
    for record in records:
        key = record["phase"], record["module"]
        if record["keep"] == 1.0 or record["module"] == "token_pruning":
            assert record["speed_up"] is None
        else:
            assert record["speed_up"] == times[1.0, *key] / times[0.1, *key]
    (nothing,) = [r for r in records if r["keep"] == 1.0 and r["module"] == "token_pruning"]
    assert nothing["limited_by"] is None
