"""The records of `evtp score`: by group, by sample, by expression, and frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..reports.table import Record
from .output import replacing

if TYPE_CHECKING:
    from ..segmentation.scoring import Metrics, Scored


def by_group(scored: Sequence[Scored], group: Mapping[str, str]) -> list[Record]:
    """A record a group by name, then the mean of the groups; without groups, of all samples."""
    from ..segmentation.grouping import OVERALL
    from ..segmentation.scoring import mean_metrics, metrics_of

    names = sorted({name for name in group.values() if name})
    members = {name: [one for one in scored if group[one.path] == name] for name in names}
    metrics = {name: metrics_of(samples) for name, samples in members.items()}
    overall = mean_metrics(list(metrics.values())) if metrics else metrics_of(scored)
    return [
        *(_row(metrics[name], members[name], group=name) for name in names),
        _row(overall, scored, group=OVERALL),
    ]


def by_sample(scored: Sequence[Scored], group: Mapping[str, str]) -> list[Record]:
    """A record a group and folder of masks, over the expressions in it."""
    from ..segmentation.scoring import metrics_of

    members: dict[tuple[str, str], list[Scored]] = {}
    for one in scored:
        sample = one.path.rpartition("/")[0] or one.path
        members.setdefault((group[one.path], sample), []).append(one)
    return [
        _row(metrics_of(ones), ones, group=name or None, sample=sample)
        for (name, sample), ones in members.items()
    ]


def by_expression(scored: Sequence[Scored], group: Mapping[str, str]) -> list[Record]:
    """A record a mask, or a clip of them."""
    return [
        _row(one.metrics(), [one], group=group[one.path] or None, sample=folder or last,
             expression=last if folder else None)
        for one in scored
        for folder, _, last in [one.path.rpartition("/")]
    ]  # fmt: skip


def _row(metrics: Metrics, scored: Sequence[Scored], **names: str | None) -> Record:
    return {
        **names,
        "samples": len(scored),
        **metrics.record(),
        "missing": sum(one.missing for one in scored),
    }


def write_records(scored: Sequence[Scored], group: Mapping[str, str], path: Path) -> None:
    """Writes a record a frame and object as Parquet, with pixel counts; whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("group", pa.string()),
            ("path", pa.string()),
            ("frame", pa.string()),
            ("object", pa.int64()),
            ("intersection", pa.int64()),
            ("union", pa.int64()),
            ("j", pa.float64()),
            ("f", pa.float64()),
            ("missing", pa.bool_()),
        ]
    )
    rows = [
        {
            "group": group[one.path] or None,
            "path": one.path,
            "frame": frame.frame,
            "object": frame.object,
            **frame.overlap._asdict(),
            "j": frame.j,
            "f": frame.f,
            "missing": frame.missing,
        }
        for one in scored
        for frame in one.frames
    ]
    with replacing(path) as temporary:
        pq.write_table(pa.Table.from_pylist(rows, schema), temporary)
