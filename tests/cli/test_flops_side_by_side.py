"""What tells the figures of `evtp flops` apart: their tokens, units and conventions."""

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


def test_the_sequence_is_the_sum_of_what_the_stamp_says(evtp):
    for accounting, fixed, shown in (
        ("paper", 56, "56 (fitted)"),
        ("architecture", 156, "156"),
        ("decoder", 0, None),
    ):
        line = f"flops --dataset revos --accounting {accounting} --keep 5%,10% --summary"
        done = json.loads(evtp(f"{line} --format json").stdout)
        for record in done["records"]:
            visual = record["frames"] * record["tokens_kept_per_frame"]
            assert record["fixed_tokens"] == fixed
            assert record["sequence_length"] == visual + record["text_tokens"] + fixed
        assert done["meta"].get("fixed_tokens") == shown
    paper = json.loads(evtp("flops --keep 5%,10% --format json").stdout)["meta"]
    assert paper["sequence_length"] == "2,997 (225 at 5%, 373 at 10%)"


def test_the_mean_of_a_layer_is_told_from_the_sum_of_all(evtp):
    line = "flops --model llava-1.5-7b --text-tokens 36 --keep 50% --convention fastv"
    total = records_of(evtp(f"{line} --format json"))[-1]
    assert total["unit"] == "MAC/layer"
    assert total["cost"] == total["macs"] / 32
    assert "GMAC/layer" in evtp(f"{line} --format markdown").stdout


def test_conventions_stand_side_by_side_each_in_its_unit(evtp):
    line = "flops --model llava-1.5-7b --text-tokens 36 --keep 50% --prune-at 2 --summary"
    together = records_of(evtp(f"{line} --convention all --format json"))
    assert len(together) == 6
    for record in together:
        alone = records_of(evtp(f"{line} --convention {record['convention']} --format json"))
        assert alone == [record]
    table = evtp(f"{line} --convention all --format markdown").stdout
    for record in together:
        row = next(r for r in table.splitlines() if r.startswith(f"| {record['convention']} "))
        assert f"{record['cost'] / 1e9:,.1f}" in row
        assert f"G{record['unit']}" in row


def test_accountings_stand_side_by_side(evtp):
    done = evtp("flops --accounting paper,architecture,decoder --keep 10% --format json")
    totals = [r for r in records_of(done) if r["module"] == "total"]
    assert [r["accounting"] for r in totals] == ["paper", "architecture", "decoder"]
    assert len({r["macs"] for r in totals}) == 3


def test_a_figure_has_one_unit(evtp, tmp_path):
    done = evtp(f"flops --convention mac,flop --plot {tmp_path / 'a.png'}")
    assert done.exit_code == 2
    assert "would have MAC and FLOP on one scale; name conventions of one unit" in done.stderr
    assert evtp(f"flops --convention mac,divprune --plot {tmp_path / 'b.png'}").exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["b.png"]


def test_what_a_row_depends_on_is_stamped_where_others_do_not(evtp):
    line = "flops --model llava-1.5-7b --text-tokens 36 --keep 50% --convention all --format json"
    meta = json.loads(evtp(line).stdout)["meta"]
    assert [meta[key] for key in ("layout", "head", "method")] == ["concat", "last", "evtp"]
    line = "flops --accounting all --keep 10% --format json"
    meta = json.loads(evtp(line).stdout)["meta"]
    assert meta["fixed_tokens"] == "paper 56 (fitted), architecture 156, decoder 0"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("flops --accounting , --keep 10%", "--accounting: is empty"),
        ("flops --accounting papper", "did you mean paper"),
        ("flops --accounting paper,architecture --prune-at 2", "use --accounting architecture"),
        ("flops explain fastv:keep llm-viewer", "figure fastv:keep: gives keep no value"),
        ("flops explain fastv:keep=0 llm-viewer", "fastv:keep=0: keep 0 keeps no token"),
        ("flops explain fastv:prune_at=2,16 mac", "16 is no field; join steps by +, as 2+16"),
        ("flops explain fastv:prune_at=40 mac", "figure fastv:prune_at=40: prune_at 40 names no"),
        ("flops explain fastv:foo=2 mac", "figure fastv:foo=2: foo is no field"),
        ("flops explain fastv:keep=0.5,keep=0.6 mac", "gives keep twice"),
    ],
)
def test_a_refusal_names_what_was_typed(evtp, line, said):
    done = evtp(line)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_nothing_to_count_is_the_conventions_doing_where_it_leaves_text_out(evtp):
    done = evtp("flops --model phi-2 --text-tokens 40 --convention pyramiddrop")
    assert "--convention pyramiddrop: counts visual tokens only, and phi-2 has none" in done.stderr
