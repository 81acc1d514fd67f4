"""The tables of `evtp flops`, from its records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..core.budget import keep_key, keep_text
from .cost import module_title
from .subjects import with_names
from .table import Column, Kind, Record, Table

_TOKENS = ("frames", "visual_tokens", "text_tokens")
# What a sweep can vary; a column is shown for what it does vary.
_AXES = {
    "model": ("Model", "text"),
    "dataset": ("Data set", "text"),
    "frames": ("Frames", "integer"),
    "text_tokens": ("Text", "integer"),
    "visual_tokens": ("Visual", "integer"),
    "prune_at": ("Pruned at", "text"),
    "accounting": ("Accounting", "text"),
    "convention": ("Convention", "text"),
}


# So many values are listed in a stamp; of more, the smallest and the largest.
_FEW = 4


def workload(summaries: Sequence[Record]) -> dict[str, object]:
    """What was processed, for a table's stamp: what its columns do not say.

    Args:
        summaries: one record a configuration, as `Count.summary` makes them.

    """
    hidden = [key for key in _TOKENS if key not in _varying(summaries)]
    each = {
        str(r["dataset"] or r["model"]): [r[key] for key in hidden] for r in with_names(summaries)
    }
    values = [_one_or_range([record[key] for record in summaries]) for key in hidden]
    if len(set(map(tuple, each.values()))) > 1 and len(each) <= _FEW:
        values = [
            ", ".join(f"{name} {of[index]:,}" for name, of in each.items())
            if " to " in value
            else value
            for index, value in enumerate(values)
        ]
    shown: dict[str, object] = dict(zip(hidden, values, strict=True))
    read = [length for r in summaries if (length := r["sequence_length_full"]) is not None]
    if not read:
        return shown
    fixed = [r["fixed_tokens"] for r in summaries]
    if any(fixed):
        shown["fixed_tokens"] = ", ".join(_fixed(summaries))
    lengths = _one_or_range(read)
    pruned = [r for r in summaries if r["sequence_length"] != r["sequence_length_full"]]
    if len(summaries) <= _FEW and len({keep_key(r["keep"]) for r in summaries}) == len(summaries):
        each_at = [f"{r['sequence_length']:,} at {_keep_said(r['keep'])}" for r in pruned]
        lengths += f" ({', '.join(each_at)})" if pruned else ""
    elif pruned:
        lengths += f" (pruned {_one_or_range([record['sequence_length'] for record in pruned])})"
    return {**shown, "sequence_length": lengths}


def choices_of(summaries: Sequence[Record]) -> dict[str, object]:
    """How the models are run, for a table's stamp: where all are run alike, and it matters.

    Args:
        summaries: one record a configuration, as `Count.summary` makes them.

    """
    choices = {
        key: {record[key] for record in summaries}
        for key in ("layout", "head", "method", "prune_at")
    }
    return {
        key: value
        for key, values in choices.items()
        for value in values - {None}  # None: of an accounting that does not depend on it
        if len(values - {None}) == 1
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
    pruned = any(record["macs_full"] is not None for record in records)
    axes, unit, units = _varying(records), *_units(records)
    elementwise = any(record["elementwise"] is not None for record in records)
    beside = "Elementwise, pruned" if pruned else "Elementwise"
    columns = [
        *_axis_columns(axes, once=True),
        Column("keep_shown", "Keep", once=True),
        Column("module_shown", "Module"),
        *([Column("cost_full", "Full", "number", unit, 1, 1e9)] if pruned else []),
        Column("cost", "Pruned" if pruned else "Cost", "number", unit, 1, 1e9),
        *units,
        *([Column("reduction", "Saved", "percent", digits=1)] if pruned else []),
        *([Column("elementwise", beside, "number", "Gop", 1, 1e9)] if elementwise else []),
    ]
    rows: list[Record] = []
    following = iter(summaries)
    for record in with_names(records):
        row = {
            **record,
            "keep_shown": keep_text(record["keep"]),
            "unit_shown": f"G{record['unit']}",
            "module_shown": module_title(record["module"]),
            "block": _block(record),
        }
        rows.append(row)
        if record["module"] == "total":
            summary = next(following)
            named = {r["module"] for r in records}
            if record["macs_full"] is not None and "language_model" in named:
                limit = summary["reduction_limit"]
                rows.append({**row, **_nothing_left(row, limit)})
    return Table(
        title=f"Cost of one forward pass{_subject(records, axes)}, by module",
        columns=columns,
        rows=rows,
        records=records,
        meta=meta,
        notes=notes,
        block="block",
    )


def summary_table(
    summaries: Sequence[Record], meta: Mapping[str, object], notes: Sequence[str] = ()
) -> Table:
    """A row a configuration: what pruning saves of the language model, of all, and at most."""
    axes, unit, units = _varying(summaries), *_units(summaries)
    rows = [
        {
            **record,
            "keep_shown": keep_text(record["keep"]),
            "unit_shown": f"G{record['unit']}",
            "speed_up": _ratio(record["cost_full"], record["cost"]),
            "block": (record["model"], record["dataset"]),
        }
        for record in with_names(summaries)
    ]
    equivalent = any(r["equivalent_tokens"] != r["tokens_kept_per_frame"] for r in summaries)
    return Table(
        title=f"Cost of one forward pass{_subject(summaries, axes)}",
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
            *units,
            Column("speed_up", "Ratio", "number", digits=2),
            Column("reduction_language_model", "LLM", "percent", digits=1, group="Saved"),
            Column("reduction", "All", "percent", digits=1, group="Saved"),
            Column("reduction_limit", "Limit", "percent", digits=1, group="Saved"),
        ],
        rows=rows,
        records=summaries,
        meta=meta,
        notes=[
            *notes,
            *(
                ["Equivalent: visual tokens of a frame that a layer sees, the mean over all."]
                if equivalent
                else []
            ),
        ],
        block="block" if len({r["block"] for r in rows}) < len(rows) else "",
    )


def _varying(records: Sequence[Record]) -> list[str]:
    """The axes along which records differ, less those that others of them say."""
    axes = [axis for axis in _AXES if len({record[axis] for record in records}) > 1]
    if len({r["prune_at"] for r in records} - {None}) < 2:  # None: the accounting has no layers
        axes = [axis for axis in axes if axis != "prune_at"]
    if len({(r["convention"], r["accounting"]) for r in records}) == len(
        {r["convention"] for r in records}
    ):
        axes = [axis for axis in axes if axis != "accounting"]
    pairs = {(record["model"], record["dataset"]) for record in records}
    workloads = {tuple(record[key] for key in ("model", "dataset", *_TOKENS)) for record in records}
    if len(workloads) == len(pairs) <= _FEW:  # the stamp lists them
        axes = [axis for axis in axes if axis not in _TOKENS]
    return axes


def _axis_columns(axes: Sequence[str], once: bool = False) -> list[Column]:
    kinds: dict[str, Kind] = {"text": "text", "integer": "integer"}
    return [Column(axis, _AXES[axis][0], kinds[_AXES[axis][1]], once=once) for axis in axes]


def _units(records: Sequence[Record]) -> tuple[str, list[Column]]:
    """The unit in the headings of costs, or a column that says it where rows have their own."""
    found = {str(record["unit"]) for record in records}
    return (f"G{found.pop()}", []) if len(found) == 1 else ("", [Column("unit_shown", "Unit")])


def _subject(records: Sequence[Record], axes: Sequence[str]) -> str:
    fixed = [with_names(records[:1])[0][a] for a in ("model", "dataset") if a not in axes]
    named = [str(value) for value in fixed if value is not None]
    return f" of {' on '.join(named)}" if named else ""


def _nothing_left(total: Record, limit: object) -> dict[str, object]:
    """The row of what no pruning can go below."""
    full = total["cost_full"]
    assert isinstance(full, int | float)
    assert isinstance(limit, int | float)
    return {
        "module_shown": "With no visual token",
        "cost_full": None,
        "cost": full * (1 - limit),
        "reduction": limit,
        "elementwise": None,
    }


def _fixed(summaries: Sequence[Record]) -> Iterator[str]:
    """The tokens that are in every sequence; of several accountings, by each."""
    accountings = list(dict.fromkeys(str(r["accounting"]) for r in summaries))
    for accounting in accountings:
        found = [r["fixed_tokens"] for r in summaries if r["accounting"] == accounting]
        if not any(isinstance(tokens, int) for tokens in found):
            continue  # no language model reads any
        of = _one_or_range(found)
        name = f"{accounting} " if len(accountings) > 1 else ""
        yield f"{name}{of}{' (fitted)' if accounting == 'paper' else ''}"


def _keep_said(keep: object) -> str:
    """A keep in a sentence, where a bare count would not be known for one."""
    return keep_text(keep) + ("" if isinstance(keep, float) else " a frame")


def _one_or_range(values: Sequence[object]) -> str:
    """The only value, or the smallest and the largest."""
    numbers = sorted({value for value in values if isinstance(value, int)})
    return " to ".join(f"{number:,}" for number in dict.fromkeys((numbers[0], numbers[-1])))


def _ratio(before: object, after: object) -> float | None:
    if isinstance(before, int | float) and isinstance(after, int | float) and after:
        return before / after
    return None


def _block(record: Record) -> tuple[object, ...]:
    return *keep_key(record["keep"]), *(record[key] for key in _AXES)
