"""Every table of a report, set by a real LaTeX."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from evtp.reports.accuracy import ablation_table, accuracy_table, difference_table
from evtp.reports.audit import audit, audit_table, count_table
from evtp.reports.cost import module_table
from evtp.reports.document import ENDINGS, Report, write_tables
from evtp.reports.hypothesis import correlation_table, correlations, joined
from evtp.reports.own_table import own_table
from evtp.reports.settings import instruction_table, statistics_table, token_table

HOSTILE = "a_b%{x} & $y$ #1 ~^\\"


@pytest.fixture(scope="module")
def tables(flops_records, cover_records):
    own = [
        {
            "method": HOSTILE,
            "keep": 0.1,
            "dataset": "reasonseg",
            "split": "",
            "metric": "giou",
            "value": 99.9,
        }
    ]
    paper, architecture = (
        [record for record in flops_records if record["accounting"] == name]
        for name in ("paper", "architecture")
    )
    findings = audit(flops_records, cover_records)
    points = joined(cover_records)
    return {
        **{f"table{n}": accuracy_table(n, paper, own) for n in (1, 2, 3)},
        **{f"table{n}-difference": difference_table(n, own) for n in (1, 2, 3)},
        "table4": ablation_table(),
        "table5": token_table(paper),
        "table6": instruction_table(),
        "table7": statistics_table(),
        "flops-paper": module_table(paper),
        "flops-architecture": module_table(architecture),
        "hypothesis": correlation_table(correlations(points, draws=50), {"encoder": HOSTILE}),
        "audit": count_table(findings),
        "audit-findings": audit_table(findings),
        "yours": own_table(own),
    }


@pytest.mark.parametrize("siunitx", [False, True], ids=["plain", "siunitx"])
@pytest.mark.slow
@pytest.mark.tex
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_all_tables_are_set_and_fit_their_page(siunitx, tables, tmp_path):
    write_tables(Report(tables), tmp_path, siunitx)
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "tables.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Overfull" not in done.stdout
    assert "Float too large" not in done.stdout
    assert "Missing character" not in done.stdout


def test_every_table_is_written_in_every_format(tables, tmp_path):
    write_tables(Report(tables), tmp_path)
    endings = {"tex", *ENDINGS.values()}
    written = {path.name for path in (tmp_path / "tables").iterdir()}
    assert written == {f"{name}.{ending}" for name in tables for ending in endings}
    inputs = (tmp_path / "tables.tex").read_text()
    assert all(f"\\input{{tables/{name}}}" in inputs for name in tables)


def test_the_same_tables_give_the_same_bytes(tables, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_tables(Report(tables), tmp_path / name)
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.*")]
    assert files
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_labels_are_unique(tables):
    labels = [table.label for table in tables.values()]
    assert all(labels)
    assert len(set(labels)) == len(labels)
