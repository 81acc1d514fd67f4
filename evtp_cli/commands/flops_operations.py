"""`evtp flops operations`: every product that a count adds up, with its shapes."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.budget import keep_text
from ..flops_options import (
    AccountingOption,
    ConventionOption,
    CountedMethodOption,
    DatasetOption,
    FramesOption,
    HeadOption,
    LayoutOption,
    ModelOption,
    PruneAtOption,
    SetOption,
    TextTokensOption,
    VisualTokensOption,
    check_set,
    dataset_of,
    placement,
    remark_encoder,
    remark_prompt,
)
from ..options import FormatOption, OneKeepOption, OutputOption, one_keep
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
    frames: FramesOption = None,
    text_tokens: TextTokensOption = None,
    visual_tokens: VisualTokensOption = None,
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
    from ...flops import count
    from ...flops.operations import operations
    from ...reports.flops import choices_of, workload
    from ...reports.operations import operations_table

    destination = Output.to(format, output)
    ratio = one_keep(keep)
    counted = count(
        model,
        dataset=dataset_of(model, dataset, set_),
        keep=ratio,
        accounting=accounting,
        convention=convention,
        frames=frames,
        text_tokens=text_tokens,
        visual_tokens=visual_tokens,
        layout=layout,
        head=head,
        method=method,
        prune_at=placement(prune_at),
        overrides=set_ or (),
    )
    check_set(set_, [(model, counted.accounting)])
    records: list[dict[str, object]] = [
        {
            **counted.stamp(),
            **operation._asdict(),
            "cost": counted.in_convention(operation.macs),
        }
        for operation in operations(counted, module)
    ]
    remark_prompt(text_tokens, [counted.work.text_tokens] if counted.reads_text else [])
    remark_encoder(visual_tokens, [counted])
    how, summary = counted.convention, counted.summary()
    meta = {
        "model": model,
        "dataset": summary["dataset"] or "",
        "keep": keep_text(ratio),
        **workload([summary]),
        "accounting": counted.accounting,
        "convention": convention,
        "unit": how.per,
        "counted": how.sentence(counted.accounting),
        **choices_of([summary]),
    }
    destination.write(operations_table(records, meta))
