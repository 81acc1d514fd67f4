"""What `evtp features info` shows of a cache."""

from __future__ import annotations

from typing import Any

from ..features.cache import Cache
from ..reports.table import Column, Table


def summary_table(cache: Cache) -> Table:
    """What the cache holds and where it comes from, a line a fact."""
    first = next(cache.packed())
    tokens, width = first.tensors["features"].shape[1:]
    rows, columns = first.record["grid"]
    record: dict[str, Any] = {
        "cache": cache.store.where,
        "samples": len(cache),
        "frames": cache.frames,
        "tokens_per_frame": tokens,
        "grid_rows": rows,
        "grid_columns": columns,
        "width": width,
        "bytes": cache.nbytes,
        "files": len(cache.files),
        **{
            key: value
            if isinstance(value, int | float | str | None)
            else ", ".join(map(str, value))
            for key, value in cache.encoder.items()
        },
    }
    shown = {**record, "bytes": _size(cache.nbytes)}
    return Table(
        title="Features in the cache",
        columns=[Column("key", ""), Column("value", "")],
        rows=[
            {"key": key.replace("_", " "), "value": "" if value is None else str(value)}
            for key, value in shown.items()
        ],
        records=[record],
        notes=["Tokens, grid and width are those of the first sample."],
    )


def samples_table(cache: Cache) -> Table:
    """A row a sample."""
    rows = [
        {
            "sample": packed.id,
            "frames": packed.record["frames"],
            "grid": "{} x {}".format(*packed.record["grid"]),
            "width": packed.tensors["features"].shape[-1],
            "image_size": "{} x {}".format(*packed.record["image_size"])
            if "image_size" in packed.record
            else None,
            "objects": len(packed.record.get("masks", {})),
            "expressions": len(packed.record.get("expressions", ())),
            "bytes": packed.nbytes,
            "source": ", ".join(packed.record.get("source", ())),
        }
        for packed in cache.packed()
    ]
    return Table(
        title="Samples of the cache",
        columns=[
            Column("sample", "Sample"),
            Column("frames", "Frames", "integer"),
            Column("grid", "Grid"),
            Column("image_size", "Picture"),
            Column("objects", "Objects", "integer"),
            Column("expressions", "Expressions", "integer"),
            Column("bytes", "Size", "number", unit="MB", digits=2, scale=1e6),
            Column("source", "Source"),
        ],
        rows=rows,
        meta={"cache": cache.store.where},
    )


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.4g} {unit}"
        size /= 1000
    return f"{size:.4g} TB"
