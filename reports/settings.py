"""The paper's tables of settings: prompt lengths (5), instructions (6), data sets (7)."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.budget import keep_text
from .published import as_printed, published
from .table import Column, Record, Table

DATASETS = {
    "refcoco": "RefCOCO",
    "refcoco+": "RefCOCO+",
    "refcocog": "RefCOCOg",
    "mm_conv": "MM-Conv",
    "reasonseg": "ReasonSeg",
    "refytvos": "Ref-YouTube-VOS",
    "refdavis17": "Ref-DAVIS17",
    "revos": "ReVOS",
}
"""The data sets' names as a paper writes them."""


def token_table(costs: Sequence[Record] = ()) -> Table:
    """Table 5, with the length of the sequence that it leads to.

    Args:
        costs: FLOPs records of the accounting `paper`, for the sequence length at each ratio.

    """
    lengths: dict[tuple[object, object], object] = {
        (record["dataset"], record["keep"]): record["sequence_length"] for record in costs
    }
    keeps = sorted({keep for _, keep in lengths if isinstance(keep, float)}, reverse=True)
    rows: list[dict[str, object]] = []
    for row in published(5):
        name = str(row["dataset"])
        shown: dict[str, object] = {key: _count(value) for key, value in row.items()}
        shown["title"] = DATASETS[name]
        shown |= {f"length_{keep:g}": lengths.get((name, keep)) for keep in keeps}
        rows.append(shown)
    return Table(
        title="Tokens of each data set",
        columns=[
            Column("title", "Data set"),
            Column("text_tokens", "Text", "integer", group="Tokens"),
            Column("visual_tokens_per_frame", "Visual, a frame", "integer", group="Tokens"),
            Column("frames", "Frames", "integer"),
            *(
                Column(
                    f"length_{keep:g}",
                    keep_text(keep),
                    "integer",
                    group="Language model's sequence at",
                )
                for keep in keeps
            ),
        ],
        rows=rows,
        meta={"accounting": "paper", "unit": "tokens"},
        notes=[
            "The sequence has 56 fixed tokens beside text and kept tokens; their number is "
            "fitted to the published totals, since the paper's own is lost."
        ]
        if keeps
        else (),
        label="tab:tokens",
    )


def instruction_table() -> Table:
    """Table 6."""
    rows = []
    for row in published(6):
        names = [DATASETS[name] for name in str(row["datasets"]).split(";")]
        rows.append({**row, "datasets": ", ".join(names)})
    return Table(
        title="Instruction of each task",
        columns=[
            Column("task", "Task"),
            Column("visual_type", "Input"),
            Column("datasets", "Data sets"),
            Column("instruction_template", "Instruction"),
            Column("example_prompt", "Example of a prompt"),
        ],
        rows=rows,
        label="tab:instructions",
    )


def statistics_table() -> Table:
    """Table 7."""
    return Table(
        title="Two video data sets compared",
        columns=[
            Column("statistic", "Statistic"),
            *(Column(name, DATASETS[name], "number") for name in ("refdavis17", "refytvos")),
        ],
        # Counts, means and words share a column, so each is shown as it is printed.
        rows=[
            {key: f"{int(value):,}" if value.isdecimal() else value for key, value in row.items()}
            for row in as_printed(7)
        ],
        records=published(7),
        label="tab:datasets",
    )


def _count(value: str | float) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value
