"""`evtp features extract`: a cache of the features that a vision tower gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.errors import CheckFailed, InputError
from ..feature_options import (
    CacheDtypeOption,
    CacheOutput,
    PathsArgument,
    ShardSizeOption,
    given,
    input_option,
)
from ..options import DEVICE, DTYPE, FRAMES, REPEAT, split
from ..output import note
from ..progress import bar, resumable

if TYPE_CHECKING:
    from ...features.encoders import Encoder
    from ...features.inputs import FrameRule

EXAMPLES = ("evtp features extract --encoder descriptors --input photos/ --output cache/",)


def run(
    model: Annotated[
        str,
        typer.Option(
            "--encoder",
            metavar="FOLDER|ID",
            help="What makes the features. A checkpoint's folder, its id in the local Hugging Face "
            "cache, or `descriptors`, which is built in and has no weights.",
        ),
    ],
    output: CacheOutput,
    input: Annotated[
        list[str] | None, input_option("Pictures, videos, a list (.txt) or a manifest (.jsonl).")
    ] = None,
    paths: PathsArgument = None,
    layer: Annotated[
        int,
        typer.Option(
            "--layer",
            metavar="N",
            help="Block that the features come from. 1 is the first, -1 the last, -2 that of "
            "InstructSeg.",
        ),
    ] = -2,
    middle_layer: Annotated[
        int | None,
        typer.Option(
            "--middle-layer",
            metavar="N",
            help="Block that the middle attention comes from. \\[default: half way up]",
        ),
    ] = None,
    fit: Annotated[
        str,
        typer.Option(
            "--fit",
            metavar="NAME",
            help="How a picture becomes a square: `squash` the whole, or `crop` as the checkpoint "
            "does.",
        ),
    ] = "squash",
    image_size: Annotated[
        int | None,
        typer.Option(
            "--image-size", metavar="PIXELS", help="Side of the square. \\[default: the model's]"
        ),
    ] = None,
    compute_dtype: Annotated[
        str,
        typer.Option(
            "--dtype", metavar="NAME", help=f"{DTYPE} `float32`, `bfloat16` or `float16`."
        ),
    ] = "float32",
    dtype: CacheDtypeOption = "float16",
    device: Annotated[str, typer.Option("--device", metavar="NAME", help=DEVICE)] = "auto",
    batch: Annotated[
        int, typer.Option("--batch", metavar="N", min=1, help="Frames that are encoded at once.")
    ] = 8,
    frames: Annotated[
        int | None,
        typer.Option(
            "--frames", metavar="N", help=f"{FRAMES} Evenly spaced in a video. \\[default: 5]"
        ),
    ] = None,
    every: Annotated[
        int | None, typer.Option("--every", metavar="N", help="Of a video, every N-th frame.")
    ] = None,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at", metavar="SECONDS", help=f"Of a video, the frame at this time. {REPEAT}"
        ),
    ] = None,
    key_frame: Annotated[
        list[str] | None,
        typer.Option(
            "--key-frame",
            metavar="INDEX|all",
            help="Of a video, a sample a key frame, with its neighbours, as InstructSeg is "
            f"evaluated. {REPEAT}",
        ),
    ] = None,
    neighbours: Annotated[
        int,
        typer.Option("--neighbours", metavar="N", help="Frames that go with a key frame."),
    ] = 4,
    shard_size: ShardSizeOption = 256,
) -> None:
    """Encode pictures and videos by a vision tower into a cache.

    An interrupted run is continued by the same command and ends in the same bytes. A picture other
    than that which the cache has under its name is refused. Broken inputs are named at the end; the
    others are done.

    Exits with 1 where an input was broken.
    """
    from ...features.cache_writer import CacheWriter
    from ...features.extract import extract
    from ...features.inputs import items_of
    from ...features.resuming import compare_earlier, count_items

    rule = _rule(frames, every, at, key_frame, neighbours)
    inputs = given(input, paths)
    total = count_items(items_of(inputs, rule))
    encoder = _encoder(model, layer, middle_layer, fit, image_size, device, compute_dtype)
    writer = CacheWriter(output, encoder.description, dtype, shard_size << 20)
    there = 0
    with resumable(output), writer:
        if len(writer):
            with bar("Comparing", min(total, len(writer)), unit="samples") as advance:
                there = compare_earlier(items_of(inputs, rule), writer, advance)
        with bar("Encoding", total, unit="samples") as advance:
            broken = extract(items_of(inputs, rule), encoder, writer, batch, advance)
    note(f"samples in {output}: {len(writer)}" + (f", {there} were there already" if there else ""))
    if broken:
        for one in broken:
            about = one.error.problem if str(one.error.value).endswith(one.id) else one.error
            note(f"not done: {one.id}: {about}")
        raise CheckFailed(f"{len(broken)} of {total} inputs gave no features, named above")
    typer.echo(output)


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
