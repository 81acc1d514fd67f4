"""What every folder of tests shares."""

from __future__ import annotations

import functools

import pytest
from typer.main import get_command


@pytest.fixture(scope="session", autouse=True)
def _commands_are_built_once():
    # Typer's runner builds every command anew at each call, which takes longer than most of them.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", functools.cache(get_command))
        yield
