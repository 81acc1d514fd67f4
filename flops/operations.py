"""The products that a count adds up, with their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..core.errors import unknown
from .forward_pass import Count
from .ops import Attention, Matmul, Op


class Operation(NamedTuple):
    """Products of [m, k] by [k, n], or elementwise work, in a forward pass.

    Args:
        module: that it belongs to.
        operation: where in the module it happens.
        repeated: how many of them: layers, heads, windows, frames and passes multiplied; None for
            elementwise work.
        m: rows, usually tokens.
        k: the width that is summed over.
        n: columns.
        macs: multiply-accumulates of all of them.
        elementwise: scalar operations that are in no product.

    """

    module: str
    operation: str
    repeated: int | None
    m: int | None
    k: int | None
    n: int | None
    macs: int
    elementwise: int


def operations(counted: Count, module: str | None = None) -> Iterator[Operation]:
    """Every operation that costs anything, in the order of the forward pass.

    An attention is two products: its scores [q, w] by [w, kv], and its values [q, kv] by [kv, w].
    What a module does several times in the same shapes is one operation.

    Args:
        counted: the model and its workload.
        module: one of its modules, None for all.

    Raises:
        InputError: for a module that is not counted.

    """
    by_module = counted.counted.ops(counted.work)
    if module is not None and module not in by_module:
        raise unknown("module", module, by_module)
    for name, ops in by_module.items():
        if module in (None, name):
            alike: dict[tuple[object, ...], Operation] = {}
            for operation in (part for op in ops for part in _parts(name, op)):
                key = (operation.operation, operation.m, operation.k, operation.n)
                before = alike.get(key)
                alike[key] = operation if before is None else _sum(before, operation)
            yield from (found for found in alike.values() if found.macs or found.elementwise)


def _parts(module: str, op: Op) -> Iterator[Operation]:
    if isinstance(op, Matmul):
        yield Operation(module, op.name, op.batch, op.m, op.k, op.n, op.macs, op.elementwise)
    elif isinstance(op, Attention):
        times, (q, w, kv) = op.batch * op.heads, (op.q, op.width, op.kv)
        half = op.macs // 2
        yield Operation(module, f"{op.name}.scores", times, q, w, kv, half, op.elementwise)
        yield Operation(module, f"{op.name}.values", times, q, kv, w, half, 0)
    else:
        yield Operation(module, op.name, None, None, None, None, 0, op.elementwise)


def _sum(a: Operation, b: Operation) -> Operation:
    return a._replace(
        repeated=None if a.repeated is None or b.repeated is None else a.repeated + b.repeated,
        macs=a.macs + b.macs,
        elementwise=a.elementwise + b.elementwise,
    )
