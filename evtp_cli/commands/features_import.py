"""`evtp features import`: a cache of features that others computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import InputError
from ..feature_options import (
    CacheDtypeOption,
    CacheOutput,
    PathsArgument,
    ShardSizeOption,
    given,
    input_option,
)
from ..options import GRID, grid_of
from ..output import note
from ..progress import bar, resumable

EXAMPLES = ("evtp features import --input tokens.npy --output imported/",)

_NAMED = 5
"""Ids that are named where some have no counterpart."""


def run(
    output: CacheOutput,
    input: Annotated[
        list[str] | None, input_option(".npy, .npz, .safetensors, .pt or HDF5.")
    ] = None,
    paths: PathsArgument = None,
    grid: Annotated[
        str | None,
        typer.Option("--grid", metavar="ROWSxCOLUMNS", help=f"{GRID} \\[default: a square]"),
    ] = None,
    skip_tokens: Annotated[
        int,
        typer.Option(
            "--skip-tokens",
            metavar="N",
            min=0,
            help="Tokens ahead of the patches to leave out: a class token.",
        ),
    ] = 0,
    stacked: Annotated[
        bool, typer.Option("--stacked", help="The first of three axes counts images, not frames.")
    ] = False,
    model: Annotated[
        str, typer.Option("--encoder", metavar="NAME", help="What makes the features. A remark.")
    ] = "unknown",
    layer: Annotated[
        int | None,
        typer.Option("--layer", metavar="N", help="Block that the features come from. A remark."),
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest",
            metavar="FILE",
            help="Pictures, masks and expressions of the samples by id, in the JSON lines that "
            "`evtp features extract` reads.",
        ),
    ] = None,
    dtype: CacheDtypeOption = "float16",
    shard_size: ShardSizeOption = 256,
) -> None:
    """Take features from .npy, .npz, .safetensors, .pt and HDF5 files into a cache.

    An array is [tokens, width] or [frames, tokens, width]. Arrays called features, attention,
    probe_attention, middle_attention and keys are one sample, ID/features and so on the sample ID.
    Pickled code is refused.
    """
    from ...features.cache_writer import CacheWriter
    from ...features.importing import Layout, files_of, import_files
    from ...features.joining import Described

    described = None if manifest is None else Described(manifest)
    layout = Layout(None if grid is None else grid_of(grid), skip_tokens, stacked)
    files = list(files_of(given(input, paths)))
    encoder = {"encoder": "imported", "model": model, "block": layer}
    with (
        resumable(output),
        CacheWriter(output, encoder, dtype, shard_size << 20) as writer,
        bar("Importing", len(files)) as advance,
    ):
        try:
            if described is None:
                left = import_files(files, layout, writer, advance)
            else:
                left = import_files(files, layout, writer, advance, described.join)
        except InputError as error:
            if not len(writer):
                raise
            there = f"{output} holds {len(writer)} samples by now, and the same command goes on"
            raise error.but(remedy=f"{error.remedy}; {there}") from None
    if left:
        note(f"left as they were, since {output} holds samples of their names: {left}")
    if described is not None:
        lost = [name for name in described if name not in writer]
        _missing(f"lines of {manifest} that no sample is called like", lost)
        _missing(f"samples that {manifest} has no line of", described.bare)
    note(f"samples in {output}: {len(writer)}")
    typer.echo(output)


def _missing(what: str, ids: Sequence[str]) -> None:
    """Says which ids have no counterpart: the first of them, and how many there are."""
    if ids:
        more = f", and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
        note(f"{what}: {', '.join(ids[:_NAMED])}{more}")
