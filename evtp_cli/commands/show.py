"""`evtp show`: the kept tokens drawn on a photograph."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.budget import keep_text
from ...core.errors import InputError, unknown
from ..methods import chosen_pruners
from ..options import (
    ONE_KEEP,
    CacheOption,
    KeepOption,
    MethodOption,
    PrunerOption,
    SeedOption,
    keeps,
)
from ..output import check_ending, check_writable, note, replacing
from ..photographs import as_encoded, open_photograph, photograph_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from ...pruners.frame import Frame

EXAMPLES = ("evtp show photograph.jpg --method evtp,divprune --keep 10%",)

_FIGURES = (".pdf", ".svg")
PICTURES = (".png", ".jpg", ".jpeg", *_FIGURES, ".webp")

_PHOTOGRAPHS = (*PICTURES, ".bmp", ".gif", ".tif", ".tiff", ".mp4", ".mov", ".mkv", ".avi", ".webm")
"""Endings of what is drawn, which the name of the drawing does not repeat."""


def run(
    image: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE",
            help="An image file, a sample of --cache, or a picture of the built-in sample.",
        ),
    ],
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = ONE_KEEP,
    cache: CacheOption = None,
    frame: Annotated[
        int, typer.Option("--frame", metavar="INDEX", min=0, help="Which frame of a clip, from 0.")
    ] = 0,
    seed: SeedOption = 0,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write. PNG, JPEG, WebP, or PDF or SVG for a paper. "
            "\\[default: evtp-show-IMAGE.png, evtp-show-CACHE-IMAGE.png]",
        ),
    ] = None,
    photograph: Annotated[
        Path | None,
        typer.Option(
            "--image",
            metavar="FILE",
            help="The picture of a sample of --cache. \\[default: what it was encoded from]",
        ),
    ] = None,
) -> None:
    """Draw the tokens that each method keeps on a photograph, a row a keep ratio.

    Pictures are square, as encoders see them.

    Without --method or --pruner the paper's, `evtp`. An image file is encoded by the built-in
    descriptors; for features of a model of yours, make a cache with `evtp features extract` and
    name the sample.
    """
    number = f"-{frame}" if frame else ""
    # A sample's id may have slashes: two of them share no name.
    name = Path(image).name if cache is None else image.replace("/", "-")
    name = Path(name).stem if Path(name).suffix.lower() in _PHOTOGRAPHS else name
    of = "" if cache is None else f"{Path(cache).absolute().name}-"
    target = output or Path(f"evtp-show-{of}{name}{number}.png")
    check_writable(target)
    check_ending(target, PICTURES)
    pruners = chosen_pruners(method, pruner, default=["evtp"])
    ratios = keeps(keep)

    from ...coverage.cover import Cover
    from ...coverage.radii import radii_of
    from ...pruners import select_each
    from ...pruners.running import watched
    from ...reports.names import method_name
    from ...reports.pictures import Shown, draw_gallery, gallery_figure
    from ...reports.style import save, style
    from ..sources import described

    if photograph is not None and cache is None:
        raise InputError(
            "photograph", photograph, "goes with a sample of --cache", "give the file as IMAGE"
        )
    seen, prepared, encoder = _frame(image, cache, frame, photograph)
    with watched(note):
        chosen = [select_each(one, prepared, ratios, seed=seed) for one in pruners]
    shown = [
        Shown(
            seen,
            prepared.grid,
            by_method[number].indices,
            f"{method_name(one.name)} {keep_text(ratio)} · joint radius "
            f"{radii_of(Cover(prepared, by_method[number].indices)).joint:.2f}",
        )
        for number, ratio in enumerate(ratios)
        for one, by_method in zip(pruners, chosen, strict=True)
    ]
    # One method: its ratios side by side. Several: at most four abreast.
    across = len(ratios) if len(pruners) == 1 else min(len(pruners), 4)
    with replacing(target) as temporary:
        if target.suffix.lower() in _FIGURES:
            with style():
                save(gallery_figure(shown, across), temporary, f"Tokens kept of {image}")
        else:
            draw_gallery(shown, across).save(temporary)
    note(f"features: {', '.join(map(str, described(encoder).values()))}")
    typer.echo(target)


def _frame(
    image: str, cache: str | None, frame: int, given: Path | None
) -> tuple[Image, Frame, Mapping[str, Any]]:
    """The photograph, its tokens and their encoder; tokens of a clip know the frame before."""
    from ...features.sample import PICTURES as SAMPLE
    from ...pruners import frames_of
    from ...pruners.frame import Frame
    from ..sources import open_source

    if cache is None and image not in SAMPLE:
        if not Path(image).exists():
            if Path(image).name != image or Path(image).suffix:
                raise InputError(
                    "IMAGE",
                    image,
                    "no such file, nor a picture of the sample",
                    f"check the path, or choose from {', '.join(SAMPLE)}",
                )
            raise unknown("IMAGE", image, SAMPLE)
        from ...features.encoders.descriptors import Descriptors

        photograph = open_photograph(Path(image))
        encoder = Descriptors()
        return photograph, Frame(encoder.encode([photograph])[0]), encoder.description
    sample = open_source(cache)[image]
    if frame >= len(sample.clip):
        raise InputError(
            "frame", frame, f"is not among the {len(sample.clip)} of {image}", "count from 0"
        )
    prepared = next(islice(frames_of(sample.clip), frame, None))
    whole = photograph_of(sample, frame, image) if given is None else open_photograph(given)
    return as_encoded(whole, sample.encoder), prepared, sample.encoder
