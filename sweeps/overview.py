"""A finished or growing run in a few rows: the median of each method and budget."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow.acero import AggregateNodeOptions, Declaration, ScanNodeOptions

from ..core.errors import InputError

_CHECKED = ds.ParquetFileFormat(
    default_fragment_scan_options=ds.ParquetFragmentScanOptions(page_checksum_verification=True)
)

_COUNTS = ("tokens", "tokens_kept")

STATISTICS = (
    "feature_radius",
    "spatial_radius",
    "joint_radius",
    "certificate",
    "recovery_iou",
    "pruning_macs",
)


def overview(output: str) -> list[dict[str, Any]]:
    """The median over frames and seeds of a run's records, a row a method and budget.

    The files are read in passing, and medians taken by t-digest, which comes within a fraction of
    a per cent of their rank: memory does not grow with the run.

    Args:
        output: the folder or URL of the run.

    Returns:
        By method and tokens kept: ``method, keep, tokens, tokens_kept`` (None where they differ
        between frames), ``records``,
        ``<statistic>_median``, and ``select_seconds_median``, the median time in which the method
        chose for all its budgets together.

    Raises:
        InputError: where a file of the run is damaged.

    """
    keys = ["method", "keep_ratio", "keep_count"]
    rows = _grouped(
        f"{output}/records",
        keys,
        [
            *(([name], "hash_approximate_median", None, f"{name}_median") for name in STATISTICS),
            *(([k], f"hash_{end}", None, f"{end}_{k}") for k in _COUNTS for end in ("min", "max")),
            (["frame"], "hash_count", None, "records"),
        ],
    )
    seconds = {
        row["method"]: row["seconds"]
        for row in _grouped(
            f"{output}/timings",
            ["method"],
            [(["select_seconds"], "hash_approximate_median", None, "seconds")],
        )
    }
    return [
        {
            "method": row["method"],
            "keep": row["keep_count"] if row["keep_ratio"] is None else row["keep_ratio"],
            **{k: row[f"max_{k}"] if row[f"min_{k}"] == row[f"max_{k}"] else None for k in _COUNTS},
            "records": row["records"],
            **{f"{name}_median": row[f"{name}_median"] for name in STATISTICS},
            "select_seconds_median": seconds.get(row["method"]),
        }
        for row in sorted(rows, key=lambda row: (row["max_tokens_kept"], row["method"]))
    ]


def _grouped(where: str, keys: list[str], aggregates: list[Any]) -> list[dict[str, Any]]:
    import fsspec

    system, path = fsspec.core.url_to_fs(where)
    if not system.exists(path):
        return []
    try:
        dataset = ds.dataset(path, filesystem=system, format=_CHECKED)
        rows = _aggregated(dataset, keys, aggregates) if dataset.files else []
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(where, str(error)) from None
    if any(row["method"] is None for row in rows):
        raise _unreadable(where, "a file in it has no methods")
    return rows


def _aggregated(
    dataset: ds.Dataset, keys: list[str], aggregates: list[Any]
) -> list[dict[str, Any]]:
    needed = sorted({name for names, *_ in aggregates for name in names} | set(keys))
    scan = ScanNodeOptions(dataset, columns={name: ds.field(name) for name in needed})
    plan = Declaration.from_sequence(
        [
            Declaration("scan", scan),
            Declaration("project", _project(needed)),
            Declaration("aggregate", AggregateNodeOptions(aggregates, keys)),
        ]
    )
    rows: list[dict[str, Any]] = plan.to_table().to_pylist()
    return rows


def _unreadable(where: str, reason: str) -> InputError:
    return InputError(
        "output",
        where,
        f"cannot be read ({' '.join(reason.split())})",
        "delete what is no part of the sweep and run the same command again",
    )


def _project(names: list[str]) -> Any:
    """Drops the columns that the scan adds of its own."""
    from pyarrow.acero import ProjectNodeOptions

    return ProjectNodeOptions([ds.field(name) for name in names], names)
