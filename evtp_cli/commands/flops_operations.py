"""`evtp flops operations`: every product that a count adds up, with its shapes."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.budget import keep_text
from ...core.errors import InputError
from ..flops_options import (
    TEXT,
    VISUAL,
    AccountingOption,
    ConventionOption,
    CountedMethodOption,
    DatasetOption,
    HeadOption,
    LayoutOption,
    ModelOption,
    PruneAtOption,
    SetOption,
    placements,
)
from ..options import FRAMES, FormatOption, OneKeepOption, OutputOption, keeps
from ..output import Output

EXAMPLES = (
    "evtp flops operations --module token_pruning --keep 10%",
    "evtp flops operations --module language_model --accounting architecture --keep 10%",
)


def run(
    module: Annotated[
        str | None,
        typer.Option(
            "--module", metavar="NAME", help="A module of the count. \\[default: all of them]"
        ),
    ] = None,
    model: ModelOption = "instructseg",
    dataset: DatasetOption = None,
    keep: OneKeepOption = "100%",
    frames: Annotated[int | None, typer.Option("--frames", metavar="N", min=1, help=FRAMES)] = None,
    text_tokens: Annotated[
        int | None, typer.Option("--text-tokens", metavar="N", min=0, help=TEXT)
    ] = None,
    visual_tokens: Annotated[
        int | None, typer.Option("--visual-tokens", metavar="N", min=1, help=VISUAL)
    ] = None,
    accounting: AccountingOption = None,
    convention: ConventionOption = "mac",
    prune_at: PruneAtOption = None,
    method: CountedMethodOption = None,
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List every operation that a count adds up: shapes, how often, and cost.

    A convolution is the product of its unfolded patches. The sums are those of `evtp flops` with
    the same options.
    """
    from ...flops import count, load_model
    from ...flops.operations import operations
    from ...reports.operations import operations_table

    destination = Output.to(format, output)
    (ratio,) = keeps([keep])
    steps = placements(prune_at)
    if len(steps) > 1:
        raise InputError("prune_at", " ".join(prune_at or ()), "is several counts", "give one")
    if dataset is None and (frames, text_tokens, visual_tokens) == (None, None, None):
        dataset = "revos" if load_model(model).paper else None
    counted = count(
        model,
        dataset=dataset,
        keep=ratio,
        accounting=accounting,
        convention=convention,
        frames=frames,
        text_tokens=text_tokens,
        visual_tokens=visual_tokens,
        layout=layout,
        head=head,
        method=method,
        prune_at=steps[0],
        overrides=set_ or (),
    )
    records: list[dict[str, object]] = [
        {
            "model": model,
            "dataset": dataset,
            "accounting": counted.accounting,
            "convention": convention,
            "keep": ratio,
            **operation._asdict(),
            "cost": counted.in_convention(operation.macs),
        }
        for operation in operations(counted, module)
    ]
    how = counted.convention
    meta = {
        "model": model,
        **({} if dataset is None else {"dataset": dataset}),
        "keep": keep_text(ratio),
        "frames": counted.work.frames,
        "text_tokens": counted.work.text_tokens,
        "accounting": counted.accounting,
        "convention": convention,
        "unit": how.unit,
        "counted": how.sentence(counted.accounting),
    }
    destination.write(operations_table(records, meta))
