"""The options that the `evtp flops` commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ..core.budget import Keep
from .options import KEEPS, REPEAT, keeps
from .ranges import expand

MODEL = "A model of `evtp list models`, or a TOML file of your own."
DATASET = "Frames and text tokens of a data set of `evtp list datasets`."
TEXT = "Tokens of the prompt."
VISUAL = "Visual tokens of a frame."
LAYOUT = (
    "How frames reach the language model: `concat` (the kept tokens of each) or `ovp` (those of a "
    "key frame, and latents of the others)."
)
RANGE = f"A range as 1:8. {REPEAT}"

ModelsOption = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME|FILE", help=f"{MODEL} {REPEAT} \\[default: instructseg]"),
]
ModelOption = Annotated[str, typer.Option("--model", metavar="NAME|FILE", help=MODEL)]
DatasetOption = Annotated[str | None, typer.Option("--dataset", metavar="NAME", help=DATASET)]
LayoutOption = Annotated[
    str | None,
    typer.Option("--layout", metavar="NAME", help=f"{LAYOUT} \\[default: concat]"),
]
HeadOption = Annotated[
    str | None,
    typer.Option(
        "--head",
        metavar="NAME",
        help="Positions whose output head is counted: `all`, `last` or `none`.",
    ),
]
HardwareOption = Annotated[
    str,
    typer.Option(
        "--hardware",
        metavar="NAME",
        help="Accelerator of the roofline: one of `evtp list hardware`.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Change a field of the model. Repeat."),
]


def model_keeps(
    asked_for: list[str] | None, models: Sequence[str], default: Sequence[str] = KEEPS
) -> list[Keep]:
    """The ratios; by default all tokens where a model has none that pruning could act on."""
    from ..flops import load_model

    specs = [load_model(model) for model in models]
    if asked_for is None and not all(s.language_model and s.vision_encoder for s in specs):
        return [1.0]
    return keeps(default if asked_for is None else expand("keep", asked_for))
