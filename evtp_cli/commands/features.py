"""`evtp features`: make caches of features, and look into them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import CheckFailed, InputError
from ...reports.table import Column, Table
from ..options import CacheOption, FormatOption, OutputOption, split
from ..output import Output
from ..progress import bar

if TYPE_CHECKING:
    from ...features.encoders import Encoder
    from ...features.inputs import FrameRule

app = typer.Typer(
    no_args_is_help=True,
    help="Make caches of features from pictures, videos or files, and look into them.",
)

Inputs = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        "-i",
        metavar="PATH",
        help="Picture, video, folder, list (.txt) or manifest (.jsonl). Repeat, or add more "
        "paths behind it.",
    ),
]
Paths = Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help="More inputs.")]
CacheOutput = Annotated[
    str, typer.Option("--output", "-o", metavar="CACHE", help="Folder or fsspec URL to write to.")
]
DType = Annotated[str, typer.Option("--dtype", help="On disk: float16, bfloat16 or float32.")]
ShardSize = Annotated[
    int, typer.Option("--shard-size", metavar="MIB", min=1, help="Bound of a file of the cache.")
]


@app.command()
def extract(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="DIR|ID",
            help="A checkpoint's folder, its id in the local Hugging Face cache, or `descriptors`, "
            "the built-in encoder without weights.",
        ),
    ],
    output: CacheOutput,
    input: Inputs = None,
    paths: Paths = None,
    layer: Annotated[
        int,
        typer.Option(
            help="Block of the features: 1 is the first, -1 the last; -2 is InstructSeg's."
        ),
    ] = -2,
    middle_layer: Annotated[
        int | None, typer.Option(help="Block of the middle attention. \\[default: half way up]")
    ] = None,
    fit: Annotated[
        str, typer.Option(help="squash the whole picture to the square, or crop as the checkpoint.")
    ] = "squash",
    image_size: Annotated[
        int | None,
        typer.Option(metavar="PIXELS", help="Side of the square. \\[default: the model's]"),
    ] = None,
    dtype: DType = "float16",
    compute_dtype: Annotated[
        str, typer.Option(help="In the model: float32, bfloat16 or float16.")
    ] = "float32",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps.")] = "auto",
    batch: Annotated[int, typer.Option(min=1, help="Frames that are encoded at once.")] = 8,
    frames: Annotated[
        int | None,
        typer.Option(metavar="F", help="Of a video: F frames, evenly spaced. \\[default: 5]"),
    ] = None,
    every: Annotated[
        int | None, typer.Option(metavar="N", help="Of a video: every N-th frame.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(metavar="SECONDS", help="Of a video: the frames at these times."),
    ] = None,
    key_frame: Annotated[
        list[str] | None,
        typer.Option(
            metavar="INDEX|all",
            help="Of a video: a sample a key frame, with its neighbours, as InstructSeg is "
            "evaluated.",
        ),
    ] = None,
    neighbours: Annotated[
        int, typer.Option(metavar="N", help="Neighbours that go with a key frame.")
    ] = 4,
    shard_size: ShardSize = 256,
) -> None:
    """Encode pictures and videos by a vision tower into a cache.

    An interrupted run is continued by the same command and ends in the same bytes. Broken inputs
    are named at the end; the others are done, and the exit code is 1.
    """
    from ...features.cache_writer import CacheWriter
    from ...features.extract import extract as run
    from ...features.inputs import items_of

    rule = _rule(frames, every, at, key_frame, neighbours)
    given = _given(input, paths)
    total = sum(1 for _ in items_of(given, rule))
    encoder = _encoder(model, layer, middle_layer, fit, image_size, device, compute_dtype)
    writer = CacheWriter(output, encoder.description, dtype, shard_size << 20)
    try:
        with writer, bar("Encoding", total, unit="samples") as advance:
            broken = run(items_of(given, rule), encoder, writer, batch, advance)
    except KeyboardInterrupt:
        _note(f"{len(writer)} samples are in {output}; run the same command again to continue")
        raise
    _note(f"{len(writer)} samples are in {output}")
    if broken:
        for one in broken:
            _note(f"not done: {one.id}: {one.error}")
        raise CheckFailed(f"{len(broken)} of {total} inputs gave no features, named above")
    typer.echo(output)


@app.command(name="import")
def import_(
    output: CacheOutput,
    input: Inputs = None,
    paths: Paths = None,
    grid: Annotated[
        str | None,
        typer.Option(metavar="ROWSxCOLUMNS", help="Grid of the tokens. \\[default: a square]"),
    ] = None,
    skip_tokens: Annotated[
        int, typer.Option(min=0, help="Tokens ahead of the patches to leave out: a class token.")
    ] = 0,
    stacked: Annotated[
        bool, typer.Option("--stacked", help="The first of three axes counts images, not frames.")
    ] = False,
    model: Annotated[
        str, typer.Option(help="What the features come from, for the record.")
    ] = "unknown",
    layer: Annotated[int | None, typer.Option(help="Their block, for the record.")] = None,
    dtype: DType = "float16",
    shard_size: ShardSize = 256,
) -> None:
    """Take features from .npy, .npz, .safetensors, .pt and HDF5 files into a cache.

    An array is [tokens, width] or [frames, tokens, width]. Arrays called features, attention,
    probe_attention, middle_attention and keys are one sample, ID/features and so on the sample ID.
    Pickled code is refused.
    """
    from ...features.cache_writer import CacheWriter
    from ...features.importing import Layout, files_of, import_files

    layout = Layout(_grid(grid), skip_tokens, stacked)
    files = list(files_of(_given(input, paths)))
    encoder = {"encoder": "imported", "model": model, "block": layer}
    with (
        CacheWriter(output, encoder, dtype, shard_size << 20) as writer,
        bar("Importing", len(files)) as advance,
    ):
        import_files(files, layout, writer, advance)
    _note(f"{len(writer)} samples are in {output}")
    typer.echo(output)


@app.command()
def info(
    folder: Annotated[str | None, typer.Argument(metavar="[CACHE]", help="As --cache.")] = None,
    cache: CacheOption = None,
    samples: Annotated[
        bool, typer.Option("--samples", help="A row a sample instead of a summary.")
    ] = False,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Show what a cache holds: sizes, shapes and where the features come from."""
    destination = Output.to(format, output)
    from ..cache_tables import samples_table, summary_table
    from ..sources import open_source

    opened = open_source(folder or cache)
    destination.write(samples_table(opened) if samples else summary_table(opened))


@app.command()
def verify(
    folder: Annotated[str | None, typer.Argument(metavar="[CACHE]", help="As --cache.")] = None,
    cache: CacheOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Check every hash, shape and value of a cache and its index; exit with 1 at any damage."""
    destination = Output.to(format, output)
    from ...features.cache import data_files
    from ...features.store import open_store
    from ...features.verify import verify as run
    from ..sources import open_source

    where = folder or cache
    store = open_store(where) if where is not None else open_source(None).store
    with bar("Verifying", len(data_files(store.sizes()))) as advance:
        damages = list(run(store, lambda: advance(1)))
    destination.write(
        Table(
            title="Damage",
            columns=[
                Column("file", "File"),
                Column("sample", "Sample"),
                Column("problem", "Problem"),
            ],
            rows=[vars(damage) for damage in damages],
            meta={"cache": store.where},
            notes=[] if damages else ["Every hash, shape and value is as it was written."],
        )
    )
    if damages:
        raise CheckFailed(
            f"{store.where}: {len(damages)} damages; delete the files named and extract again: "
            "only what is missing is made"
        )


def _encoder(
    model: str,
    layer: int,
    middle_layer: int | None,
    fit: str,
    image_size: int | None,
    device: str,
    compute_dtype: str,
) -> Encoder:
    if model == "descriptors":
        from ...features.encoders.descriptors import Descriptors

        return Descriptors()
    from ...features.encoders.towers import Tower, TowerOptions

    return Tower(
        model,
        TowerOptions(layer, middle_layer, fit, image_size, device, compute_dtype),
    )


def _rule(
    frames: int | None,
    every: int | None,
    at: list[str] | None,
    key_frame: list[str] | None,
    neighbours: int,
) -> FrameRule:
    from ...features.inputs import FrameRule

    if frames is None and every is None and at is None and key_frame is None:
        frames = 5
    keys = split(key_frame) if key_frame else None
    return FrameRule(
        count=frames,
        stride=every,
        times=tuple(_number("at", text, float) for text in split(at)) if at else None,
        keys=None
        if keys is None
        else ()
        if keys == ["all"]
        else tuple(_number("key_frame", text, int) for text in keys),
        neighbours=neighbours,
    )


def _number(name: str, text: str, kind: Any) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise InputError(name, text, "is not a number", "give numbers, by commas") from None


def _grid(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    rows, _, columns = text.lower().partition("x")
    if not (rows.isdecimal() and columns.isdecimal()):
        raise InputError("grid", text, "is no grid", "give rows x columns, such as 27x27")
    return int(rows), int(columns)


def _given(input: Sequence[str] | None, paths: Sequence[str] | None) -> list[str]:
    given = [*(input or ()), *(paths or ())]
    if not given:
        raise InputError("input", "", "is not given", "name pictures, videos, folders or lists")
    return given


def _note(message: str) -> None:
    typer.echo(message, err=True)
