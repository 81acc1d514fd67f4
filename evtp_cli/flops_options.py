"""The options that the `evtp flops` commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ..core.budget import Keep
from .options import keeps
from .ranges import expand

ModelOption = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="MODEL|FILE", help="A model's name, or its TOML file. Repeat."),
]
OneModelOption = Annotated[
    str, typer.Option("--model", metavar="MODEL|FILE", help="A model's name, or its TOML file.")
]
DatasetOption = Annotated[
    str | None,
    typer.Option("--dataset", metavar="NAME", help="Sets the frames and the text tokens."),
]
FramesOption = Annotated[
    list[str] | None,
    typer.Option("--frames", metavar="N|RANGE", help="Images shown, as 4 or 1:8. Repeat."),
]
TextOption = Annotated[
    list[str] | None,
    typer.Option("--text-tokens", metavar="N|RANGE", help="Tokens of the prompt. Repeat."),
]
VisualOption = Annotated[
    list[str] | None,
    typer.Option("--visual-tokens", metavar="N|RANGE", help="Tokens of a frame. Repeat."),
]
LayoutOption = Annotated[
    str | None,
    typer.Option(
        "--layout",
        metavar="NAME",
        help="How frames reach the language model: `concat` (every frame's kept tokens, the "
        "default) or `ovp` (a key frame's, and latents of the others).",
    ),
]
HeadOption = Annotated[
    str | None,
    typer.Option("--head", metavar="NAME", help="Positions of the output head: all, last, none."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Change a field of the model. Repeat."),
]


def model_keeps(
    asked_for: list[str] | None,
    models: Sequence[str],
    default: Sequence[str] = ("5%", "10%", "20%"),
) -> list[Keep]:
    """The ratios; by default all tokens where a model has none that pruning could act on."""
    from ..flops import load_model

    specs = [load_model(model) for model in models]
    if asked_for is None and not all(s.language_model and s.vision_encoder for s in specs):
        return [1.0]
    return keeps(None if asked_for is None else expand("keep", asked_for), default)
