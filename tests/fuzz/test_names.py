"""Names of any sort through every format, and what readers of that format find."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from html.parser import HTMLParser

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.features import Clip, Sample
from evtp.features.cache_schema import is_id
from evtp.features.cache_writer import CacheWriter
from evtp.reports.renderers import FORMATS, Surface
from evtp.reports.table import Column, Table, visible

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

words = st.text(max_size=20) | st.sampled_from(
    [
        *("", " ", "a_b%{x} & <i>$y$</i> #^~\\ |`c`", "é λ \u202e \x85", "\ud800", "\x1b[31m"),
        *(
            "[red]x[/]",
            "[1ex]",
            "*",
            "a--b",
            "'q'",
            '"q"',
            "a b",
            "-1",
            "nan",
            "=1+1",
            "犬",
            "</td>",
        ),
    ]
)
numbers = (
    st.none() | st.integers() | st.floats() | st.sampled_from([10**400, -0.0, math.nan, math.inf])
)


@st.composite
def tables(draw):
    columns = [
        Column(
            f"c{number}",
            draw(words),
            draw(st.sampled_from(["text", "integer", "number", "percent"])),
            unit=draw(words),
            digits=draw(st.integers(0, 4)),
            scale=draw(st.sampled_from([1.0, 1e6, 1e12])),
            group=draw(words),
            rank=draw(st.sampled_from(["", "min", "max"])),
            signed=draw(st.booleans()),
            once=draw(st.booleans()),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    rows = draw(
        st.lists(
            st.fixed_dictionaries(
                {c.key: words if c.kind == "text" else numbers for c in columns if c.kind}
            ),
            max_size=5,
        )
    )
    return Table(
        draw(words),
        columns,
        rows,
        meta=draw(st.dictionaries(words, words | numbers, max_size=2)),
        notes=draw(st.lists(words, max_size=2)),
        block=draw(st.sampled_from(["", "c0", "absent"])),
    )


HTML = {"figure", "table", "caption", "thead", "tbody", "tr", "th", "td", "figcaption", "p"}
HTML |= {"strong", "u"}


class Page(HTMLParser):
    """A page's cells, all of whose elements are ours and are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        assert tag in HTML
        assert {name for name, _ in attributes} <= {
            *("class", "scope", "colspan", "data-value", "data-method")
        }
        self.open.append(tag)
        if tag == "td":
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "td" in self.open:
            self.cells[-1] += data


def latex_is_balanced(text):
    bare = re.sub(r"\\.", "", text)
    return bare.count("{") == bare.count("}")


@fuzzed
@given(tables(), st.sampled_from(FORMATS.names()), st.sampled_from([0, 20, 80]), st.booleans())
def test_a_table_of_anything_renders_to_what_its_readers_parse(bounded, table, name, width, styled):
    with bounded():
        text = FORMATS.load(name)(table, Surface(width, styled))
    assert text.endswith("\n")
    if name == "json":
        records = json.loads(text)["records"]
        assert [record.keys() for record in records] == [row.keys() for row in table.rows]
    elif name == "csv":
        read = list(csv.reader(io.StringIO(text, newline="")))
        assert {len(row) for row in read} == {len(table.columns)}
        assert len(read) == 1 + len(table.rows)
    elif name == "html":
        shown = [column.text(row[column.key]) for row in table.rows for column in table.columns]
        assert Page(text).cells == shown
    elif name == "markdown":
        lines = [line for line in text.splitlines() if line.startswith("|")]
        assert {line.replace("\\|", "").count("|") for line in lines} == {len(table.columns) + 1}
    elif name in ("latex", "siunitx"):
        assert latex_is_balanced(text)
    if name not in ("json", "csv", "html") and not styled:
        assert visible(text) == text


@fuzzed
@given(
    words.filter(is_id),
    words,
    words,
    words,
    st.sampled_from(FORMATS.names()),
    st.sampled_from(
        [
            ["features", "info", "--per-sample"],
            ["features", "info"],
            ["coverage", "--per-frame", "--method", "evtp", "--baseline", "none"],
            ["recover", "--per-object", "--method", "evtp", "--keep", "2"],
        ]
    ),
)
def test_names_of_a_cache_pass_from_file_to_format(
    ends_well, room, sample, thing, text, source, format, command
):
    clip = Clip(np.random.default_rng(0).random((1, 4, 3), np.float32))
    with room():
        with CacheWriter("cache", {"encoder": text, "model": source, "block": 0}) as writer:
            writer.add(
                Sample(
                    sample,
                    clip,
                    source=(source,),
                    image_size=(4, 4),
                    masks={thing: [[[0, 0, 4, 0, 4, 4]]]},
                    expressions=({"text": text},),
                )
            )
        result = ends_well([*command, "--cache", "cache", "--format", format])
        assert result.exit_code == 0, result.stderr
        if command[1:] == ["info"]:
            return
        if format == "json":
            (record, *_) = json.loads(result.stdout)["records"]
            assert record["sample"] == sample
        elif format == "csv":
            (record, *_) = csv.DictReader(io.StringIO(result.stdout, newline=""))
            assert record["sample"] == sample
        elif format == "html":
            assert sample in Page(result.stdout).cells
        elif format in ("latex", "siunitx"):
            assert latex_is_balanced(result.stdout)
