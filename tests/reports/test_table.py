"""The one table layout."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.reports.table import Column, Table


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        (Column("x", "X", "number", digits=2), 1.005, "1.00"),
        (Column("x", "X", "number", digits=3, scale=1e12), 1_161_000_000_000, "1.161"),
        (Column("x", "X", "percent", digits=1), 0.1234, "12.3"),
        (Column("x", "X", "integer"), 1234567, "1,234,567"),
        (Column("x", "X"), "name", "name"),
        (Column("x", "X", "number"), None, ""),
        (Column("x", "X", "number"), math.nan, ""),
        (Column("x", "X", "number", digits=1), 0.0, "0.0"),
    ],
)
def test_a_value_is_shown_by_its_column(column, value, text):
    assert column.text(value) == text


def test_a_unit_stands_in_the_heading():
    assert Column("x", "Cost", "number", unit="TMAC").heading == "Cost (TMAC)"
    assert Column("x", "Share", "percent").heading == "Share (%)"


def ranked(values, rank="max", block=None):
    rows = [{"b": (block or [0] * len(values))[i], "v": v} for i, v in enumerate(values)]
    return Table("t", [Column("v", "V", "number", digits=1, rank=rank)], rows, block="b")


def test_best_and_second_are_marked_in_each_block():
    table = ranked([1.0, 3.0, 2.0, 9.0, 8.0, 7.0], block=[0, 0, 0, 1, 1, 1])
    assert table.emphasis() == {
        (1, "v"): "best",
        (2, "v"): "second",
        (3, "v"): "best",
        (4, "v"): "second",
    }


def test_the_worse_of_two_is_not_marked():
    assert ranked([1.0, 3.0]).emphasis() == {(1, "v"): "best"}


def test_values_that_read_the_same_are_marked_the_same():
    assert ranked([1.01, 1.04, 0.5]).emphasis() == {
        (0, "v"): "best",
        (1, "v"): "best",
        (2, "v"): "second",
    }


def test_a_missing_value_is_never_best():
    assert ranked([None, 2.0, 3.0, 4.0], "min").emphasis() == {(1, "v"): "best", (2, "v"): "second"}


@given(st.lists(st.integers(0, 3), max_size=20))
def test_blocks_partition_the_rows_in_order(keys):
    table = Table("t", [Column("k", "K")], [{"k": key} for key in keys], block="k")
    blocks = table.blocks()
    assert [index for block in blocks for index in block] == list(range(len(keys)))
    for block in blocks:
        assert len({keys[index] for index in block}) == 1


def test_a_value_that_is_no_number_has_no_rank():
    table = ranked(["many", 2.0, 3.0, True, 4.0], "min")
    assert table.emphasis() == {(1, "v"): "best", (2, "v"): "second"}
    texts = Table("t", [Column("v", "V", rank="max")], [{"v": "a"}, {"v": "b"}])
    assert texts.emphasis() == {}
