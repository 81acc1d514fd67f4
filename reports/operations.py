"""The table of `evtp flops operations`, from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from .cost import module_title
from .subjects import model_names
from .table import Column, Record, Table


def operations_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """Every operation with its shapes, and the sum of each module.

    Args:
        records: of the operations, those of a module together.
        meta: model, accounting, convention and unit among it.

    """
    rows: list[Record] = []
    for module, members in groupby(records, key=lambda record: record["module"]):
        own = list(members)
        # What an operation has none of is left blank, for people.
        shown = module_title(module)
        rows += [
            {**{key: value or None for key, value in record.items()}, "module_shown": shown}
            for record in own
        ]
        rows.append({"module": module, "module_shown": shown, "operation": "sum", **_sums(own)})
    modules = {record["module"] for record in records}
    if len(modules) > 1:
        rows.append({"module": "total", "module_shown": "Total", **_sums(records)})
    beside = any(record["elementwise"] for record in records)
    meta = {**meta, "model": model_names([meta["model"]])[meta["model"]]}
    return Table(
        title=f"Operations of one forward pass of {meta['model']}",
        columns=[
            Column("module_shown", "Module", once=True),
            Column("operation", "Operation"),
            Column("repeated", "Times", "integer"),
            Column("m", "m", "integer"),
            Column("k", "k", "integer"),
            Column("n", "n", "integer"),
            Column("cost", "Cost", "number", f"G{meta['unit']}", 3, 1e9),
            *([Column("elementwise", "Elementwise", "number", "Gop", 3, 1e9)] if beside else []),
        ],
        rows=rows,
        records=records,
        meta=meta,
        notes=[
            "Products of [m, k] by [k, n]. Times: layers, heads, windows, frames and passes "
            "multiplied.",
        ],
        block="module",
    )


def _sums(records: Sequence[Record]) -> dict[str, float]:
    sums: dict[str, float] = dict.fromkeys(("cost", "elementwise"), 0)
    for record in records:
        for key in sums:
            value = record[key]
            assert isinstance(value, int | float)
            sums[key] += value
    return sums
