"""`evtp sweep`."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest


@pytest.mark.slow
def test_a_sweep_of_the_sample_prints_the_median_of_its_records(evtp, tmp_path):
    run = tmp_path / "run"
    result = evtp("sweep", "--keep", "5%,20", "--output", run, "--format", "csv")
    assert result.exit_code == 0, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["keep"] for row in rows] == ["20", "0.05"]
    records = pd.read_parquet(run / "records")
    for row, kept in zip(rows, (20, 36), strict=True):
        of = records[records.tokens_kept == kept]
        for key in ("joint_radius", "recovery_iou"):
            assert float(row[f"{key}_median"]) == pytest.approx(of[key].median())
    assert records.recovery_iou.notna().all()
    assert "frames/s" in result.stderr
    page = evtp("report", "--records", run, "--method", "evtp", "--output", tmp_path / "report")
    assert page.exit_code == 0, page.stderr
    table = (tmp_path / "report" / "tables" / "coverage.md").read_text()
    shown = records[records.tokens_kept == 36].recovery_iou.median()
    assert "Recovered IoU" in table
    assert f"{100 * shown:.1f}" in table
    again = evtp("sweep", "--keep", "5%,20", "--output", run, "--format", "csv")
    assert again.stdout == result.stdout
    assert "5 of 5 shards are there already" in again.stderr


def test_bad_requests_are_one_line_and_leave_nothing(refused, tmp_path):
    run = tmp_path / "run"
    assert "--engine loca" in refused("sweep", "--engine", "loca", "--output", run)
    assert "--keep 800" in refused("sweep", "--keep", 800, "--output", run)
    assert "--cache" in refused("sweep", "--cache", tmp_path / "none", "--output", run)
    assert "evtpp" in refused("sweep", "--method", "evtpp", "--output", run)
    assert not run.exists()
    file = tmp_path / "file"
    file.write_text("")
    assert "is a file" in refused("sweep", "--output", file)
    assert "--output" in refused("sweep", "--output", tmp_path)  # holds another file


def test_an_output_that_is_a_file_is_named_by_its_option(refused, tmp_path):
    (tmp_path / "run").write_text("x")
    assert refused("sweep", "-o", tmp_path / "run").startswith("error: --output ")
