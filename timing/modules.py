"""Modules of a model built to be run, whole or with a few of their identical layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..core.errors import InputError
from ..flops.accountings.architecture import Architecture, Module
from ..flops.forward_pass import Count
from ..flops.live.build import live_module
from ..flops.ops import params
from ..flops.parts.language_model import LanguageModel
from ..flops.parts.pixel_decoder import PixelDecoder
from ..flops.parts.vit import VisionTransformer
from .device import Device

# Parts whose layers are all alike, so that a few stand for all. Swin's are not, and those of the
# others are few.
UNIFORM = (VisionTransformer, LanguageModel, PixelDecoder)

# Mask2Former's code leaves mixed precision for this module.
FLOAT32 = ("pixel_decoder",)


class Built(NamedTuple):
    """A module on a device.

    Args:
        module: in evaluation mode, its weights as they were initialised.
        layers: L of the model, None where the module always runs whole.
        layers_run: how many of them the module has.
        bytes_left_out: weights of the model that the module lacks.

    """

    module: nn.Module
    layers: int | None
    layers_run: int | None
    bytes_left_out: int

    def without_layers(self, call: Callable[[], object]) -> Callable[[], object]:
        """The same call with no layer in the module: what is not of the layers."""
        holder = next(m for m in self.module.modules() if _has_layers(m))
        layers, none = holder.layers, nn.ModuleList()

        def bare() -> object:
            holder.layers = none
            try:
                return call()
            finally:
                holder.layers = layers

        return bare


def _has_layers(module: nn.Module) -> bool:
    return isinstance(module._modules.get("layers"), nn.ModuleList)


def module_of(counted: Count, name: str) -> Module:
    """What a module computes in a count of the accounting `architecture`."""
    assert isinstance(counted.counted, Architecture)
    return counted.counted.modules(counted.work)[name]


def shortened(counted: Count, name: str, layers: int | None) -> Count:
    """The count of a model with at most `layers` layers in one part, and no unread embeddings."""
    how = counted.counted
    assert isinstance(how, Architecture)
    part: Any = getattr(how.model, name, None)  # a module may be called otherwise than its part
    if layers is not None and isinstance(part, UNIFORM):
        part = part._replace(layers=min(layers, part.layers))
    if isinstance(part, LanguageModel) and how.head == "none":
        # The tokens come embedded, so with no head nothing reads the vocabulary.
        part = part._replace(vocabulary=1)
    if part is None:
        return counted
    return replace(counted, counted=how._replace(model=how.model._replace(**{name: part})))


def build(
    counted: Count, name: str, layers: int | None, device: Device, dtype: torch.dtype
) -> Built:
    """One module of a model on a device.

    Args:
        counted: the model and its workload, of the accounting `architecture`.
        name: the module.
        layers: how many of its identical layers to build, None for all.
        device: where.
        dtype: of weights and activations.

    Raises:
        InputError: where its weights do not fit into the memory there is.

    """
    import transformers

    transformers.utils.logging.set_verbosity_error()
    short = shortened(counted, name, layers)
    needed = _weights(short, name) * dtype.itemsize
    free = device.free_bytes()
    if free is not None and needed > free:
        raise InputError(
            "layers",
            "all" if layers is None else layers,
            f"need {needed / 2**30:.1f} GiB for the {name.replace('_', ' ')}, and "
            f"{free / 2**30:.1f} are free",
            "give fewer, or a --dtype of half the size",
        )
    live = live_module(short, name, device.name, dtype, "sdpa")
    assert isinstance(counted.counted, Architecture)
    assert isinstance(short.counted, Architecture)
    whole: Any = getattr(counted.counted.model, name, None)
    built: Any = getattr(short.counted.model, name, None)
    uniform = isinstance(whole, UNIFORM)
    return Built(
        live.module.requires_grad_(False),
        whole.layers if uniform else None,
        built.layers if uniform else None,
        max(0, _weights(counted, name) * dtype.itemsize - needed),
    )


def _weights(counted: Count, name: str) -> int:
    module = module_of(counted, name)
    return params(module.part(*module.shapes))


def inputs_of(
    counted: Count, name: str, device: Device, dtype: torch.dtype
) -> tuple[tuple[Any, ...], int]:
    """Random inputs of the shapes that a module is given, and how often it is called with them.

    Images and frames of the vision encoder come as one batch, hence one call.
    """
    live = live_module(shortened(counted, name, 1), name, "meta", dtype)
    inputs = tuple(_real(value, device) for value in live.inputs)
    if name == "vision_encoder":
        batch = tuple(x.repeat(live.passes, *[1] * (x.dim() - 1)) for x in inputs)
        return batch, 1
    return inputs, live.passes


def _real(value: Any, device: Device) -> Any:
    if isinstance(value, list):
        return [_real(item, device) for item in value]
    if isinstance(value, Tensor) and value.is_floating_point():
        return torch.randn(value.shape, dtype=value.dtype, device=device.name)
    return value.to(device.name) if isinstance(value, Tensor) else value
