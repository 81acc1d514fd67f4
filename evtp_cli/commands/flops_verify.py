"""`evtp flops verify`: the closed forms beside live counting."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.budget import keep_text
from ...core.errors import CheckFailed, InputError
from ..flops_options import (
    DatasetOption,
    FramesOption,
    HeadOption,
    LayoutOption,
    ModelOption,
    SetOption,
    TextTokensOption,
    VisualTokensOption,
    check_set,
    dataset_of,
)
from ..options import REPEAT, FormatOption, OneKeepOption, OutputOption, choose, one_keep
from ..output import Output

EXAMPLES = ("evtp flops verify --dataset refcoco",)


def run(
    model: ModelOption = "instructseg",
    dataset: DatasetOption = None,
    keep: OneKeepOption = "10%",
    frames: FramesOption = None,
    text_tokens: TextTokensOption = None,
    visual_tokens: VisualTokensOption = None,
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    module: Annotated[
        list[str] | None,
        typer.Option(
            "--module",
            metavar="NAME",
            help=f"A module of the count. {REPEAT} \\[default: all of them]",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Also fail where a counter dropped an operator.")
    ] = False,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Count torch modules of the same shapes live, and set them beside the closed forms.

    Needs the extra `siglip` (transformers). No weights are loaded. torch's counter runs at full
    size on the meta device, fvcore on a thin variant that really runs.

    Exits with 1 where any figure differs.
    """
    from ...flops import count, load_model
    from ...reports.flops import choices_of, workload
    from ...reports.proofs import verify_table

    destination = Output.to(format, output)
    spec = load_model(model, tuple(set_ or ()))
    ratio = one_keep(keep) if spec.language_model and spec.vision_encoder else 1.0
    counted = count(
        model,
        dataset=dataset_of(model, dataset, set_),
        keep=ratio,
        accounting="architecture",
        frames=frames,
        text_tokens=text_tokens,
        visual_tokens=visual_tokens,
        layout=layout,
        head=head,
        overrides=set_ or (),
    )
    check_set(set_, [(model, "architecture")])
    try:
        import transformers  # noqa: F401
    except ImportError:
        raise InputError(
            "model", model, "is built of transformers", "run: pip install 'evtp[siglip]'"
        ) from None
    from rich.console import Console

    from ...flops.live.build import live_builders
    from ...flops.live.verify import verify

    modules = None if module is None else choose("module", module, list(live_builders(counted)))
    with Console(stderr=True).status("building") as status:
        try:
            found = list(
                verify(counted, set_ or (), modules, lambda name: status.update(f"counting {name}"))
            )
        except InputError as error:
            if modules is not None:
                raise
            raise error.but(remedy=f"{error.remedy}, or name other modules by --module") from None
    records = [
        {**counted.stamp(), **c._asdict(), "agrees": c.agrees, "unknown": " ".join(c.unknown)}
        for c in found
    ]
    summary = counted.summary()
    meta = {
        "model": model,
        "dataset": summary["dataset"] or "",
        "keep": keep_text(ratio),
        **workload([summary]),
        "unit": "MAC",
        **choices_of([summary]),
    }
    destination.write(verify_table(records, meta))
    wrong = [c.module for c in found if not c.agrees or (strict and c.unknown)]
    if wrong:
        raise CheckFailed(f"{', '.join(wrong)}: the counts differ, or an operator was dropped")
