"""From an exception to the line that a user reads."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from evtp.cli.advice import AdvisedGroup
from evtp.core.errors import CheckFailed, InputError


def failing(error):
    """A command line with `--keep` whose one command raises `error`."""
    app = typer.Typer(cls=AdvisedGroup)

    @app.callback()
    def root() -> None:
        pass

    @app.command("go")
    def go(keep: str = "") -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("keep", 2, "is odd", "give 1"), 2, "error: --keep 2: is odd; give 1"),
        (InputError("shape", 2, "is odd", "give 1"), 2, "error: shape 2: is odd; give 1"),
        (CheckFailed("3 rows leave their tolerance"), 1, "error: 3 rows leave their tolerance"),
        (
            PermissionError(13, "Permission denied", "/etc/x"),
            2,
            "error: /etc/x: permission denied; check the path",
        ),
        (MemoryError(), 2, "error: out of memory; use fewer tokens or frames at a time"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_becomes_one_line_and_an_exit_code(error, code, line):
    result = CliRunner().invoke(failing(error), ["go"])
    assert (result.exit_code, result.stderr.strip(), result.stdout) == (code, line, "")


def test_a_long_line_is_not_folded(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    error = InputError("keep", "x" * 100, "is odd", "give something else altogether")
    assert len(CliRunner().invoke(failing(error), ["go"]).stderr.splitlines()) == 1


def test_debug_shows_the_traceback_wherever_it_stands():
    error = InputError("keep", 2, "is odd", "give 1")
    for line in (["--debug", "go"], ["go", "--debug"]):
        assert CliRunner().invoke(failing(error), line).exception is error


def test_a_fault_of_ours_is_not_dressed_up_as_bad_input():
    error = RuntimeError("a bug")
    assert CliRunner().invoke(failing(error), ["go"]).exception is error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lst"], ["lst", "did you mean list"]),
        (["list", "formts"], ["formts", "did you mean formats"]),
        (["list"], ["KIND", "evtp list --help"]),
        (["list", "formats", "--formt", "csv"], ["--formt", "--format", "evtp list --help"]),
        (["list", "formats", "--format", "xls"], ["--format xls", "choose from csv"]),
        (["list", "formats", "--output", "/nowhere/x.csv"], ["--output /nowhere/x.csv", "create"]),
        (["list", "formats", "--output", "/"], ["--output /", "is a folder"]),
        (["list", "formats", "--output", "/dev/null/x.csv"], ["--output", "folder"]),
    ],
    ids=" ".join,
)
def test_bad_input_is_one_line_with_the_value_and_the_remedy(refused, arguments, words):
    line = refused(*arguments)
    for word in words:
        assert word in line


def test_an_ending_that_names_no_format_lists_those_that_do(refused, tmp_path):
    line = refused("list", "formats", "--output", tmp_path / "x.xls")
    assert ".tex" in line
    assert list(tmp_path.iterdir()) == []


def test_output_replaces_a_file_whole_and_leaves_no_temporary_behind(evtp, tmp_path):
    target = tmp_path / "formats.csv"
    target.write_text("old", encoding="utf-8")
    assert evtp("list", "formats", "--output", target).exit_code == 0
    assert target.read_text(encoding="utf-8").startswith("name,")
    assert list(tmp_path.iterdir()) == [target]


def test_a_reader_that_goes_away_is_no_error():
    done = subprocess.run(
        f"{sys.executable} -c 'from evtp.cli.main import main; main()' list formats | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
