"""Pruners of users and of their packages on the command line: what they break, and print."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from evtp.pruners import method

FIRST = "def prune(frame, k): return range(k)\n"


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """``installed(name="module:function")`` installs pruners; ``lab_plugin`` is a module."""
    (tmp_path / "lab_plugin.py").write_text(FIRST)
    monkeypatch.syspath_prepend(tmp_path)

    def install(**points):
        found = [EntryPoint(name, value, "evtp.pruners") for name, value in points.items()]
        monkeypatch.setattr(method, "entry_points", lambda group: found)
        method._entry_points.cache_clear()

    yield install
    method._entry_points.cache_clear()
    method.load.cache_clear()


BROKEN = (
    "cannot be imported from lab_plugin.notthere:prune (ModuleNotFoundError: No module named "
    "'lab_plugin.notthere'; 'lab_plugin' is not a package); mend or uninstall lab_plugin"
)


def test_a_broken_package_is_listed_with_what_is_wrong(evtp, installed):
    installed(broken="lab_plugin.notthere:prune", sound="lab_plugin:prune")
    done = evtp("list", "pruners", "--format", "csv")
    assert done.exit_code == 0, done.output
    rows = {row["method"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows["broken"]["summary"] == BROKEN
    assert "sound" in rows


def test_a_broken_package_is_left_out_of_all_and_refused_by_name(evtp, refused, installed):
    installed(broken="lab_plugin.notthere:prune", sound="lab_plugin:prune")
    asked = ("coverage", "--keep", "5%", "--seeds", "1")
    done = evtp(*asked, "--method", "all", "--format", "json")
    assert done.exit_code == 0, done.output
    methods = {record["method"] for record in json.loads(done.stdout)["records"]}
    assert "sound" in methods
    assert "broken" not in methods
    assert f"left out: broken, which {BROKEN}" in done.stderr.splitlines()
    assert refused(*asked, "--method", "broken") == f"error: --method broken: {BROKEN}"


def test_a_package_whose_method_has_a_built_in_name_is_told_so(evtp, installed):
    installed(stride="lab_plugin:prune")
    said = (
        "stride is evtp's own: the pruner stride of lab_plugin cannot be used until it has "
        "another name"
    )
    assert said in evtp("list", "pruners").stderr.splitlines()
    asked = ("coverage", "--keep", "5%", "--method")
    assert said in evtp(*asked, "stride").stderr.splitlines()
    assert said not in evtp(*asked, "evtp").stderr


PRINTS = """print("imported")
def prune(frame, k):
    print("asked for", k)
    return range(k)
"""


@pytest.mark.parametrize("command", ["prune", "coverage", "check-pruner"])
def test_what_a_pruner_prints_is_not_among_the_data(tmp_path, command):
    path = tmp_path / "talks.py"
    path.write_text(PRINTS)
    given = [path] if command == "check-pruner" else ["--pruner", path, "--keep", "7"]
    done = subprocess.run(
        [sys.executable, "-c", "from evtp.cli.main import main; main()", command, *given,
         "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["records"]
    assert done.stderr.splitlines().count("imported") == 1
    assert "asked for" in done.stderr


def test_options_after_a_comma_and_a_method_as_an_option_are_told_their_place(refused, tmp_path):
    line = refused("coverage", "--method", "kcenter-spatial:scale=2,variance=total")
    assert "--method variance=total: is an option without its method; join" in line
    assert "as in `evtp prune evtp`" in refused("prune", "--method", "evtp").replace("root", "evtp")
