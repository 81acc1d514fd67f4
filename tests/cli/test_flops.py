"""`evtp flops` as a user sees it."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from evtp.cli.main import app

CONTRACT = [
    "model", "dataset", "accounting", "keep", "tokens_kept_per_frame", "frames", "text_tokens",
    "sequence_length", "module", "macs",
]  # fmt: skip
MODULES = [
    "vision_encoder", "token_pruning", "language_model", "temporal_reasoning", "vmtf",
    "mask_decoder", "total",
]  # fmt: skip


@pytest.fixture
def evtp():
    runner = CliRunner()
    return lambda line: runner.invoke(app, line.split())


def test_json_records_keep_the_contract(evtp):
    records = json.loads(evtp("flops --dataset revos --keep 0.1 --format json").stdout)["records"]
    assert [record["module"] for record in records] == MODULES
    for record in records:
        assert list(record)[: len(CONTRACT)] == CONTRACT
        assert {"macs_full", "reduction"} <= set(record)
        assert type(record["macs"]) is int
        assert type(record["macs_full"]) is int
    total = records[-1]
    assert total["macs"] == sum(record["macs"] for record in records[:-1])
    assert total["reduction"] == 1 - total["macs"] / total["macs_full"]


def test_unpruned_records_have_no_reduction(evtp):
    records = json.loads(evtp("flops --dataset revos --keep 1.0 --format json").stdout)["records"]
    assert all("macs_full" not in record and "reduction" not in record for record in records)


def test_every_output_says_what_was_counted(evtp):
    meta = json.loads(evtp("flops --format json").stdout)["meta"]
    assert meta["accounting"] == "paper"
    assert meta["convention"] == "mac"
    for format in ("table", "latex", "markdown", "html"):
        text = evtp(f"flops --format {format}").stdout
        assert "accounting: paper" in text
        assert "MAC" in text


def test_several_data_sets_and_ratios_make_a_product(evtp):
    out = evtp("flops --dataset refcoco,revos --dataset mm_conv --keep 5% --keep 0.1,1.0").stdout
    rows = list(csv.DictReader(io.StringIO(out)))
    assert len(rows) == 3 * 3 * len(MODULES)
    assert {row["dataset"] for row in rows} == {"refcoco", "revos", "mm_conv"}


def test_the_inconsistent_total_is_shown_as_such(evtp):
    out = evtp("flops --dataset refcoco --keep 5% --format table").stdout
    assert "0.447" in out
    assert "inconsistent" in out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("flops --keep 0", ["--keep", "0", "ratio"]),
        ("flops --keep 1.5", ["--keep", "1.5", "ratio"]),
        ("flops --keep=-1", ["--keep", "-1", "ratio"]),
        ("flops --keep nan", ["--keep", "nan"]),
        ("flops --keep ten", ["--keep", "ten", "not a number"]),
        ("flops --keep 730", ["--keep", "730", "729"]),
        ("flops --dataset revo", ["--dataset", "revo", "did you mean revos"]),
        ("flops --model instrctseg", ["--model", "instructseg"]),
        ("flops --accounting papr", ["--accounting", "paper"]),
        ("flops --format tabel", ["--format", "table"]),
        ("flops --output /no/such/folder/x.csv", ["--output", "folder"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(evtp, line, words):
    done = evtp(line)
    assert done.exit_code == 2
    assert not done.stdout
    assert len(done.stderr.strip().splitlines()) == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_data_sets_and_models_are_listed(evtp):
    assert "revos" in evtp("list datasets").stdout
    assert "instructseg" in evtp("list models").stdout
