"""Running the command line in this process."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner


@pytest.fixture
def evtp():
    """``evtp("list", "formats")`` runs the command and returns its result."""
    from evtp.cli.main import app

    def run(*arguments: object):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def refused(evtp):
    """Runs a command that must be refused: one line on stderr, exit code 2, nothing on stdout."""

    def run(*arguments: object) -> str:
        result = evtp(*arguments)
        assert result.exit_code == 2, (result.output, result.exception)
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("error: ")
        return lines[0]

    return run
