"""Every format, found by listing them: the contract, and hostile text through each."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.reports.renderers import FORMATS, SUFFIXES, Surface
from evtp.reports.table import Column, Table

HOSTILE = "a_b%{x} & <i>$y$</i> #1 ~^\\ | `c` [d](e) \"q\" 'r' é λ ≤ · × – |"

TABLE = Table(
    title=f"Radii of {HOSTILE}",
    columns=[
        Column("method", "Method"),
        Column("radius", "Radius", "number", digits=2, group="Feature", rank="min"),
        Column("macs", "Cost", "number", unit="TMAC", scale=1e12, group="Feature"),
        Column("kept", "Kept", "integer"),
    ],
    rows=[
        {"method": HOSTILE, "radius": 0.123456789012345, "macs": 10**13, "kept": 36, "keep": 0.05},
        {"method": "random", "radius": None, "macs": 2 * 10**12 + 1, "kept": 1234, "keep": 0.05},
        {"method": "evtp", "radius": 0.5, "macs": None, "kept": 73, "keep": 0.1},
        {"method": "other", "radius": 0.25, "macs": 0, "kept": 73, "keep": 0.1},
    ],
    meta={"accounting": "paper", "unit": "MAC"},
    notes=["A note: 5 % & more_than {that}."],
    block="keep",
    label="tab:radii",
)


@pytest.mark.parametrize("name", FORMATS.names())
def test_a_format_renders_text_is_summarised_and_owns_its_endings(name):
    text = FORMATS.load(name)(TABLE, Surface())
    assert text.endswith("\n")
    assert FORMATS.summary(name).endswith(".")
    assert all(ending.startswith(".") for ending in SUFFIXES.load(name))


def test_no_two_formats_share_an_ending():
    endings = [ending for _, endings in SUFFIXES for ending in endings]
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize("name", FORMATS.names())
def test_the_same_table_gives_the_same_bytes(name):
    render = FORMATS.load(name)
    assert render(TABLE, Surface()) == render(TABLE, Surface())


@pytest.mark.parametrize("name", ["table", "latex", "markdown", "html"])
def test_formats_for_people_round_and_carry_the_stamp(name):
    text = FORMATS.load(name)(TABLE, Surface())
    assert "0.12" in text
    assert "0.1234" not in text.replace('data-value="0.123456789012345"', "")
    assert "accounting: paper" in text


@pytest.mark.parametrize("name", FORMATS.names())
def test_an_empty_table_renders(name):
    assert FORMATS.load(name)(Table("none", [Column("x", "X")], []), Surface())


def test_csv_of_no_records_is_its_header():
    table = Table("Damage", [Column("file", "File"), Column("problem", "Problem")], [])
    assert FORMATS.load("csv")(table, Surface()) == "file,problem\n"


def test_csv_holds_raw_values_and_leaves_a_missing_one_empty():
    rows = list(csv.DictReader(io.StringIO(FORMATS.load("csv")(TABLE, Surface()))))
    assert [row["method"] for row in rows] == [str(row["method"]) for row in TABLE.rows]
    assert float(rows[0]["radius"]) == 0.123456789012345
    assert rows[0]["macs"] == "10000000000000"
    assert rows[1]["radius"] == ""


def test_a_carriage_return_in_a_name_ends_no_row_of_csv():
    table = Table("t", [Column("x", "X"), Column("y", "Y")], [{"x": "a\rb", "y": 1}])
    text = FORMATS.load("csv")(table, Surface())
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["x", "y"], ["a\rb", "1"]]


def test_json_holds_raw_values_and_the_meta_data():
    loaded = json.loads(FORMATS.load("json")(TABLE, Surface()))
    assert loaded["records"] == TABLE.rows
    assert loaded["meta"]["accounting"] == "paper"


def test_json_has_null_for_a_number_that_json_lacks():
    table = Table("t", [Column("x", "X", "number")], [{"x": float("nan")}, {"x": float("inf")}])
    assert json.loads(FORMATS.load("json")(table, Surface()))["records"] == [
        {"x": None},
        {"x": None},
    ]


class Cells(HTMLParser):
    """The text of every cell of a page, as a browser would show it."""

    def __init__(self):
        super().__init__()
        self.cells = []
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag in {"td", "th", "caption"}:
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


def test_html_shows_hostile_text_as_text():
    page = Cells()
    page.feed(FORMATS.load("html")(TABLE, Surface()))
    assert HOSTILE in page.cells
    assert "i" not in page.tags


def test_markdown_shows_what_looks_like_an_entity_as_it_is():
    text = FORMATS.load("markdown")(Table("&lt;", [Column("x", "X")], [{"x": "&amp;"}]), Surface())
    assert r"\&lt;" in text
    assert r"\&amp;" in text


def test_markdown_keeps_its_columns_whatever_the_text():
    lines = FORMATS.load("markdown")(TABLE, Surface()).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {len(TABLE.columns) + 1}


@pytest.mark.parametrize("width", [0, 20])
@pytest.mark.parametrize("heading", ["", " ", "\u200b"])
def test_a_column_that_shows_nothing_takes_no_table_down(width, heading):
    table = Table("t", [Column("x", heading), Column("y", "Y")], [{"x": None, "y": "seen"}])
    assert "seen" in FORMATS.load("table")(table, Surface(width))


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(texts, st.floats(allow_infinity=False)), max_size=5), texts)
def test_any_text_passes_every_format(rows, title):
    table = Table(
        title,
        [Column("name", "Name"), Column("value", "Value", "number")],
        [{"name": name, "value": value} for name, value in rows],
    )
    for _, render in FORMATS:
        render(table, Surface(80))


def compile_latex(body: str, folder, options=""):
    """Sets it in a plain article that loads what its first line names and nothing else."""
    needs = "\n".join(re.findall(r"\\usepackage\S+\}", body.splitlines()[0]))
    head = f"\\documentclass[{options}]{{article}}\n{needs}\n\\begin{{document}}\n"
    (folder / "t.tex").write_text(f"{head}{body}\n\\end{{document}}\n", encoding="utf-8")
    return subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "t.tex"],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
latex_formats = pytest.mark.parametrize("name", ["latex", "siunitx"])


@pdflatex
@pytest.mark.tex
@latex_formats
def test_pdflatex_sets_hostile_text_groups_and_marks(name, tmp_path):
    done = compile_latex(FORMATS.load(name)(TABLE, Surface()), tmp_path)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "t.pdf").stat().st_size > 5000


@pdflatex
@pytest.mark.tex
@latex_formats
def test_pdflatex_sets_every_printable_ascii_character(name, tmp_path):
    text = "".join(map(chr, range(32, 127)))
    table = Table(text, [Column("x", text), Column("y", text, "number")], [{"x": text, "y": text}])
    done = compile_latex(FORMATS.load(name)(table, Surface()), tmp_path)
    assert done.returncode == 0, done.stdout[-2000:]


LATIN = [
    character
    for character in map(chr, range(0xA1, 0x180))
    if character not in "ĦħĸĿŀŉŦŧſ\xad"  # which the fonts of pdfLaTeX lack
]
GREEK = [c for c in map(chr, [*range(0x391, 0x3AA), *range(0x3B1, 0x3CA)]) if c.isprintable()]


@pdflatex
@pytest.mark.tex
@pytest.mark.slow
@latex_formats
def test_pdflatex_sets_names_of_any_sort(name, tmp_path):
    names = [
        *("".join(LATIN[at : at + 20]) for at in range(0, len(LATIN), 20)),
        *("".join(GREEK[at : at + 16]) for at in range(0, len(GREEK), 16)),
        *("a  b", "$HOME", "50%", "x_1^2", "{", "}}{{", "#1", "~", "a & b", "\\end{table}", "\\"),
        *("<b>&lt;</b>", "<!--", "'quoted'", '"quoted"', "a--b---c", "`x'", "''", "?`", "!`"),
        *("\x1b[31m", "\udcff", "\u202e", "a\nb", "\0", "…–—“”’·×±≤≥≈≠∞²→−", "[1ex]", "*", "-"),
    ]
    columns = [Column("name", "\\ & _"), Column("x", "%", "number", rank="max", group="#{")]
    rows = [{"name": name, "x": number} for number, name in enumerate(names)]
    table = Table("\\caption{", columns, rows, meta={"cache": "/a_b/%"}, notes=names)
    done = compile_latex(FORMATS.load(name)(table, Surface()), tmp_path)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout


@latex_formats
@pytest.mark.parametrize("text", ["[1ex] x", "* x"])
def test_the_end_of_a_row_takes_nothing_of_the_next(name, text):
    table = Table("t", [Column("x", "X")], [{"x": "a"}, {"x": text}], notes=["n", text])
    drawn = FORMATS.load(name)(table, Surface())
    assert drawn.count(f"{{{text[0]}}}{text[1:]}".rstrip()) == 2


def test_no_two_characters_join_into_another_in_latex():
    table = Table("a--b ''c'' ,,d", [Column("x", "X")], [{"x": "`e`?`"}])
    text = FORMATS.load("latex")(table, Surface())
    assert "a-{}-b '{}'c'{}' ,{},d" in text
    assert r"\textasciigrave{}e\textasciigrave{}?\textasciigrave{}" in text


@pytest.mark.parametrize("name", [n for n in FORMATS.names() if n not in ("csv", "json")])
def test_what_acts_on_a_terminal_or_turns_the_writing_is_spelt_out(name):
    hostile = "\x1b[31m\u202e\udcff\0"
    table = Table(hostile, [Column("x", hostile, group=hostile)], [{"x": hostile}], notes=[hostile])
    text = FORMATS.load(name)(table, Surface())
    seen = text.replace('data-value="' + hostile, "")
    assert not set(hostile[:1] + hostile[-3:]) & set(seen)
    assert seen.count("202e") >= 5


@pdflatex
@pytest.mark.tex
@latex_formats
def test_a_table_longer_than_a_page_goes_on_under_the_same_number(name, tmp_path):
    words = "a sentence of some length that has to wrap in its column, " * 6
    rows = [{"n": f"row {i}", "text": words, "x": i / 7, "b": i // 20} for i in range(80)]
    table = Table(
        "Long",
        [Column("n", "Name"), Column("text", "Text"), Column("x", "X", "number", rank="max")],
        rows,
        block="b",
        label="tab:long",
    )
    text = FORMATS.load(name)(table, Surface())
    assert text.count(r"\begin{table*}") > 2
    assert text.count(r"\label") == 1
    assert [f"row {i}" in text for i in range(80)] == [True] * 80
    done = compile_latex(text, tmp_path)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Float too large" not in done.stdout
    assert "Overfull" not in done.stdout


def parts_of(table):
    """The rows of each float, by their first two cells, as LaTeX sets them."""
    floats = FORMATS.load("latex")(table, Surface()).split(r"\end{tabular}")[:-1]
    bodies = [text.partition("\\midrule\n")[2].partition("\\bottomrule")[0] for text in floats]
    lines = [[line for line in body.split("\n") if "&" in line] for body in bodies]
    return [[tuple(cell.strip(" \\") for cell in line.split("&")[:2]) for line in p] for p in lines]


def blocks_of(sizes):
    columns = [Column("b", "Block", once=True), Column("r", "Row")]
    rows = [{"b": f"b{n}", "r": f"b{n}r{i}"} for n, size in enumerate(sizes) for i in range(size)]
    return Table("Blocks", columns, rows, block="b", notes=["A note."] * 3)


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 13, 30])
def test_a_long_table_breaks_only_between_blocks(size):
    parts = parts_of(blocks_of([size] * (200 // size)))
    assert len(parts) > 2
    assert all(part[0][0] and len(part) % size == 0 for part in parts)
    assert sum(len(part) for part in parts) == 200 // size * size


def test_a_block_longer_than_a_page_is_broken_evenly_and_tells_its_keys_again():
    parts = parts_of(blocks_of([100]))
    assert len(parts) > 1
    assert all(part[0][0] == "b0" for part in parts)
    assert max(map(len, parts)) - min(map(len, parts)) <= len(parts)


@pdflatex
@pytest.mark.tex
@latex_formats
@pytest.mark.parametrize("options", ["", "a4paper,twocolumn"])
@pytest.mark.parametrize(("sizes", "notes"), [([3], 150), ([60], 40), ([40, 40], 90), ([1], 0)])
def test_notes_longer_than_a_page_stay_inside_the_floats(name, options, sizes, notes, tmp_path):
    words = "what stands below a table may take some lines of its own, too, " * 3
    table = replace(blocks_of(sizes), notes=[f"note {n}. {words}" for n in range(notes)])
    text = FORMATS.load(name)(table, Surface())
    outside = re.sub(r"\\begin\{(table\*?)\}.*?\\end\{\1\}", "", text, flags=re.DOTALL)
    assert outside.split("\n", 1)[1].strip() == ""
    assert [f"note {n}." in text for n in range(notes)] == [True] * notes
    done = compile_latex(text, tmp_path, options)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Float too large" not in done.stdout
    assert "Overfull" not in done.stdout


def test_text_too_long_for_a_line_wraps_instead_of_being_shrunk():
    words = "a sentence of some length that has to wrap in its column, " * 3
    columns = [Column("n", "Name"), *(Column(f"t{i}", f"T{i}") for i in range(3))]
    table = Table("Texts", columns, [{"n": "evtp", **{f"t{i}": words for i in range(3)}}])
    text = FORMATS.load("latex")(table, Surface())
    assert r"\begin{tabularx}{\linewidth}{lX" in text.replace(
        r">{\hsize=1.00\hsize\raggedright\arraybackslash}", ""
    )
    assert "resizebox" not in text


@pytest.mark.parametrize("columns", [3, 8, 14])
def test_a_wide_table_is_set_small_or_across_the_page(columns):
    table = Table(
        "Wide",
        [Column("n", "Name"), *(Column(f"c{i}", "Head", "number") for i in range(columns))],
        [{"n": "evtp", **{f"c{i}": 10.0 for i in range(columns)}}],
    )
    text = FORMATS.load("latex")(table, Surface())
    assert (r"\begin{table*}" in text) == (columns > 7)


def test_siunitx_leaves_numbers_bare_and_gives_their_digits():
    text = FORMATS.load("siunitx")(TABLE, Surface())
    assert "S[table-format=2.3]" in text  # 10.000 and 2.000
    assert "& 1234 \\\\" in text


@pdflatex
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
@pytest.mark.tex
@latex_formats
def test_only_the_digits_before_the_point_are_grouped(name, tmp_path):
    column = Column("factor", "Factor", "number", digits=4)
    table = Table("Factors", [column], [{"factor": 0.9978}, {"factor": 12345.6789}])
    assert compile_latex(FORMATS.load(name)(table, Surface()), tmp_path).returncode == 0
    read = ["pdftotext", str(tmp_path / "t.pdf"), "-"]
    words = subprocess.run(read, capture_output=True, text=True, check=True).stdout.split()
    assert {"0.9978", "12,345.6789"} <= set(words)
