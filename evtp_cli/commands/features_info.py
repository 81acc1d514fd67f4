"""`evtp features info`: what a cache holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...reports.table import Column, Table
from ..options import CacheOption, FormatOption, OutputOption
from ..output import Output

if TYPE_CHECKING:
    from ...features.cache import Cache

EXAMPLES = ("evtp features info --cache cache/ --per-sample",)


def run(
    cache: CacheOption = None,
    per_sample: Annotated[
        bool, typer.Option("--per-sample", help="A row a sample instead of a summary.")
    ] = False,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Show what a cache holds: sizes, shapes and where the features come from."""
    destination = Output.to(format, output)
    from ..sources import open_source

    opened = open_source(cache)
    destination.write(_samples_table(opened) if per_sample else _summary_table(opened))


def _summary_table(cache: Cache) -> Table:
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
        columns=[Column("key", "What"), Column("value", "Value")],
        rows=[
            {"key": key.replace("_", " "), "value": "" if value is None else str(value)}
            for key, value in shown.items()
        ],
        records=[record],
        notes=["Tokens, grid and width are those of the first sample."],
    )


def _samples_table(cache: Cache) -> Table:
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
            Column("bytes", "Size", "number", unit="kB", digits=1, scale=1e3),
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
