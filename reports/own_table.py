"""The table of a user's own figures."""

from __future__ import annotations

from collections.abc import Sequence

from .own_values import METRICS, share_text
from .published import ACCURACY, metrics
from .table import Column, Record, Table


def unplaced(own: Sequence[Record]) -> list[Record]:
    """The figures that no table of the paper has a column for."""
    places = {(m.dataset, m.split, m.metric) for number in ACCURACY for m in metrics(number)}
    return [f for f in own if (f["dataset"], f["split"], f["metric"]) not in places]


def own_table(own: Sequence[Record]) -> Table:
    """A user's figures as they are, also those that fit none of the paper's tables."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for figure in own:
        keys = ("dataset", "split", "keep", "method")
        row = rows.setdefault(
            tuple(figure[key] for key in keys),
            {
                **{key: figure[key] for key in keys},
                "keep_text": share_text(float(str(figure["keep"]))),
            },
        )
        row[str(figure["metric"])] = figure["value"]
    used = [key for key in METRICS if any(key in row for row in rows.values())]
    return Table(
        title="Your records",
        columns=[
            Column("dataset", "Data set"),
            Column("split", "Part"),
            Column("keep_text", "Keep"),
            Column("method", "Method"),
            *(Column(key, METRICS[key], "number", digits=1) for key in used),
        ],
        rows=sorted(rows.values(), key=lambda row: (row["dataset"], row["split"], row["keep"])),
        records=own,
        meta={"unit": "%"},
        block="dataset",
        label="tab:yours",
    )
