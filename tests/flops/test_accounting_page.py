"""docs/accounting.md says what the code does."""

import re
from pathlib import Path

import pytest

from evtp.flops import count
from evtp.flops.check import figures
from evtp.flops.conventions import CONVENTIONS
from evtp.flops.pruning import COSTS

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


def test_the_example_of_a_users_model_can_be_counted(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(re.search(r"```toml\n(.*?)```", PAGE, re.S)[1], encoding="utf-8")
    assert count(str(path), text_tokens=20, keep=0.1).total > 0


def test_every_convention_and_every_pruners_cost_is_on_the_page():
    for name in (*CONVENTIONS, *COSTS):
        assert re.search(rf"\b{re.escape(name)}\b", PAGE), name


def test_the_number_of_figures_is_right():
    assert f"sets {len(list(figures()))} published figures" in PAGE
