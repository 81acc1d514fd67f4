"""docs/accounting.md says what the code does."""

import re
from collections import Counter
from pathlib import Path

import pytest

from evtp.flops import count
from evtp.flops.check import figures
from evtp.flops.conventions import CONVENTIONS
from evtp.flops.ops import macs
from evtp.flops.pruning import COSTS, pruning_ops

PAGE = Path(__file__).resolve().parents[2].joinpath("docs", "accounting.md").read_text("utf-8")


def savings(dataset, keep, **query):
    return count(dataset=dataset, keep=keep, **query)


@pytest.mark.parametrize("keep", [0.2, 0.1, 0.05])
def test_the_table_of_savings_is_what_is_counted(keep):
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| {keep * 100:g}% |"))
    ways = [
        {"accounting": "paper"},
        {"accounting": "architecture", "layout": "concat"},
        {"accounting": "architecture", "layout": "ovp"},
    ]
    counts = [savings(name, keep, **way) for name in ("refcoco", "revos") for way in ways]
    assert re.findall(r"[\d.]+%", row)[1:] == [f"{c.reduction:.1%}" for c in counts]
    limits = next(line for line in PAGE.splitlines() if line.startswith("| at most |"))
    assert re.findall(r"[\d.]+%", limits) == [f"{c.reduction_limit:.1%}" for c in counts]


def test_the_figures_of_the_literature_are_those_that_are_counted():
    figures_of = {
        "fastv": {"convention": "fastv", "text_tokens": 36},
        "pyramiddrop": {"convention": "pyramiddrop"},
        "flop": {"accounting": "architecture", "convention": "flop", "text_tokens": 38},
    }
    for name, query in figures_of.items():
        row = next(r for r in PAGE.splitlines() if r.endswith("|") and f"--convention {name}`" in r)
        said = row.split("|")[-2].split()[0]
        cost = count("llava-1.5-7b", **query).cost / 1e12
        assert f"{cost:.{len(said.partition('.')[2])}f}" == said


def test_the_rounds_of_vispruner_are_those_that_are_counted():
    ops = [op for op in pruning_ops("vispruner", (729, 73), 1152, 72) if op.macs]
    assert f"{len(ops)} rounds and {macs(ops) / 1e9:.2f} GMAC from 729 tokens" in " ".join(
        PAGE.split()
    )
    assert len([op for op in pruning_ops("tome", (729, 73), 1152, 72) if op.macs]) == 4


def test_every_tolerance_is_given_its_reason():
    rows = re.findall(r"^\| ([\d.]+)(?: %)? \| .* \| .* \|$", PAGE, re.M)
    assert {float(f"{f.within * 100:g}") for f in figures()} == {float(row) for row in rows}


def test_every_convention_and_every_pruners_cost_is_on_the_page():
    for name in (*CONVENTIONS, *COSTS):
        assert re.search(rf"\b{re.escape(name)}\b", PAGE), name


def test_the_number_of_figures_is_right():
    found = Counter(f.taken_from for f in figures())
    assert f"sets {found.total()} figures beside ours" in PAGE
    assert f"{found['table']} stand in published tables" in PAGE
    assert (found["text"], found["by hand"]) == (2, 4)
