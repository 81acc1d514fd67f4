"""What is timed: a model, the settings it runs in, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import torch

from ..core.budget import Keep
from ..core.errors import InputError, unknown
from ..flops import Count, count, datasets, load_model
from ..flops.accountings.architecture import LAYOUTS
from ..pruners.method import Pruner
from .device import Device
from .modules import module_of

Positions = Literal["renumbered", "kept"]
POSITIONS: tuple[Positions, ...] = ("renumbered", "kept")
DTYPES = ("float32", "bfloat16", "float16")


class Setting(NamedTuple):
    """A data set's frames and text, and how its frames reach the language model."""

    dataset: str
    layout: str


@dataclass(frozen=True)
class Plan:
    """A run.

    Args:
        model: a model that ships, or the path of a TOML file.
        settings: what it processes.
        keeps: ratios or counts; each is compared with keeping all.
        pruners: the methods that choose the tokens.
        device: where.
        overrides: fields of the model to change.
        stages: modules to time, all of them where empty.
        layers: layers to run of the parts whose layers are all alike, None for all; the time of
            the others is that of those that ran.
        dtype: of weights and activations.
        positions: whether kept tokens bring their old positions to the language model, or are
            numbered anew without gaps.
        rounds: how often everything is timed.
        limit: seconds after which a stage is not repeated further, but for a second round.

    """

    model: str
    settings: Sequence[Setting]
    keeps: Sequence[Keep]
    pruners: Sequence[Pruner]
    device: Device
    overrides: tuple[str, ...] = ()
    stages: Sequence[str] = ()
    layers: int | None = None
    dtype: torch.dtype = torch.float32
    positions: Positions = "renumbered"
    rounds: int = 5
    limit: float = 30.0

    def __post_init__(self) -> None:
        spec = load_model(self.model, self.overrides)
        if spec.language_model is None or not spec.visual_tokens:
            raise InputError(
                "model", self.model, "has no tokens to prune", "choose one with a language model"
            )
        if self.layers is not None and self.layers < 1:
            raise InputError("layers", self.layers, "is no layer", "give 1 or more, or all")
        if self.rounds < 1:
            raise InputError("rounds", self.rounds, "is no round", "give 1 or more")
        for stage in self.stages:
            if stage not in self.modules:
                raise unknown("stage", stage, self.modules)

    def count(self, setting: Setting, keep: Keep = 1.0, method: str | None = None) -> Count:
        """The cost of a forward pass by the accounting `architecture`."""
        return count(
            self.model,
            dataset=setting.dataset,
            keep=keep,
            accounting="architecture",
            layout=setting.layout,
            visual_tokens=load_model(self.model, self.overrides).visual_tokens,
            method=method,
            overrides=self.overrides,
        )

    def paper(self, setting: Setting, keep: Keep) -> Count | None:
        """The same as EVTP-IVS counts it, None where that paper does not."""
        spec = load_model(self.model, self.overrides)
        if spec.paper is None or setting.layout != "concat" or self.timed != self.modules:
            return None
        return count(
            self.model,
            dataset=setting.dataset,
            keep=keep,
            accounting="paper",
            overrides=self.overrides,
        )

    @cached_property
    def modules(self) -> list[str]:
        """All modules of the model, in the order of the forward pass."""
        counts = [self.count(setting) for setting in self.settings]
        names = list(counts[0].by_module)
        return [name for name in names if any(module_of(c, name).passes for c in counts)]

    @property
    def timed(self) -> list[str]:
        """The modules that are timed, in the order of the forward pass."""
        return [name for name in self.modules if not self.stages or name in self.stages]


def settings_of(
    model: str, overrides: tuple[str, ...], names: Sequence[str], layouts: Sequence[str]
) -> list[Setting]:
    """The data sets in the layouts asked for.

    Without any: `concat`, and for a video also `ovp` where the model has a video perceiver.

    Raises:
        InputError: for an unknown name, or a layout that the model lacks.

    """
    spec, settings = load_model(model, overrides), []
    for layout in layouts:
        if layout not in LAYOUTS:
            raise unknown("layout", layout, LAYOUTS)
        if layout == "ovp" and spec.ovp is None:
            raise InputError("layout", layout, f"{model} has no video perceiver", "use concat")
    for name in names:
        if name not in datasets():
            raise unknown("dataset", name, datasets())
        both = spec.ovp is not None and datasets()[name].frames > 1
        settings += [Setting(name, layout) for layout in layouts or LAYOUTS[: 1 + both]]
    return settings
