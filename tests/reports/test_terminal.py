"""Tables in a terminal: what stacks, wraps and splits, and that nothing is lost on the way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.reports.renderers import FORMATS, Surface
from evtp.reports.table import Column, Table

render = FORMATS.load("table")

WIDE = Table(
    "Methods",
    [
        Column("method", "Method"),
        Column("feature", "Feature", "number", group="Radius"),
        Column("spatial", "Spatial", "number", group="Radius"),
        Column("macs", "Pruning cost", "number", unit="GMAC"),
        *(Column(f"o{i}", f"method {i}", "number", group="Overlap with") for i in range(4)),
    ],
    [
        {"method": "evtp", "feature": 0.5, "spatial": 0.25, "macs": 1234.5}
        | {f"o{i}": i + 0.125 for i in range(4)},
        {"method": "random", "feature": 0.75, "spatial": None, "macs": 0.0},
    ],
    notes=["A note."],
)


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_a_table_fits_its_width_and_loses_no_number(width):
    text = render(WIDE, Surface(width))
    assert max(map(len, text.splitlines())) <= width
    for number in ("0.500", "0.250", "1,234.500", *(f"{i}.125" for i in range(4))):
        assert number in text


def test_the_heading_of_a_group_stands_once_and_spans_its_columns():
    title, groups, heads, *_ = render(WIDE, Surface(200)).splitlines()
    assert title == "Methods"
    for group, first, last in (
        ("Radius", "Feature", "Spatial"),
        ("Overlap with", "method 0", "method 3"),
    ):
        assert groups.count(group) == 1
        span = re.search(rf"─+ {group} ─+", groups).span()
        assert heads.index(first) == span[0]
        assert heads.index(last) + len(last) == span[1]


def test_headings_stack_and_columns_move_together_before_a_table_is_split():
    width = max(map(len, render(WIDE, Surface(200)).splitlines()))
    narrower = render(WIDE, Surface(width - 8))
    assert "Part" not in narrower
    assert "Pruning cost" not in narrower
    assert narrower.count("evtp") == 1


def test_a_split_table_says_what_each_part_holds_and_keeps_groups_together():
    lines = render(WIDE, Surface(54)).splitlines()
    assert [line for line in lines if line.startswith("Part")] == [
        "Part 1 of 2: Radius, Pruning cost",
        "Part 2 of 2: Overlap with",
    ]
    assert sum(line.startswith("evtp") for line in lines) == 2
    assert lines.count("") == 2  # before the second part, and before the notes


def test_every_part_repeats_the_keys_of_a_row_those_that_are_counts_too():
    sweep = Table(
        "Sweep",
        [
            Column("model", "Model"),
            Column("frames", "Frames", "integer"),
            Column("keep", "Keep"),
            Column("tokens", "Sequence", "integer"),
            *(Column(f"c{i}", f"Cost {i}", "number", group="Cost") for i in range(3)),
            *(Column(f"s{i}", f"Saved {i}", "percent", group="Saved") for i in range(3)),
        ],
        [
            {"model": "llava-1.5-7b", "frames": frames, "keep": "10%", "tokens": 58 * frames}
            | {f"{letter}{i}": 0.5 for i in range(3) for letter in "cs"}
            for frames in (1, 2)
        ],
    )
    lines = render(sweep, Surface(60)).splitlines()
    heads = [line for line in lines if line.startswith("Model")]
    assert len(heads) == 2
    assert all(head.split()[:3] == ["Model", "Frames", "Keep"] for head in heads)
    assert sum("Sequence" in head for head in heads) == 1


def test_keys_that_fill_most_of_a_line_stay_whole_where_a_number_fits_beside_them():
    long = "a-users-own-model-of-seven-billion"
    table = Table(
        "Sweep",
        [
            Column("model", "Model"),
            Column("keep", "Keep"),
            Column("module", "Module"),
            *(Column(f"c{i}", f"Cost {i}", "number") for i in range(6)),
        ],
        [{"model": long, "keep": "10%", "module": "language_model", "c0": 1.0}],
    )
    text = render(table, Surface(70))
    assert max(map(len, text.splitlines())) <= 70
    assert text.count("language_model") == text.count("Part") == text.count("10%") >= 2


def test_text_wraps_between_words_and_the_longest_text_gives_way():
    table = Table(
        "Pruners",
        [Column("name", "Method"), Column("what", "What"), Column("options", "Options")],
        [{"name": "evtp", "what": "word " * 30, "options": "statistic=attention"}],
    )
    text = render(table, Surface(60))
    assert "statistic=attention" in text
    assert "wor " not in text
    assert max(map(len, text.splitlines())) <= 60


def test_a_table_without_rows_says_so():
    text = render(Table("Damage", [Column("file", "File")], [], notes=["All is well."]), Surface())
    assert text == "Damage\nnone\n\nAll is well.\n"


titles = st.text("abcde fgh", min_size=1, max_size=20)
columns = st.lists(
    st.tuples(titles, st.sampled_from(["text", "number"]), st.sampled_from(["", "One", "Two"])),
    min_size=1,
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(columns, st.integers(24, 130), st.data())
def test_whatever_the_columns_a_row_is_whole_and_in_bounds(columns, width, data):
    made = [
        Column(f"c{i}", title, kind, group=group, digits=1)
        for i, (title, kind, group) in enumerate(columns)
    ]
    row = {
        c.key: f"t{i}" + data.draw(titles) if c.kind == "text" else i * 1000.5
        for i, c in enumerate(made)
    }
    text = render(Table("T", made, [row]), Surface(width))
    assert max(map(len, text.splitlines())) <= width
    for i, column in enumerate(made):
        assert (f"t{i}" if column.kind == "text" else column.text(row[column.key])) in text
