"""What commands print as LaTeX, set in the plain article that a reader would paste it into."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest
from typer.testing import CliRunner

from evtp.cli.main import app

LINES = [
    "flops --dataset revos --keep 10%",
    "flops --dataset all --accounting architecture --keep 5%:50%:5% --summary",
    "flops --model llava-1.5-7b,instructseg --accounting architecture --prune-at 0 --prune-at 2",
    "flops check",
    "flops cost --keep 100%,10%",
    "flops explain fastv architecture:model=qwen2.5-vl-7b --text-tokens 36",
    "flops operations --accounting architecture --keep 10%",
    "coverage --method evtp,divprune,random --keep 5%,10%,20%",
    "coverage --method divprune --keep 10%",
    "compare --method evtp,divprune,visionzip,tome,random --keep 10%",
    "correlate --method evtp,divprune,stride,random --keep 10% --bootstrap 100",
    "list pruners",
]


@pytest.fixture(scope="module")
def drawn():
    runner = CliRunner()

    def draw(line, format):
        done = runner.invoke(app, [*shlex.split(line), "--format", format])
        assert done.exit_code in (0, 1), done.stderr  # `flops check` tells of known misfits
        return done.stdout

    return {(line, f): draw(line, f) for line in LINES for f in ("latex", "siunitx")}


@pytest.mark.slow
@pytest.mark.tex
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("options", ["", "a4paper,twocolumn"])
@pytest.mark.parametrize("format", ["latex", "siunitx"])
def test_every_table_fits_a_plain_article(format, options, drawn, tmp_path):
    tables = [drawn[line, format] for line in LINES]
    packages = {name for t in tables for name in re.findall(r"\\usepackage\S+\}", t.split("\n")[0])}
    head = [rf"\documentclass[{options}]{{article}}", *sorted(packages), r"\begin{document}"]
    text = "\n".join([*head, *(f"{table}\n\\clearpage" for table in tables), r"\end{document}"])
    (tmp_path / "t.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "t.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    for trouble in ("Overfull", "Float too large", "Missing character", "multiply defined"):
        assert trouble not in done.stdout, done.stdout


@pytest.mark.slow
def test_labels_of_different_tables_differ(drawn):
    labels = [_label(drawn[line, "latex"]) for line in LINES]
    assert len(set(labels)) == len(LINES)


@pytest.mark.parametrize(
    "line",
    [
        ("flops --model llava-1.5-7b --summary " + more)
        for more in ("", "--keep 20%", "--keep 20", "--text-tokens 36", "--frames 36")
    ],
)
def test_a_label_is_the_command_line_less_where_the_table_goes(line):
    typed = CliRunner().invoke(app, [*shlex.split(line), "--format=latex"])
    words = line.replace("%", "pct").replace("--", "").split()
    assert _label(typed.stdout) == f"tab:evtp-{'-'.join(words)}"


def _label(table):
    (found,) = re.findall(r"\\label\{(.*?)\}", table)
    return found
