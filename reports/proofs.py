"""The tables that prove or explain a count: `evtp flops check`, `verify` and `explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .cost import module_title
from .subjects import model_names
from .table import Column, Kind, Record, Table

CHANGE = " → "
"""Between the two values of what two figures do not share, in a stamp."""


def check_table(records: Sequence[Record]) -> Table:
    """Every published figure beside ours, a block a source."""
    rows: list[Record] = []
    for record in records:
        if not rows or rows[-1]["short"] != record["short"]:
            rows.append({"short": record["short"], "figure": record["short"]})
        rows.append({**record, "status": str(record["status"]).removeprefix("known ")})
    notes = dict.fromkeys(
        f"{_source(str(r['short']), str(r['source']))}"
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
        notes=[
            "M: million parameters. x: a factor. Within: the error that is allowed.",
            *notes,
            *(f"{r['figure']}: {r['misfit']}" for r in records if r["misfit"]),
        ],
    )


def verify_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """The closed forms beside two live counters."""
    number: Kind = "integer"
    meta = {**meta, "model": model_names([meta["model"]])[meta["model"]]}
    return Table(
        title=f"Closed forms beside live counting, {meta['model']}",
        columns=[
            Column("module_shown", "Module"),
            Column("agrees", "Agrees"),
            Column("closed", "Closed form", number, group="MACs of a call"),
            Column("torch", "torch counts", number, group="MACs of a call"),
            Column("thin_closed", "Closed form", number, group="thin variant"),
            Column("fvcore", "fvcore counts", number, group="thin variant"),
            Column("parameters", "Closed form", number, group="Parameters"),
            Column("live_parameters", "torch module", number, group="Parameters"),
        ],
        rows=[
            {
                **r,
                "module_shown": module_title(r["module"]),
                "agrees": "yes" if r["agrees"] else "NO",
            }
            for r in records
        ],
        records=records,
        meta=meta,
        notes=[
            "A call: one pass of the module at full size, counted without memory. Thin variant: "
            "the same with fewer layers and smaller widths, which fvcore really runs.",
            *(
                f"{r['module']}: fvcore has no rule for {r['unknown']}"
                for r in records
                if r["unknown"]
            ),
        ],
    )


def explain_table(records: Sequence[Record], meta: Mapping[str, object]) -> Table:
    """The way from one figure to another, a factor a step."""
    models = list(model_names(str(meta["model"]).split(CHANGE)).values())
    return Table(
        title=f"From {meta['from']} to {meta['to']}{f', {models[0]}' * (len(models) == 1)}",
        columns=[
            Column("change", "Change"),
            Column("figure", "Figure", "number", digits=3, scale=1e9),
            Column("unit_shown", "Unit"),
            Column("factor", "Factor", "number", digits=4),
        ],
        rows=[
            {**record, "figure": record["cost"], "unit_shown": f"G{record['unit']}"}
            for record in records
        ],
        records=records,
        meta={**meta, "model": CHANGE.join(models)},
    )


def _source(short: str, source: str) -> str:
    """The block that a note is of, and where its figures stand, nothing said twice."""
    if source == short:
        return f"{short}: "
    return f"{source}; " if source.startswith(short) else f"{short}: {source}; "


def _percent(share: object) -> str:
    assert isinstance(share, int | float)
    return f"{100 * share:g} %"
