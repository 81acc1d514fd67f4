"""Runs a plan, stage by stage, each in all shapes that its settings lead to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..core.errors import InputError
from ..flops.forward_pass import Count
from ..flops.live.build import live_module
from ..flops.live.language_models import LiveLanguageModel
from .modules import FLOAT32, Built, build, inputs_of, module_of, shortened
from .plan import Plan, Setting
from .pruning import time_pruning
from .samples import scaled
from .stage import Call, Stage, shape_of, timed


@dataclass
class Timings:
    """Everything that a run measured.

    Args:
        plan: what ran.
        stages: by module.

    """

    plan: Plan
    stages: dict[str, Stage] = field(default_factory=dict)

    def facts(self) -> dict[str, object]:
        """What the figures depend on: the machine, and how it was run."""
        plan = self.plan
        return {
            **plan.device.facts(),
            "dtype": str(plan.dtype).removeprefix("torch."),
            "rounds": plan.rounds,
            "positions": plan.positions,
            "weights": "random",
        }


def time_stages(
    plan: Plan, progress: Callable[[str, float], None] = lambda _step, _done: None
) -> Timings:
    """Times every stage of a plan.

    Args:
        plan: what to run.
        progress: called with the name of each stage before it starts, and the share of all
            stages that is done.

    Raises:
        InputError: where a module cannot be built or does not fit into memory, or a pruner lacks
            an input.

    """
    for name in plan.timed:  # refused before the first takes its minutes
        if name != "token_pruning":
            _, counted = next(iter(_shapes(plan, name).values()))
            live_module(shortened(counted, name, 1), name, "meta")
    timings = Timings(plan)
    encoded: Tensor | None = None
    with torch.inference_mode():
        for done, name in enumerate(plan.timed):
            progress(name.replace("_", " "), done / len(plan.timed))
            try:
                if name == "token_pruning":
                    timings.stages[name] = time_pruning(plan, encoded)
                else:
                    timings.stages[name], output = _time_module(plan, name)
                    encoded = output if name == "vision_encoder" else encoded
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                raise InputError(
                    "stage",
                    name,
                    "does not fit into the memory of the device",
                    "run fewer --layers or another --dtype",
                ) from None
    return timings


def _is_out_of_memory(error: Exception) -> bool:
    """Whether memory is what lacked: a processor's allocator says so in words only."""
    kinds = (torch.OutOfMemoryError, MemoryError)
    return isinstance(error, kinds) or "can't allocate memory" in str(error)


def _time_module(plan: Plan, name: str) -> tuple[Stage, Tensor | None]:
    """The stage, and what the vision encoder made of the most frames."""
    device = plan.device
    dtype = torch.float32 if name in FLOAT32 else plan.dtype
    counts = _shapes(plan, name)
    before = device.used_bytes()
    built = build(next(iter(counts.values()))[1], name, plan.layers, device, dtype)
    calls: dict[Hashable, Call] = {}
    for shape, (setting, counted) in counts.items():
        inputs, passes = inputs_of(counted, name, device, dtype)
        if isinstance(built.module, LiveLanguageModel):
            inputs = (*inputs, _positions(plan, setting, counted))
        calls[shape] = partial(_call, built, inputs, passes)
    run, layers = built.layers_run or 1, built.layers or 1
    rests: dict[Hashable, Call] = {}
    if run < layers:
        rests = {("rest", shape): built.without_layers(call) for shape, call in calls.items()}
    peaks, samples, rate = timed(plan, dtype, {**calls, **rests}, before)
    times = {
        shape: scaled(samples[shape], samples["rest", shape], run, layers)
        if rests
        else samples[shape]
        for shape in calls
    }
    output: Tensor | None = None
    if name == "vision_encoder":
        output = max((call() for call in calls.values()), key=lambda tokens: len(tokens))
    stage = Stage(
        name,
        str(dtype).removeprefix("torch."),
        times,
        {shape: p and p + built.bytes_left_out for shape, p in peaks.items() if shape in calls},
        rate,
        built.layers,
        built.layers_run,
    )
    return stage, output


def _call(built: Built, inputs: tuple[Any, ...], passes: int) -> Any:
    for _ in range(passes - 1):
        built.module(*inputs)
    return built.module(*inputs)


def _shapes(plan: Plan, name: str) -> dict[Hashable, tuple[Setting, Count]]:
    """The shapes that a module has in a plan, each with a setting and count that it is of."""
    return {
        shape_of(counted, name): (setting, counted)
        for setting, counted in _counts(plan)
        if module_of(counted, name).passes
    }


def _counts(plan: Plan) -> Iterator[tuple[Setting, Count]]:
    for setting in plan.settings:
        for keep in (1.0, *plan.keeps):
            yield setting, plan.count(setting, keep)


def _positions(plan: Plan, setting: Setting, counted: Count) -> Tensor:
    """Positions of the language model's tokens [1, n]: frames first, then the rest.

    Which tokens of a frame are kept changes no time, so they are taken at even distances.
    """
    work, n = counted.work, counted.sequence_length
    shown = module_of(counted, "token_pruning").passes
    if plan.positions == "kept" and work.pruned:
        frame = torch.arange(work.kept) * work.visual_tokens // work.kept
        starts = torch.arange(shown)[:, None] * work.visual_tokens
        visual = (starts + frame).flatten()
        rest = shown * work.visual_tokens + torch.arange(n - len(visual))
        positions = torch.cat([visual, rest])
    else:
        positions = torch.arange(n)
    return positions[None].to(plan.device.name)
