"""Counting what a module really runs, by two independent counters.

Both see operators, so both are misled by the same thing: an operator they have no rule for counts
as nothing. Attention is therefore kept out of its fused kernels, rules are added for products
that fvcore lacks them for, and what is left without one is reported.
"""

from __future__ import annotations

import contextlib
import logging
import math
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

# fvcore's names of products and convolutions. It adds norms and resampling to the same total,
# which are elementwise work.
PRODUCTS = frozenset({"linear", "matmul", "mm", "bmm", "addmm", "baddbmm", "einsum", "conv"})

# Operators without a rule in fvcore that sum no products.
_HARMLESS = """
    abs adaptive_avg_pool1d add all any arange argsort bitwise_and bitwise_or clamp
    clone constant_pad_nd cos cumsum diff div embedding exp expand_as fill flip
    floor_divide ge gelu grid_sampler gt le linspace log logical_and lt masked_fill max
    maximum mean meshgrid min mul ne neg new_zeros numpy_T pad pow prod relu repeat
    repeat_interleave reshape_as roll rsqrt rsub sigmoid silu sin softmax sort
    split_with_sizes sqrt square stack sub sum tanh tril triu unbind unflatten
    upsample_linear1d where zeros
"""
HARMLESS = frozenset(_HARMLESS.split())


@contextlib.contextmanager
def plain_attention() -> Iterator[None]:
    """Attention in products that counters see, also inside `nn.MultiheadAttention`."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def torch_macs(module: nn.Module, inputs: Sequence[object]) -> int:
    """Multiply-accumulates of one call by torch's counter, which reports two FLOPs for each.

    On the meta device nothing is computed, so a module of any size takes a moment.
    """
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), plain_attention(), counter:
        module(*inputs)
    macs, rest = divmod(counter.get_total_flops(), 2)
    if rest:
        raise RuntimeError("torch's counter gave an odd number of FLOPs")
    return macs


def fvcore_macs(module: nn.Module, inputs: Sequence[object]) -> tuple[int, dict[str, int]]:
    """Multiply-accumulates of one call by fvcore, of products and convolutions only.

    Returns:
        The MACs, and the operators that it has no rule for and that may hide products, with how
        often they ran.

    """
    from fvcore.nn import FlopCountAnalysis

    for name in ("fvcore.nn.jit_analysis", "fvcore.nn.jit_handles"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with torch.no_grad(), plain_attention(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing fixes shapes, which is what is wanted here
        analysis = FlopCountAnalysis(module, tuple(inputs))
        analysis.set_op_handle(
            "aten::_convolution_mode", _convolution_by_mode, "aten::baddbmm", _baddbmm
        )
        analysis.set_op_handle("aten::einsum", _einsum)
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        by_operator = analysis.by_operator()
        skipped = analysis.unsupported_ops()
    macs = sum(int(n) for operator, n in by_operator.items() if operator in PRODUCTS)
    names = {operator: operator.removeprefix("aten::") for operator in skipped}
    return macs, {
        name: int(skipped[operator])
        for operator, name in names.items()
        if name not in HARMLESS and name.removesuffix("_") not in HARMLESS
    }


# fvcore lacks these two: a convolution whose padding is a word, as in SigLIP's patch embedding,
# and the masked attention of nn.MultiheadAttention. Without a rule both count as nothing.
def _convolution_by_mode(inputs: list[Any], outputs: list[Any]) -> Counter[str]:
    kernel, out = _shape(inputs[1]), _shape(outputs[0])
    return Counter({"conv": math.prod(out) * math.prod(kernel[1:])})


def _baddbmm(inputs: list[Any], outputs: list[Any]) -> Counter[str]:
    return Counter({"baddbmm": math.prod(_shape(outputs[0])) * _shape(inputs[1])[-1]})


# fvcore reads the cost of an einsum from a report that NumPy rounds to four digits.
def _einsum(inputs: list[Any], outputs: list[Any]) -> Counter[str]:
    operands = inputs[0].toIValue().replace(" ", "").split("->")[0].split(",")
    shapes = [_shape(value) for value in inputs[1].node().inputs()]
    sizes = {
        letter: size
        for operand, shape in zip(operands, shapes, strict=True)
        for letter, size in zip(operand, shape, strict=True)
    }
    return Counter({"einsum": math.prod(sizes.values())})


def _shape(value: Any) -> list[int]:
    sizes: list[int] = value.type().sizes()
    return sizes
