"""Runs a plan, stage by stage, each in all shapes that its settings lead to."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ..core.budget import Keep
from ..core.errors import InputError
from ..features.types import Clip
from ..flops.count import Count
from ..flops.live.language_models import LiveLanguageModel
from ..flops.parts.qwen_vision import QwenVision
from ..flops.spec import Model, load_model
from ..pruners import Selection, select
from ..pruners.method import Pruner
from .device import Device
from .modules import FLOAT32, Built, build, inputs_of, module_of
from .plan import Plan, Setting
from .samples import Timing, in_turn, scaled

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


def shape_of(counted: Count, name: str, pruner: Pruner | None = None) -> Hashable:
    """What the time of a module depends on: equal for two counts that need one timing only."""
    module = module_of(counted, name)
    if name == "token_pruning":
        return pruner and pruner.name, counted.work.stages, module.passes
    return module.shapes, module.passes


def time_stages(
    plan: Plan, progress: Callable[[str, float], None] = lambda _step, _done: None
) -> Timings:
    """Times every stage of a plan.

    Args:
        plan: what to run.
        progress: called with the name of each stage before it starts, and the share of all
            stages that is done.

    Raises:
        InputError: where a module does not fit into memory, or a pruner lacks an input.

    """
    timings = Timings(plan)
    encoded: Tensor | None = None
    with torch.inference_mode():
        for done, name in enumerate(plan.timed):
            progress(name.replace("_", " "), done / len(plan.timed))
            try:
                if name == "token_pruning":
                    timings.stages[name] = _time_pruning(plan, encoded)
                else:
                    timings.stages[name], output = _time_module(plan, name)
                    encoded = output if name == "vision_encoder" else encoded
            except torch.OutOfMemoryError:
                raise InputError(
                    "stage",
                    name,
                    "does not fit into the memory of the device",
                    "run fewer --layers or another --dtype",
                ) from None
    return timings


def _time_module(plan: Plan, name: str) -> tuple[Stage, Tensor | None]:
    """The stage, and what the vision encoder made of the most frames."""
    device = plan.device
    dtype = torch.float32 if name in FLOAT32 else plan.dtype
    counts = {
        shape_of(counted, name): (setting, counted)
        for setting, counted in _counts(plan)
        if module_of(counted, name).passes
    }
    before = device.used_bytes()
    built = build(next(iter(counts.values()))[1], name, plan.layers, device, dtype)
    calls: dict[Hashable, Call] = {}
    for shape, (setting, counted) in counts.items():
        inputs, passes = inputs_of(counted, name, device, dtype)
        if isinstance(built.module, LiveLanguageModel):
            inputs = (*inputs, _positions(plan, setting, counted))
        calls[shape] = partial(_call, built, inputs, passes)
    some = built.layers != built.layers_run
    rests: dict[Hashable, Call] = {}
    if some:
        rests = {("rest", shape): built.without_layers(call) for shape, call in calls.items()}
    peaks, samples, rate = _timed(plan, dtype, {**calls, **rests}, before)
    times = {shape: samples[shape] for shape in calls}
    if some:
        assert built.layers is not None
        assert built.layers_run is not None
        times = {
            shape: scaled(time, samples["rest", shape], built.layers_run, built.layers)
            for shape, time in times.items()
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


def _time_pruning(plan: Plan, encoded: Tensor | None) -> Stage:
    """Every pruner on the encoder's output, up to the kept tokens on the device."""
    device, clips = plan.device, {}
    calls: dict[Hashable, Call] = {}
    for setting in plan.settings:
        for keep in plan.keeps:
            counted = plan.count(setting, keep)
            if not counted.work.pruned:
                continue
            shown = module_of(counted, "token_pruning").passes
            if shown not in clips:
                clips[shown] = _clip(plan, shown, encoded)
            for pruner in plan.pruners:
                shape = shape_of(counted, "token_pruning", pruner)
                calls[shape] = partial(_prune, pruner, clips[shown], counted.work.kept)
    for call in calls.values():
        call()  # compiles, which takes memory of its own
    before = device.used_bytes()
    peaks, samples, rate = _timed(plan, plan.dtype, calls, before)
    return Stage("token_pruning", str(plan.dtype).removeprefix("torch."), samples, peaks, rate)


def _clip(plan: Plan, shown: int, encoded: Tensor | None) -> Clip:
    """The encoder's output of `shown` frames, with the inputs that pruners may ask of it.

    Attention and keys are drawn at random: fused kernels give none, and which tokens they point
    to changes little of the time.
    """
    spec = load_model(plan.model, plan.overrides)
    encoder = spec.vision_encoder
    assert encoder is not None
    P, width = spec.visual_tokens, getattr(encoder, "output_width", encoder.width)
    device = plan.device.name
    if encoded is None:
        encoded = torch.randn(shown * P, width, dtype=plan.dtype, device=device)
    features = encoded.reshape(-1, width)[: shown * P].reshape(shown, P, width)

    def drawn(*widths: int) -> Tensor:
        return torch.rand(shown, P, *widths, device=device)

    return Clip(
        features,
        _grid(spec),
        attention=drawn(),
        probe_attention=drawn(),
        middle_attention=drawn(),
        keys=drawn(encoder.width // encoder.heads),
    )


def _grid(spec: Model) -> tuple[int, int]:
    """Rows and columns of a frame's tokens; tiles lie one below the other."""
    encoder = spec.vision_encoder
    assert encoder is not None
    if isinstance(encoder, QwenVision):
        rows, columns = (side // encoder.merge for side in encoder.grid)
    else:
        rows = columns = math.isqrt(encoder.tokens)
    return rows * spec.tiles, columns


def _prune(pruner: Pruner, clip: Clip, keep: Keep) -> Tensor:
    """The kept tokens of all frames [F K, d], on the device of the features."""
    kept: list[Selection] = select(pruner, clip, keep)
    dtype = clip.features.dtype
    return torch.cat(
        [
            clip.features[frame][chosen.indices]
            if chosen.merged is None
            else chosen.merged.to(dtype)
            for frame, chosen in enumerate(kept)
        ]
    )


def _timed(
    plan: Plan, dtype: torch.dtype, calls: dict[Hashable, Call], before: int | None
) -> tuple[dict[Hashable, int | None], dict[Hashable, Timing], float]:
    """Peaks and times of calls, and the MAC/s of a matrix product timed in the same rounds."""
    device: Device = plan.device
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
