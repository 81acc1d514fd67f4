"""What every folder of tests shares."""

from __future__ import annotations

import functools
import signal

import pytest
from hypothesis import settings
from typer.main import get_command

# A deadline for each case is a timed test, which a busy machine fails.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")

# A shell starts what it runs in the background deaf to Ctrl-C, and what that starts inherits it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _commands_are_built_once():
    # Typer's runner builds every command anew at each call, which takes longer than most of them.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.testing._get_command", functools.cache(get_command))
        yield
