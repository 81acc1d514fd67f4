"""`evtp prune`: the tokens that a method keeps of every frame of a cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.budget import Keep, keep_text
from ...core.errors import InputError
from ...reports.table import Column, Table
from ..methods import chosen_pruners
from ..options import (
    METHOD,
    ONE_KEEP,
    THREADS,
    CacheOption,
    FormatOption,
    KeepOption,
    OutputOption,
    PrunerOption,
    SeedOption,
    keeps,
)
from ..output import Output, check_writable, replacing

if TYPE_CHECKING:
    from ...features.cache import Cache
    from ...pruners import Selection
    from ...pruners.method import Pruner

EXAMPLES = (
    "evtp prune evtp --keep 10%",
    "evtp prune evtp --keep 10% --output kept.safetensors",
)

TENSORS = ".safetensors"


def run(
    method: Annotated[
        str | None,
        typer.Argument(metavar="METHOD", help=f"{METHOD} NAME:OPTION=VALUE sets an option."),
    ] = None,
    pruner: PrunerOption = None,
    keep: KeepOption = ONE_KEEP,
    cache: CacheOption = None,
    scope: Annotated[
        str,
        typer.Option(
            "--scope",
            metavar="NAME",
            help="What the budget is of: each `frame` of a clip alone, or the whole `clip`.",
        ),
    ] = "frame",
    seed: SeedOption = 0,
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help=THREADS)] = 1,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Print or save which tokens a method keeps of every frame, in raster order.

    With --output NAME.safetensors the indices (and for merging methods the groups and merged
    features) are saved as tensors, one keep ratio to a file: SAMPLE/FRAME/indices.
    """
    tensors = output is not None and output.suffix.lower() == TENSORS and format is None
    if tensors and output is not None:
        check_writable(output)
    else:
        destination = Output.to(format, output)
    (one,) = _one_pruner(method, pruner)
    ratios = keeps(keep)
    if tensors and len(ratios) > 1:
        raise InputError(
            "keep",
            ", ".join(map(keep_text, ratios)),
            "are several, and a file of tensors holds one",
            "give one, or an output that ends in .json or .csv",
        )

    from ..sources import open_source, provenance

    source = open_source(cache)
    chosen = _chosen(source, one, ratios, scope, seed, threads)
    about = {
        "method": one.name,
        "scope": scope,
        "seed": seed if one.seeded else "",
        **provenance(source),
    }
    if tensors and output is not None:
        _save(output, chosen, {**about, "keep": keep_text(ratios[0])})
    else:
        destination.write(_table(list(chosen), about))


def _one_pruner(method: str | None, files: Sequence[Path] | None) -> list[Pruner]:
    pruners = chosen_pruners([method] if method else [], files)
    # One of the files by its name, with options: the same without them is not asked for.
    pruners = [p for p in pruners if p.name == method and p.file] or pruners
    if len(pruners) > 1:
        raise InputError(
            "METHOD", ", ".join(p.name for p in pruners), "are several", "name one method"
        )
    return pruners


_Chosen = tuple[str, int, Keep, "Selection"]


def _chosen(
    source: Cache, pruner: Pruner, ratios: Sequence[Keep], scope: str, seed: int, threads: int
) -> Iterator[_Chosen]:
    from ...pruners import select_each
    from ..progress import over

    for sample in over(source.values(), "Pruning"):
        by_keep = select_each(pruner, sample.clip, ratios, seed=seed, scope=scope, threads=threads)
        for frame in range(len(sample.clip)):
            for keep, selections in zip(ratios, by_keep, strict=True):
                yield sample.id, frame, keep, selections[frame]


def _table(chosen: Sequence[_Chosen], about: Mapping[str, object]) -> Table:
    records: list[dict[str, Any]] = []
    rows = []
    for sample, frame, keep, selection in chosen:
        record = {
            "sample": sample,
            "frame": frame,
            "method": selection.method,
            "keep": keep,
            "tokens": selection.tokens,
            "tokens_kept": len(selection),
            "indices": selection.indices.tolist(),
        }
        if selection.groups is not None:
            record["groups"] = selection.groups.tolist()
        records.append(record)
        rows.append({**record, "keep": keep_text(keep), "indices": _abridged(record["indices"])})
    return Table(
        title="Kept tokens",
        columns=[
            Column("sample", "Sample"),
            Column("frame", "Frame", "integer"),
            Column("keep", "Keep"),
            Column("tokens_kept", "Tokens", "integer"),
            Column("indices", "Indices, in raster order from 0"),
        ],
        rows=rows,
        records=records,
        meta=about,
        notes=["Give --format json, csv or --output FILE for all indices."]
        if any(row["indices"].endswith("...") for row in rows)
        else [],
    )


def _abridged(indices: Sequence[int], shown: int = 8) -> str:
    text = " ".join(map(str, indices[:shown]))
    return text if len(indices) <= shown else f"{text} ..."


def _save(path: Path, chosen: Iterator[_Chosen], about: Mapping[str, object]) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    arrays = {}
    for sample, frame, _, selection in chosen:
        for name in ("indices", "groups", "merged"):
            values = getattr(selection, name)
            if values is not None:
                arrays[f"{sample}/{frame}/{name}"] = np.asarray(values)
    with replacing(path) as temporary:
        save_file(arrays, temporary, metadata={k: str(v) for k, v in about.items()})
