"""The tables of `evtp flops`, from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.budget import keep_text
from .table import Column, Record, Table


def flops_table(
    records: Sequence[Record], meta: Mapping[str, object], notes: Sequence[str] = ()
) -> Table:
    """Every module's cost at each keep ratio, beside its cost without pruning."""
    pruned = any("macs_full" in record for record in records)
    configurations = {(record["model"], record["dataset"]) for record in records}
    named = len(configurations) > 1
    columns = [
        *([Column("model", "Model")] if len({model for model, _ in configurations}) > 1 else []),
        *([Column("dataset", "Data set")] if named else []),
        Column("keep_shown", "Keep"),
        Column("module", "Module"),
        *([Column("macs_full", "Full", "number", "GMAC", 1, 1e9)] if pruned else []),
        Column("macs", "Pruned" if pruned else "Cost", "number", "GMAC", 1, 1e9),
        *([Column("reduction", "Saved", "percent", digits=1)] if pruned else []),
    ]
    rows = [{**r, "keep_shown": keep_text(r["keep"]), "block": _block(r)} for r in records]
    subject = (
        "" if named else " of " + ", ".join(str(part) for part in configurations.pop() if part)
    )
    return Table(
        title=f"Cost{subject} of one forward pass, by module",
        columns=columns,
        rows=rows,
        records=records,
        meta=meta,
        notes=notes,
        block="block",
        label="tab:flops",
    )


def _block(record: Record) -> tuple[object, ...]:
    return tuple(record[key] for key in ("model", "dataset", "keep", "frames", "text_tokens"))
