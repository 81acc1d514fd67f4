"""One module's timings, and what they depend on."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import torch

from ..flops.forward_pass import Count
from ..pruners.method import Pruner
from .modules import module_of
from .plan import Plan
from .samples import Timing, in_turn

Call = Callable[[], Any]


@dataclass(frozen=True)
class Stage:
    """What one module took.

    Args:
        name: the module.
        dtype: of its weights and activations.
        times: of a forward pass's calls of it, by shape (see `shape_of`).
        peaks: the most memory beside what was in use before the module was built, by shape.
        reference: MAC/s of a square matrix product, timed in the same rounds.
        layers: L of the model, None where the module ran whole.
        layers_run: how many of them ran.

    """

    name: str
    dtype: str
    times: dict[Hashable, Timing]
    peaks: dict[Hashable, int | None]
    reference: float
    layers: int | None = None
    layers_run: int | None = None


def shape_of(counted: Count, name: str, pruner: Pruner | None = None) -> Hashable:
    """What the time of a module depends on: equal for two counts that need one timing only."""
    module = module_of(counted, name)
    if name == "token_pruning":
        return pruner and pruner.name, counted.work.stages, module.passes
    return module.shapes, module.passes


def timed(
    plan: Plan, dtype: torch.dtype, calls: dict[Hashable, Call], before: int | None
) -> tuple[dict[Hashable, int | None], dict[Hashable, Timing], float]:
    """Times calls by turns.

    Args:
        plan: how often, on which device.
        dtype: of the matrix product.
        calls: by shape.
        before: memory that was in use before anything was made for these calls.

    Returns:
        Peaks above `before` and times by shape, and MAC/s of a matrix product in the same rounds.

    """
    device = plan.device
    # The first calls are no timings: they choose and compile kernels.
    peaks: dict[Hashable, int | None] = {}
    for shape, call in calls.items():
        for _ in range(device.warm_up - 1):
            call()
        peak = device.peak_bytes(call)
        peaks[shape] = None if peak is None or before is None else max(0, peak - before)
    reference, side = "reference", device.reference_side
    matrix = torch.randn(side, side, dtype=dtype, device=device.name)
    for _ in range(device.warm_up):
        matrix @ matrix
    everything: dict[Hashable, Call] = {**calls, reference: lambda: matrix @ matrix}
    samples = in_turn(everything, device.seconds, plan.rounds, plan.limit)
    rate = side**3 / samples.pop(reference).seconds
    return peaks, samples, rate
