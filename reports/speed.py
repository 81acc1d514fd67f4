"""The tables of `evtp bench model`, from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.budget import keep_text
from .cost import module_title
from .settings import DATASETS
from .table import Column, Record, Table

SPEED_NOTES = (
    "×: all tokens over the kept ones; by time as measured, by multiply-accumulates as counted "
    "here and by the paper. LM: the language model; IQR: of its measured ×, over rounds.",
    "Pruner: its time for all frames, and its share of the pruned whole. Break-even: the keep "
    "ratio above which it takes more time than it saves; none where no ratio measured saves any.",
)

STAGE_NOTES = (
    "Of matmul: MAC/s over those of a square matrix product in the same rounds. Peak: weights, "
    "inputs and activations of the stage alone, with the weights of layers that did not run.",
)


def speed_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """Counted and measured speed-up of each setting, keep ratio and method.

    Args:
        records: of `evtp.timing.records`.
        meta: the machine and how it was run.

    """
    wholes = [r for r in records if r["stage"] == "total" and "speedup_measured" in r]
    rows: list[Record] = []
    for record in wholes:
        low, high = (record.get(f"language_model_speedup_{end}") for end in ("low", "high"))
        row: dict[str, object] = {
            **record,
            "setting": _setting(record),
            "keep_text": keep_text(record["keep"]),
            "break_even": _break_even(record),
        }
        if isinstance(low, float) and isinstance(high, float):
            row["iqr"] = high - low
        rows.append(row)
    count: dict[str, Any] = {"kind": "number", "digits": 2}
    language, whole, pruner = "LM, ×", "Whole, ×", "Pruner"
    return Table(
        title=f"Speed-up by pruning, counted and measured{_model(records)}",
        columns=[
            Column("setting", "Setting", once=True),
            Column("keep_text", "Keep"),
            Column("method", "Method"),
            Column("language_model_speedup_architecture", "Count", group=language, **count),
            Column("language_model_speedup_measured", "Time", group=language, **count),
            Column("iqr", "IQR", group=language, **count),
            Column("speedup_paper", "Paper", group=whole, **count),
            Column("speedup_architecture", "Count", group=whole, **count),
            Column("speedup_measured", "Time", group=whole, **count),
            Column("pruning_seconds", "Time", "number", "ms", 1, 1e-3, group=pruner),
            Column("pruning_share", "Share", "percent", digits=1, group=pruner),
            Column("break_even", "Break-even"),
        ],
        rows=rows,
        records=records,
        meta=meta,
        notes=[*_scaling(records), *_partial(records), *SPEED_NOTES],
        block="setting",
    )


def stage_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """Every stage's time, memory and rate, by setting, keep ratio and method."""
    rows = [
        {
            **record,
            "run": f"{_setting(record)}, {_run(record)}",
            "stage": "Whole" if record["stage"] == "total" else module_title(record["stage"]),
            "iqr": _difference(record),
            "of_matmul": _of_matmul(record),
        }
        for record in records
    ]
    return Table(
        title=f"Time of each stage{_model(records)}",
        columns=[
            Column("run", "Run", once=True),
            Column("stage", "Stage"),
            Column("seconds", "Median", "number", "ms", 1, 1e-3),
            Column("iqr", "IQR", "number", "ms", 1, 1e-3),
            Column("share", "Share", "percent", digits=1),
            Column("macs", "Cost", "number", "GMAC", 1, 1e9),
            Column("macs_per_second", "Rate", "number", "GMAC/s", 1, 1e9),
            Column("of_matmul", "Of matmul", "percent", digits=0),
            Column("peak_bytes", "Peak", "number", "GiB", 2, 2**30),
        ],
        rows=rows,
        records=records,
        meta=meta,
        notes=[*_scaling(records), *_partial(records), *STAGE_NOTES],
        block="run",
    )


def _setting(record: Record) -> str:
    name = DATASETS.get(str(record["dataset"]), str(record["dataset"]))
    return name if record["frames"] == 1 else f"{name}, {record['layout']}"


def _run(record: Record) -> str:
    if record["method"] is None:
        return "all tokens" if record["keep"] == 1.0 else keep_text(record["keep"])
    return f"{keep_text(record['keep'])} by {record['method']}"


def _model(records: Sequence[Record]) -> str:
    return f", {records[0]['model']}" if records else ""


def _break_even(record: Record) -> str:
    """In words where there is none."""
    if record["method"] is None or record["speedup_measured"] is None:
        return ""
    even = record.get("break_even_keep")
    if not isinstance(even, float):
        return "none"
    return "> 99.99 %" if even > 0.9999 else f"{even * 100:.2f} %"


def _difference(record: Record) -> float | None:
    low, high = record.get("seconds_low"), record.get("seconds_high")
    return high - low if isinstance(low, float) and isinstance(high, float) else None


def _of_matmul(record: Record) -> float | None:
    rate, reference = record.get("macs_per_second"), record.get("matmul_macs_per_second")
    return rate / reference if isinstance(rate, float) and isinstance(reference, float) else None


def _scaling(records: Sequence[Record]) -> list[str]:
    """What ran in part only, so that its time is an extrapolation."""
    parts = {
        str(r["stage"]): f"{r['layers_run']} of {r['layers']} of the {_lower(r['stage'])}"
        for r in records
        if r["stage"] != "total" and r.get("layers_run") != r.get("layers")
    }
    if not parts:
        return []
    return [f"Layers that ran, their time scaled to all: {', '.join(parts.values())}."]


def _partial(records: Sequence[Record]) -> list[str]:
    """Which stages the whole is of, where it is not of all."""
    left_out = {name for r in records for name in str(r.get("stages_left_out") or "").split()}
    if not left_out:
        return []
    return [f"The whole is without {', '.join(sorted(_lower(name) for name in left_out))}."]


def _lower(stage: object) -> str:
    title = module_title(stage)
    return title if title.isupper() else title.lower()
