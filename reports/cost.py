"""Cost by module over data sets and keep ratios, from FLOPs records."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.budget import keep_text
from .settings import DATASETS
from .table import Column, Record, Table

MODULE_TITLES = {
    "vision_encoder": "Vision encoder",
    "token_pruning": "Token pruning",
    "projector": "Projector",
    "language_model": "Language model",
    "temporal_reasoning": "Temporal reasoning",
    "vmtf": "VMTF",
    "mask_encoder": "Mask encoder",
    "pixel_decoder": "Pixel decoder",
    "mask_decoder": "Mask decoder",
}


def module_title(module: object) -> str:
    """A module's name as people write it."""
    return MODULE_TITLES.get(str(module), str(module).replace("_", " ").capitalize())


def module_table(records: Sequence[Record]) -> Table:
    """A row a data set and keep ratio, a column a module.

    Args:
        records: FLOPs records of one model and one accounting.

    """
    modules = list(dict.fromkeys(str(r["module"]) for r in records if r["module"] != "total"))
    rows: dict[tuple[object, object], dict[str, object]] = {}
    for record in records:
        row = rows.setdefault(
            (record["dataset"], record["keep"]),
            {
                "dataset": DATASETS.get(str(record["dataset"]), record["dataset"]),
                "keep": _shown(record["keep"]),
            },
        )
        row[str(record["module"])] = record["macs"]
        if record["module"] == "total":
            row["reduction"] = record.get("reduction")
            row["speed_up"] = _ratio(record)
    accounting = records[0]["accounting"] if records else ""
    return Table(
        title=f"Cost of a forward pass by module, accounting “{accounting}”",
        columns=[
            Column("dataset", "Data set", once=True),
            Column("keep", "Keep"),
            *(
                Column(module, module_title(module), "number", digits=1, scale=1e9, group="GMAC")
                for module in modules
            ),
            Column("total", "Total", "number", digits=1, scale=1e9, group="GMAC"),
            Column("reduction", "Saved", "percent", digits=1),
            Column("speed_up", "Ratio", "number", digits=2),
        ],
        rows=list(rows.values()),
        records=records,
        meta={
            "model": records[0]["model"] if records else "",
            **_run(records),
            "accounting": accounting,
            "unit": "MAC; true FLOPs are twice as many",
        },
        notes=[
            f"Frames and text tokens: {_workloads(records)}.",
            "Ratio: cost without pruning over cost with it, an upper bound of the speed-up as "
            "long as time follows the count.",
        ],
        block="dataset",
        label=f"tab:cost-{accounting}",
    )


def _run(records: Sequence[Record]) -> dict[str, object]:
    """What all records are of alike, and how the model is run where that matters."""
    keys = ("visual_tokens", "fixed_tokens", "layout", "head", "method", "prune_at")
    found = {key: {record[key] for record in records} - {None} for key in keys}
    return {key: values.pop() for key, values in found.items() if len(values) == 1}


def _workloads(records: Sequence[Record]) -> str:
    """The frames and text tokens of each data set."""
    of = {r["dataset"]: (r["frames"], r["text_tokens"]) for r in records}
    return ", ".join(
        f"{DATASETS.get(str(dataset), dataset)} {frames} and {text}"
        for dataset, (frames, text) in of.items()
    )


def _shown(keep: object) -> str:
    return keep_text(keep) if isinstance(keep, int | float) else str(keep)


def _ratio(record: Record) -> float | None:
    full, macs = record.get("macs_full"), record["macs"]
    return full / macs if isinstance(full, int) and isinstance(macs, int) and macs else None
