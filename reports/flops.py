"""The tables of `evtp flops`, from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.budget import keep_text
from .table import Column, Kind, Record, Table

# What a sweep can vary; a column is shown for what it does vary.
_AXES = {
    "model": ("Model", "text"),
    "dataset": ("Data set", "text"),
    "frames": ("Frames", "integer"),
    "text_tokens": ("Text", "integer"),
    "visual_tokens": ("Visual", "integer"),
}


def flops_table(
    records: Sequence[Record],
    summaries: Sequence[Record],
    meta: Mapping[str, object],
    notes: Sequence[str] = (),
) -> Table:
    """Every module's cost at each keep ratio beside its cost without pruning.

    Args:
        records: of the modules and totals.
        summaries: one record a configuration, in the same order.
        meta: accounting, convention and unit among it.
        notes: sentences printed below.

    """
    pruned = any("macs_full" in record for record in records)
    unit = f"G{meta['unit']}"
    axes = _varying(records)
    elementwise = any("elementwise" in record for record in records)
    columns = [
        *_axis_columns(axes, once=True),
        Column("keep_shown", "Keep", once=True),
        Column("module", "Module"),
        *([Column("cost_full", "Full", "number", unit, 1, 1e9)] if pruned else []),
        Column("cost", "Pruned" if pruned else "Cost", "number", unit, 1, 1e9),
        *([Column("reduction", "Saved", "percent", digits=1)] if pruned else []),
        *([Column("elementwise", "Elementwise", "number", "Gop", 1, 1e9)] if elementwise else []),
    ]
    rows: list[Record] = []
    following = iter(summaries)
    for record in records:
        row = {**record, "keep_shown": keep_text(record["keep"]), "block": _block(record)}
        rows.append(row)
        if record["module"] == "total":
            summary = next(following)
            if "macs_full" in record and "language_model" in {r["module"] for r in records}:
                limit = summary["reduction_limit"]
                rows.append({**row, **_nothing_left(row, limit)})
    return Table(
        title=f"Cost{_subject(records, axes)} of one forward pass, by module",
        columns=columns,
        rows=rows,
        records=records,
        meta=meta,
        notes=notes,
        block="block",
        label="tab:flops",
    )


def summary_table(
    summaries: Sequence[Record], meta: Mapping[str, object], notes: Sequence[str] = ()
) -> Table:
    """A row a configuration: what pruning saves of the language model, of all, and at most."""
    axes = _varying(summaries)
    unit = f"G{meta['unit']}"
    rows = [
        {
            **record,
            "keep_shown": keep_text(record["keep"]),
            "speed_up": _ratio(record["cost_full"], record["cost"]),
        }
        for record in summaries
    ]
    equivalent = any(r["equivalent_tokens"] != r["tokens_kept_per_frame"] for r in summaries)
    return Table(
        title=f"Cost{_subject(summaries, axes)} of one forward pass",
        columns=[
            *_axis_columns(axes),
            Column("keep_shown", "Keep"),
            Column("sequence_length", "Sequence", "integer"),
            *(
                [Column("equivalent_tokens", "Equivalent", "number", digits=1)]
                if equivalent
                else []
            ),
            Column("cost_full", "Full", "number", unit, 1, 1e9),
            Column("cost", "Pruned", "number", unit, 1, 1e9),
            Column("speed_up", "Ratio", "number", digits=2),
            Column("reduction_language_model", "LLM", "percent", digits=1, group="Saved"),
            Column("reduction", "All", "percent", digits=1, group="Saved"),
            Column("reduction_limit", "Limit", "percent", digits=1, group="Saved"),
        ],
        rows=rows,
        records=summaries,
        meta=meta,
        notes=notes,
        block="dataset" if len({(r["model"], r["dataset"]) for r in rows}) < len(rows) else "",
        label="tab:flops-summary",
    )


def check_table(records: Sequence[Record]) -> Table:
    """Every published figure beside ours, a block a source."""
    rows: list[Record] = []
    for record in records:
        if not rows or rows[-1]["short"] != record["short"]:
            rows.append({"short": record["short"], "figure": record["short"]})
        rows.append({**record, "status": str(record["status"]).removeprefix("known ")})
    notes = dict.fromkeys(
        f"{r['short']}: {'' if r['source'] == r['short'] else str(r['source']) + '; '}"
        f"{r['tokens']}; within {_percent(r['within'])}: {r['why']}"
        for r in records
    )
    return Table(
        title="Published figures beside ours",
        columns=[
            Column("figure", "Figure"),
            Column("published", "Published", "number"),
            Column("ours", "Ours", "number"),
            Column("unit", "Unit"),
            Column("error", "Error", "percent", signed=True),
            Column("within", "Within", "percent", digits=2),
            Column("status", "Status"),
        ],
        rows=rows,
        records=records,
        block="short",
        label="tab:flops-check",
        notes=[
            "M: million parameters. x: a factor. Within: the error that is allowed.",
            *notes,
            *(f"{r['figure']}: {r['misfit']}" for r in records if r["misfit"]),
        ],
    )


def verify_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """The closed forms beside two live counters."""
    number: Kind = "integer"
    return Table(
        title=f"Closed forms beside live counting, {meta['model']}",
        columns=[
            Column("module", "Module"),
            Column("agrees", "Agrees"),
            Column("closed", "Closed form", number, group="MACs of a call"),
            Column("torch", "torch counts", number, group="MACs of a call"),
            Column("thin_closed", "Closed form", number, group="thin variant"),
            Column("fvcore", "fvcore counts", number, group="thin variant"),
            Column("parameters", "Closed form", number, group="Parameters"),
            Column("live_parameters", "torch module", number, group="Parameters"),
        ],
        rows=[{**r, "agrees": "yes" if r["agrees"] else "NO"} for r in records],
        records=records,
        meta=meta,
        notes=[
            f"{r['module']}: fvcore has no rule for {r['unknown']}" for r in records if r["unknown"]
        ],
        label="tab:flops-verify",
    )


def explain_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """The way from one figure to another, a factor a step."""
    return Table(
        title=f"From {meta['from']} to {meta['to']}",
        columns=[
            Column("change", "Change"),
            Column("cost", "Figure", "number", "G", 3, 1e9),
            Column("factor", "Factor", "number", digits=4),
        ],
        rows=records,
        meta=meta,
        label="tab:flops-explain",
    )


def cost_table(
    records: Sequence[Record], meta: Mapping[str, object], notes: Sequence[str]
) -> Table:
    """Parameters, bytes, intensity and the roofline's bound, by phase and module."""
    return Table(
        title=f"Cost beyond FLOPs on {meta['hardware']}",
        columns=[
            Column("keep_shown", "Keep", once=True),
            Column("phase", "Phase"),
            Column("module", "Module"),
            Column("params", "Parameters", "number", "M", 1, 1e6),
            Column("weight_bytes", "Weights", "number", "MB", 1, 1e6),
            Column("kv_cache_bytes", "KV cache", "number", "MB", 1, 1e6),
            Column("activation_bytes", "Activations", "number", "MB", 1, 1e6),
            Column("intensity", "FLOP/B", "number", digits=1),
            Column("bound_seconds", "At least", "number", "ms", 3, 1e-3),
            Column("limited_by", "Limited by"),
        ],
        rows=[{**r, "keep_shown": keep_text(r["keep"])} for r in records],
        records=records,
        meta=meta,
        notes=notes,
        block="keep",
        label="tab:flops-cost",
    )


def _varying(records: Sequence[Record]) -> list[str]:
    """The axes along which records differ, less those that the data set says."""
    axes = [axis for axis in _AXES if len({record[axis] for record in records}) > 1]
    said = "dataset" in axes and all(record["dataset"] is not None for record in records)
    values = {tuple(record[a] for a in ("dataset", "frames", "text_tokens")) for record in records}
    if said and len(values) == len({record["dataset"] for record in records}):
        axes = [axis for axis in axes if axis not in ("frames", "text_tokens")]
    return axes


def _axis_columns(axes: Sequence[str], once: bool = False) -> list[Column]:
    kinds: dict[str, Kind] = {"text": "text", "integer": "integer"}
    return [Column(axis, _AXES[axis][0], kinds[_AXES[axis][1]], once=once) for axis in axes]


def _subject(records: Sequence[Record], axes: Sequence[str]) -> str:
    fixed = [records[0][a] for a in ("model", "dataset") if a not in axes] if records else []
    named = [str(value) for value in fixed if value is not None]
    return f" of {' on '.join(named)}" if named else ""


def _nothing_left(total: Record, limit: object) -> dict[str, object]:
    """The row of what no pruning can go below."""
    full = total["cost_full"]
    assert isinstance(full, int | float)
    assert isinstance(limit, int | float)
    return {
        "module": "with no visual token",
        "cost_full": None,
        "cost": full * (1 - limit),
        "reduction": limit,
        "elementwise": None,
    }


def _percent(share: object) -> str:
    assert isinstance(share, int | float)
    return f"{100 * share:g} %"


def _ratio(before: object, after: object) -> float | None:
    if isinstance(before, int | float) and isinstance(after, int | float) and after:
        return before / after
    return None


def _block(record: Record) -> tuple[object, ...]:
    return tuple(record[key] for key in (*_AXES, "keep", "accounting", "convention"))
