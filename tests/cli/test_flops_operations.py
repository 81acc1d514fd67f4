"""`evtp flops operations` as a user sees it."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from evtp.cli.main import app


@pytest.fixture
def records():
    def run(line):
        done = CliRunner().invoke(app, [*line.split(), "--format", "json"])
        assert done.exit_code == 0, done.stderr
        return json.loads(done.stdout)["records"]

    return run


@pytest.mark.parametrize(
    "options",
    [
        "--dataset revos --keep 10%",
        "--dataset revos --keep 10% --accounting architecture --layout ovp --method divprune",
        "--dataset refcoco --keep 5% --accounting architecture --head all --convention flop",
        "--model llava-1.5-7b --text-tokens 36 --keep 50% --prune-at 2 --convention fastv",
        "--model qwen2.5-vl-7b --text-tokens 9 --frames 2 --keep 50% --prune-at 4,8",
        "--model swin-b --keep 100% --set mask_encoder.window=7",
    ],
)
def test_the_sum_of_a_module_is_what_evtp_flops_gives_for_it(records, options):
    of_modules = {r["module"]: r for r in records(f"flops {options}")}
    total = of_modules.pop("total")
    listed = records(f"flops operations {options}")
    for name, module in of_modules.items():
        own = [r for r in listed if r["module"] == name]
        assert sum(r["macs"] for r in own) == module["macs"]
        assert sum(r["cost"] for r in own) == pytest.approx(module["cost"], rel=1e-12)
        assert module["elementwise"] in (None, sum(r["elementwise"] for r in own))
        if own:
            assert own == records(f"flops operations {options} --module {name}")
    assert sum(r["macs"] for r in listed) == total["macs"]
    assert {r["accounting"] for r in listed} == {total["accounting"]}


def test_a_table_names_its_accounting_and_fits_eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    line = "flops operations --module language_model --accounting architecture --format table"
    out = CliRunner().invoke(app, line.split()).stdout
    assert "accounting: architecture" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    # No operation is wrapped: each stands on one line with its shapes.
    row = next(line for line in out.splitlines() if "ffn.down" in line)
    assert row.split()[:5] == ["ffn.down", "32", "3,097", "10,240", "2,560"]


def test_an_unknown_module_is_one_line():
    done = CliRunner().invoke(app, ["flops", "operations", "--module", "decoder"])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "--module decoder" in done.stderr


def test_it_starts_without_heavy_libraries():
    code = (
        "import sys; from typer.testing import CliRunner; from evtp.cli.main import app; "
        "assert CliRunner().invoke(app, ['flops', 'operations']).exit_code == 0; "
        "sys.exit(bool({'torch', 'pandas', 'matplotlib', 'numba'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("command", ["operations", "explain mac flop", "verify"])
def test_a_list_of_keeps_is_refused_where_one_is_counted(refused, command):
    assert "--keep 5%,10%: is several" in refused("flops", *command.split(), "--keep", "5%,10%")


def test_an_accounting_that_does_not_cover_a_model_names_those_that_do(refused):
    line = refused("flops", "--model", "llava-1.5-7b", "--accounting", "paper")
    assert "choose architecture, decoder" in line


def test_operations_say_that_a_cost_is_the_mean_layers(evtp):
    arguments = ("flops", "operations", "--model", "llava-1.5-7b", "--text-tokens", 36)
    fastv = (*arguments, "--keep", 128, "--convention", "fastv", "--format", "markdown")
    assert "Cost (GMAC/layer)" in evtp(*fastv).stdout
    assert "Cost (GMAC) " in evtp(*arguments, "--format", "markdown").stdout
