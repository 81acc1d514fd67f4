"""The paper's tables of accuracy (1 to 4), with our cost and a user's own figures beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from .own_values import share_text
from .published import COSTED, Metric, method_titles, metrics, published
from .settings import DATASETS
from .table import Column, Record, Table

_TITLES = {
    1: "Image segmentation, published accuracy (%)",
    2: "Video segmentation on ReVOS, published accuracy (%)",
    3: "Referring video segmentation, published accuracy (%)",
    4: "What each step adds to k-center, published accuracy (%) at 20% of the tokens",
}
_LABELS = {1: "tab:image", 2: "tab:revos", 3: "tab:rvos", 4: "tab:ablation"}

OWN = "yours"
"""What stands behind a method's name in the rows of a user's own figures."""


_ABLATED = 0.2
"""The ratio that Table 4 is of."""


def figures(number: int, own: Sequence[Record] = ()) -> list[dict[str, object]]:
    """Every figure of a table of accuracy as a record of its own.

    Args:
        number: the paper's number of the table, 1 to 4.
        own: figures measured elsewhere, with ``method, keep, dataset, split, metric, value``.

    Returns:
        Records ``table, key, keep, method, source, dataset, split, metric, value, difference``,
        the last one being the difference to the unpruned model, or in Table 4 to plain k-center;
        None where there is nothing to compare with.

    """
    found = [
        _figure(metric, row, row[metric.key], "published")
        for row in published(number)
        for metric in metrics(number)
    ]
    for record in own:
        if number == 4 and record["keep"] != _ABLATED:
            continue
        for metric in metrics(number):
            place = (record["dataset"], record["split"], record["metric"])
            if place == (metric.dataset, metric.split, metric.metric):
                found.append(_figure(metric, record, record["value"], OWN))
    reference = "kcenter" if number == 4 else "original"
    start = {f["key"]: f["value"] for f in reversed(found) if f["method"] == reference}
    for figure in found:
        value, base = figure["value"], start.get(figure["key"])
        if isinstance(value, float) and isinstance(base, float):
            figure["difference"] = round(value - base, 6)
        else:
            figure["difference"] = None
    return found


def accuracy_table(number: int, costs: Sequence[Record] = (), own: Sequence[Record] = ()) -> Table:
    """Table 1, 2 or 3, with the published TFLOPs and ours.

    Args:
        number: the paper's number of the table.
        costs: FLOPs records of the accounting `paper`; the totals are looked up by data set and
            keep ratio.
        own: as for `figures`.

    """
    ours = {
        record["keep"]: record["macs"]
        for record in costs
        if record["module"] == "total" and record["dataset"] == COSTED[number]
    }
    cost: dict[object, object] = {row["keep"]: row["tflops"] for row in published(number)}
    found = figures(number, own)
    rows = []
    for row in _rows(found, "value"):
        # The published cost is of the paper's own runs, and of nobody else's.
        row["tflops"] = cost.get(row["keep"]) if row["source"] != OWN else None
        row["macs"] = ours.get(row["keep"])
        row["relative"] = _relative(number, row)
        rows.append(row)
    return Table(
        title=_TITLES[number],
        columns=[
            *_leading(),
            Column("tflops", "publ.", "number", group="TMAC"),
            Column("macs", "ours", "number", scale=1e12, group="TMAC"),
            *_metric_columns(number),
            Column("relative", "Rel.", "number", digits=1, rank="max"),
        ],
        rows=rows,
        records=[
            {
                **figure,
                "tflops_published": cost.get(figure["keep"]) if figure["source"] != OWN else None,
                "macs": ours.get(figure["keep"]),
            }
            for figure in found
        ],
        meta={"accounting": "paper", "unit": "TMAC (the paper's TFLOPs; true FLOPs are twice)"},
        notes=[
            f"Cost of a forward pass on {_prompts(number, costs)}. Rel.: mean over the columns of "
            "the share of the unpruned model's accuracy, in per cent (ours, not the paper's).",
            *_marking(found),
        ],
        block="keep",
        label=_LABELS[number],
    )


def difference_table(number: int, own: Sequence[Record] = ()) -> Table:
    """Table 1, 2 or 3 as differences to the unpruned model."""
    found = [figure for figure in figures(number, own) if figure["method"] != "original"]
    return Table(
        title=f"{_TITLES[number].partition(',')[0]}, difference to the unpruned model (points)",
        columns=[*_leading(), *_metric_columns(number, signed=True)],
        rows=_rows(found, "difference"),
        records=found,
        meta={"unit": "percentage points"},
        notes=_marking(found),
        block="keep",
        label=f"{_LABELS[number]}-difference",
    )


def ablation_table(own: Sequence[Record] = ()) -> Table:
    """Table 4, with each step's difference to plain k-center."""
    found = figures(4, own)
    differences = {(f["method"], f["source"], f["key"]): f["difference"] for f in found}
    rows = _rows(found, "value")
    for row in rows:
        for metric in metrics(4):
            difference = differences.get((row["method"], row["source"], metric.key))
            row[f"{metric.key}_difference"] = difference
    columns = [Column("method_title", "Method")]
    for metric in metrics(4):
        columns += [
            Column(metric.key, metric.title, "number", digits=1, group=metric.group, rank="max"),
            Column(
                f"{metric.key}_difference", "Δ", "number", digits=1, group=metric.group, signed=True
            ),
        ]
    return Table(
        title=_TITLES[4],
        columns=columns,
        rows=rows,
        records=found,
        meta={"keep": "20%", "unit": "%, Δ in points"},
        notes=[
            "Δ: difference to plain k-center. The last row adds the start at the token farthest "
            "from the mean.",
            *_marking(found),
        ],
        label=_LABELS[4],
    )


def _figure(metric: Metric, row: Record, value: object, source: str) -> dict[str, object]:
    return {
        "table": metric.table,
        "key": metric.key,
        "keep": row["keep"],
        "method": row["method"],
        "source": source,
        "dataset": metric.dataset,
        "split": metric.split,
        "metric": metric.metric,
        "value": value,
    }


def _rows(found: Iterable[Record], quantity: str) -> list[dict[str, object]]:
    """A row a method, keep ratio and source; the unpruned model first, then by keep ratio."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for figure in found:
        place = (figure["keep"], figure["method"], figure["source"])
        row = rows.setdefault(
            place,
            {
                "keep": figure["keep"],
                "keep_text": share_text(_ratio(figure["keep"])),
                "method": figure["method"],
                "method_title": title_of(str(figure["method"]), str(figure["source"])),
                "source": figure["source"],
            },
        )
        row[str(figure["key"])] = figure[quantity]
    return sorted(rows.values(), key=lambda row: (row["keep"] != 1.0, row["keep"]))


def title_of(method: str, source: str = "published") -> str:
    """A method's name as a table shows it."""
    title = method_titles().get(method)
    if source == "published":
        return title or method
    # Of a title the venue goes; the name of a method of one's own is left as it is.
    return f"{title.partition(' (')[0] if title else method} ({OWN})"


def _leading() -> list[Column]:
    return [Column("keep_text", "Keep", once=True), Column("method_title", "Method")]


def _metric_columns(number: int, signed: bool = False) -> list[Column]:
    return [
        Column(
            metric.key,
            metric.title,
            "number",
            digits=1,
            group=metric.group,
            rank="max",
            signed=signed,
        )
        for metric in metrics(number)
    ]


def _relative(number: int, row: Mapping[str, object]) -> float | None:
    """Mean share of the unpruned accuracy, in per cent; None where a column is missing."""
    original = published(number)[0]
    shares = []
    for metric in metrics(number):
        value, whole = row.get(metric.key), original[metric.key]
        if not isinstance(value, float) or not isinstance(whole, float):
            return None
        shares.append(100 * value / whole)
    return fmean(shares)


def _prompts(number: int, costs: Sequence[Record]) -> str:
    """What the cost of a table is of: one data set, with the frames and text tokens of its rows."""
    of = [r for r in costs if r["dataset"] == COSTED[number]]
    name = f"{DATASETS[COSTED[number]]}'s prompts"
    if not of:
        return name
    frames, text = of[0]["frames"], of[0]["text_tokens"]
    return f"{name} ({frames} frame{'s' * (frames != 1)}, {text} text tokens)"


def _marking(found: Iterable[Record]) -> list[str]:
    own = any(figure["source"] == OWN for figure in found)
    return [f"Rows marked ({OWN}) come from your records."] if own else []


def _ratio(keep: object) -> float:
    if not isinstance(keep, float):
        raise TypeError(f"keep {keep!r} is no ratio")
    return keep
