"""The options that the `evtp flops` commands share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.budget import Keep
from ..core.errors import InputError
from .options import FRAMES, KEEPS, METHOD, REPEAT, keeps
from .ranges import expand
from .remarks import remark

if TYPE_CHECKING:
    from ..flops import Count

MODEL = "A model of `evtp list models`, or a TOML file of your own."
DATASET = "Frames and text tokens of a data set of `evtp list datasets`."
DATASET_DEFAULT = "\\[default: revos for a model of the paper; one frame and no text for others]"
TEXT = "Tokens of the prompt."
VISUAL = (
    "Visual tokens of a frame that are pruned and read; in the accounting `paper` also those that "
    "the encoder is counted for, which otherwise is as the model describes it."
)
OF_DATASET = "\\[default: the data set's]"
OF_MODEL = "\\[default: the model's]"
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
DatasetOption = Annotated[
    str | None,
    typer.Option("--dataset", metavar="NAME", help=f"{DATASET} {DATASET_DEFAULT}"),
]
FramesOption = Annotated[
    int | None, typer.Option("--frames", metavar="N", min=1, help=f"{FRAMES} {OF_DATASET}")
]
TextTokensOption = Annotated[
    int | None, typer.Option("--text-tokens", metavar="N", min=0, help=f"{TEXT} {OF_DATASET}")
]
VisualTokensOption = Annotated[
    int | None, typer.Option("--visual-tokens", metavar="N", min=1, help=f"{VISUAL} {OF_MODEL}")
]
LayoutOption = Annotated[
    str | None,
    typer.Option("--layout", metavar="NAME", help=f"{LAYOUT} \\[default: concat]"),
]
HeadOption = Annotated[
    str | None,
    typer.Option(
        "--head",
        metavar="NAME",
        help="Positions whose output head is counted: `all`, `last` or `none`. "
        "\\[default: the model's]",
    ),
]
ACCOUNTING = (
    "What is counted: `paper` as EVTP-IVS does, `architecture` all that is computed, `decoder` the "
    "layers of the language model."
)
ACCOUNTING_DEFAULT = "\\[default: paper where it covers the model]"
CONVENTION = "How it is counted: `mac`, `flop`, `fastv`, `divprune`, `pyramiddrop` or `llm-viewer`."
AccountingOption = Annotated[
    str | None,
    typer.Option("--accounting", metavar="NAME", help=f"{ACCOUNTING} {ACCOUNTING_DEFAULT}"),
]
AccountingsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--accounting",
        metavar="NAME",
        help=f"{ACCOUNTING} `all` stands for every one. {REPEAT} {ACCOUNTING_DEFAULT}",
    ),
]
ConventionOption = Annotated[str, typer.Option("--convention", metavar="NAME", help=CONVENTION)]
ConventionsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--convention",
        metavar="NAME",
        help=f"{CONVENTION} `all` stands for every one. {REPEAT} \\[default: mac]",
    ),
]
PruneAtOption = Annotated[
    list[str] | None,
    typer.Option(
        "--prune-at",
        metavar="LAYER",
        help="Layer before which tokens are dropped: 0 before the language model, 8,16,24 in "
        "steps that each keep the ratio. Repeat. \\[default: 0]",
    ),
]
CountedMethodOption = Annotated[
    str | None,
    typer.Option(
        "--method",
        "-m",
        metavar="METHOD",
        help=f"{METHOD} Its own cost is counted. \\[default: evtp]",
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


def dataset_of(
    model: str, asked_for: str | None, overrides: Sequence[str] | None = None
) -> str | None:
    """The data set whose frames and text tokens are counted where no option says them."""
    from ..flops import load_model

    if asked_for is None and load_model(model, tuple(overrides or ())).paper:
        return "revos"
    return asked_for


def remark_prompt(asked_for: object, text_tokens: Iterable[int]) -> None:
    """Says that no text is counted, where it was neither asked for nor left out on purpose.

    Args:
        asked_for: what ``--text-tokens`` says, None where it says nothing.
        text_tokens: of what was counted where text matters.

    """
    if asked_for is None and 0 in text_tokens:
        remark("no text tokens are counted; --text-tokens N, or --dataset, adds a prompt")


def check_set(overrides: Sequence[str] | None, counted: Iterable[tuple[str, str]]) -> None:
    """Raises `InputError` where a changed field is none that any of the counts reads.

    Args:
        overrides: what ``--set`` says.
        counted: the model and accounting of each count.

    """
    from ..flops.plan import reads

    changed, pairs = tuple(overrides or ()), list(dict.fromkeys(counted))
    accountings = list(dict.fromkeys(accounting for _, accounting in pairs))
    for item in changed:
        if not any(reads(model, changed, item, accounting) for model, accounting in pairs):
            remedy = "leave it out"
            if accountings == ["paper"]:
                remedy = "set a field of [paper], such as paper.vision_encoder.layers=26, or count "
                remedy += "the accounting architecture"
            elif "architecture" not in accountings:
                remedy += ", or count the accounting architecture in the convention mac or flop"
            names = " or ".join(accountings)
            problem = f"changes nothing that the accounting {names} counts"
            raise InputError("set", item, problem, remedy)


def remark_encoder(asked_for: object, counts: Iterable[Count]) -> None:
    """Says that an encoder is counted for other tokens than ``--visual-tokens`` says.

    Args:
        asked_for: what ``--visual-tokens`` says, None where it says nothing.
        counts: what was counted.

    """
    if asked_for is None:
        return
    for counted in counts:
        made = counted.encoder_tokens
        if made is not None and made != counted.work.visual_tokens:
            remark(
                f"the vision encoder is counted for the {made:,} visual tokens that it makes of a "
                "frame; --set vision_encoder.image=..., or tiles=..., makes others"
            )
            return


def placement(values: list[str] | None) -> tuple[int, ...] | None:
    """The pruning steps of the only ``--prune-at``.

    Raises:
        InputError: where there are several, or one names no layers.

    """
    first, *others = placements(values)
    if others:
        raise InputError(
            "prune_at",
            " ".join(values or ()),
            "is several counts",
            "give one, as 8,16,24 for steps",
        )
    return first


def model_keeps(
    asked_for: list[str] | None,
    models: Sequence[str],
    overrides: Sequence[str] | None = None,
    default: Sequence[str] = KEEPS,
) -> list[Keep]:
    """The ratios; by default all tokens where a model has none that pruning could act on."""
    from ..flops import load_model

    specs = [load_model(model, tuple(overrides or ())) for model in models]
    if asked_for is None and not all(s.language_model and s.vision_encoder for s in specs):
        return [1.0]
    return keeps(default if asked_for is None else expand("keep", asked_for))


def placements(values: list[str] | None) -> list[tuple[int, ...] | None]:
    """The pruning steps of each ``--prune-at``; None for the default.

    Raises:
        InputError: where one names no layers.

    """
    if values is None:
        return [None]
    try:
        return [tuple(int(layer) for layer in value.split(",")) for value in values]
    except ValueError:
        raise InputError(
            "prune_at", " ".join(values), "names no layers", "write 2, or 8,16,24 for steps"
        ) from None
