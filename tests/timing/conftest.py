"""A model of InstructSeg's parts that runs in a moment, and what timing it gave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

THIN = str(Path(__file__).with_name("thin.toml"))


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Threads waiting for one another would take longer than these small products."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def plan():
    """An image and a video in both layouts, by two methods, of a single layer."""
    pytest.importorskip("transformers")
    from evtp.pruners.method import load
    from evtp.timing.device import Cpu
    from evtp.timing.plan import Plan, settings_of

    class Small(Cpu):
        reference_side = 64

    whole = Plan(
        model=THIN,
        settings=settings_of(THIN, (), ["refcoco", "revos"], []),
        keeps=[0.1, 0.5],
        pruners=[load("evtp"), load("tome")],
        device=Small(),
        layers=1,
        rounds=2,
    )

    def changed(**changes):
        return replace(whole, **changes)

    return changed


@pytest.fixture(scope="session")
def timings(plan):
    from evtp.timing.run import time_stages

    return time_stages(plan())
