"""The paper's hypothesis: does better coverage go with better accuracy? Published against measured.

The accuracy is the paper's, on its data sets with SigLIP's features; the coverage is measured here,
on other pictures and, without a cache of one's own, with other features. A correlation between the
two says how methods differ, not how frames do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .accuracy import figures
from .panels import PANELS
from .published import ACCURACY
from .table import Column, Record, Table

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

SPACES = ("feature", "spatial", "joint")
DRAWS = 2000
LEAST = 4
"""Methods below which nothing is correlated: two always give 1 or -1, three do in every third
order."""

CAVEAT = (
    "Accuracy is published, measured on the paper's data sets with its features; coverage is "
    "measured here, on other pictures and other features. Methods are few, so intervals are wide."
)


def joined(summary: Sequence[Record], own: Sequence[Record] = ()) -> list[dict[str, object]]:
    """Accuracy and coverage of every method and ratio that both know.

    Args:
        summary: summarised coverage records.
        own: figures measured elsewhere, as for `evtp.reports.accuracy.figures`.

    Returns:
        Records ``panel, key, method, source, keep, accuracy`` and ``<space>_radius``. Table 4's
        first three methods are among those of ReasonSeg and ReVOS.

    """
    cover = {(record["method"], record["keep"]): record for record in summary}
    found = [figure for number in ACCURACY for figure in figures(number, own)]
    ablation = {"reasonseg_giou": "reasonseg_giou", "revos_jf": "overall_jf"}
    found += [
        {**figure, "key": ablation[str(figure["key"])]}
        for figure in figures(4)
        if figure["method"] != "evtp"  # in Tables 1 and 2 already
    ]
    return [
        {
            "panel": PANELS[str(figure["key"])],
            **{key: figure[key] for key in ("key", "method", "source", "keep")},
            "accuracy": figure["value"],
            **{f"{space}_radius": known[f"{space}_radius_median"] for space in SPACES},
        }
        for figure in found
        if figure["key"] in PANELS
        and (known := cover.get((figure["method"], figure["keep"]))) is not None
    ]


def correlations(
    points: Sequence[Record], spaces: Sequence[str] = SPACES, draws: int = DRAWS
) -> list[dict[str, object]]:
    """Spearman's rank correlation of radius and accuracy, a record a panel and space.

    ``pooled`` is over all methods and ratios, and so mostly says that more tokens are better.
    ``fixed`` compares methods at the same ratio: both quantities have the mean of their ratio taken
    off before they are ranked. ``_low`` and ``_high`` are the 2.5 and 97.5 percentiles of
    resampling the methods, each with all its ratios. All are None for fewer than `LEAST` methods.

    Args:
        points: of `joined`.
        spaces: of which radii.
        draws: how many resamplings.

    """
    import numpy as np

    rows: list[dict[str, object]] = []
    for panel in dict.fromkeys(str(point["panel"]) for point in points):
        chosen = [point for point in points if point["panel"] == panel]
        methods = [f"{point['method']} {point['source']}" for point in chosen]
        keeps = np.array([point["keep"] for point in chosen], np.float64)
        accuracy = np.array([point["accuracy"] for point in chosen], np.float64)
        enough = len(set(methods)) >= LEAST
        batches = _resampled(methods, draws if enough else 0)
        for space in spaces:
            radius = np.array([point[f"{space}_radius"] for point in chosen], np.float64)
            row: dict[str, object] = {
                "panel": panel,
                "space": space,
                "methods": len(set(methods)),
                "points": len(chosen),
            }
            for name, x, y in (
                ("pooled", radius, accuracy),
                ("fixed", _centred(radius, keeps), _centred(accuracy, keeps)),
            ):
                row |= _with_interval(name, x, y, batches) if enough else _with_nothing(name)
            rows.append(row)
    return rows


def correlation_table(rows: Sequence[Record], meta: Record) -> Table:
    """The correlations as a table."""

    def column(key: str, title: str, group: str) -> Column:
        return Column(key, title, "number", digits=2, group=group, signed=True)

    groups = {"pooled": "All ratios", "fixed": "At the same ratio"}
    return Table(
        title="Published accuracy against measured coverage: Spearman's ρ of radius and accuracy",
        columns=[
            Column("panel", "Data set", once=True),
            Column("space", "Radius"),
            Column("methods", "Methods", "integer"),
            *(
                column(f"{key}{part}", title, group)
                for key, group in groups.items()
                for part, title in (("", "ρ"), ("_low", "from"), ("_high", "to"))
            ),
        ],
        rows=rows,
        meta=meta,
        notes=[
            "Negative: a smaller radius goes with a higher accuracy. From, to: 95 % interval by "
            f"{DRAWS:,} resamplings of the methods. At the same ratio: the mean of each ratio "
            "taken off first.",
            *(
                [f"Empty below {LEAST} methods, of which a correlation says nothing."]
                if any(int(str(row["methods"])) < LEAST for row in rows)
                else []
            ),
            CAVEAT,
        ],
        block="panel",
        label="tab:hypothesis",
    )


def rank_correlation(x: Floats, y: Floats) -> Floats:
    """Spearman's rho along the last axis, ties at their mean rank; NaN where one is constant."""
    import numpy as np

    ranks = [_ranked(values) for values in (x, y)]
    centred = [rank - rank.mean(-1, keepdims=True) for rank in ranks]
    spread = np.sqrt((centred[0] ** 2).sum(-1) * (centred[1] ** 2).sum(-1))
    with np.errstate(invalid="ignore"):
        rho: Floats = (centred[0] * centred[1]).sum(-1) / spread
    return rho


def _ranked(values: Floats) -> Floats:
    """Mean ranks: how many are smaller, and half of the others that are equal."""
    one, other = values[..., :, None], values[..., None, :]
    ranks: Floats = (other < one).sum(-1) + ((other == one).sum(-1) - 1) / 2
    return ranks


def _with_interval(
    name: str, x: Floats, y: Floats, batches: Sequence[npt.NDArray[np.int64]]
) -> dict[str, float | None]:
    import numpy as np

    drawn = np.concatenate([np.empty(0), *(rank_correlation(x[b], y[b]) for b in batches)])
    # A draw of one method over and over has no order to compare.
    drawn = drawn[np.isfinite(drawn)]
    rho = float(rank_correlation(x, y))
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist() if len(drawn) else (None, None)
    return {name: rho if np.isfinite(rho) else None, f"{name}_low": low, f"{name}_high": high}


def _with_nothing(name: str) -> dict[str, float | None]:
    return {f"{name}{part}": None for part in ("", "_low", "_high")}


def _centred(values: Floats, keeps: Floats) -> Floats:
    """The values less the mean of those at the same ratio, freed of rounding noise."""
    centred = values.copy()
    for keep in set(keeps.tolist()):
        centred[keeps == keep] -= values[keeps == keep].mean()
    return centred.round(9)


def _resampled(methods: Sequence[str], draws: int) -> list[npt.NDArray[np.int64]]:
    """Rows of the data after drawing as many methods as there are, with replacement.

    Returns:
        Arrays [draws of one length, length], since methods differ in how many rows they have.

    """
    import numpy as np

    names = sorted(set(methods))
    rows = [np.flatnonzero(np.array(methods) == name) for name in names]
    generator = np.random.default_rng(0)
    by_length: dict[int, list[npt.NDArray[np.int64]]] = {}
    for choice in generator.integers(len(names), size=(draws, len(names))):
        drawn = np.concatenate([rows[index] for index in choice])
        by_length.setdefault(len(drawn), []).append(drawn)
    return [np.stack(batch) for _, batch in sorted(by_length.items())]
