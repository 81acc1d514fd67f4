"""`evtp flops verify`: the closed forms beside live counting."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.budget import keep_text
from ...core.errors import CheckFailed, InputError
from ..flops_options import DatasetOption, HeadOption, LayoutOption, ModelOption, SetOption
from ..options import FormatOption, OneKeepOption, OutputOption, keeps
from ..output import Output

EXAMPLES = ("evtp flops verify --dataset refcoco",)


def run(
    model: ModelOption = "instructseg",
    dataset: DatasetOption = "revos",
    keep: OneKeepOption = "10%",
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
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
    from ...flops import load_model
    from ...reports.flops import verify_table

    destination = Output.to(format, output)
    try:
        import transformers  # noqa: F401
    except ImportError:
        raise InputError(
            "model", model, "is built of transformers", "run: pip install 'evtp[siglip]'"
        ) from None
    from rich.console import Console

    from ...flops.live.verify import verify as compare

    (ratio,) = keeps([keep])
    if load_model(model).language_model is None or load_model(model).vision_encoder is None:
        ratio = 1.0
    with Console(stderr=True).status("building") as status:
        found = list(
            compare(
                model,
                dataset=dataset,
                keep=ratio,
                layout=layout,
                head=head,
                overrides=set_ or (),
                progress=lambda module: status.update(f"counting {module}"),
            )
        )
    records = [{**c._asdict(), "agrees": c.agrees, "unknown": " ".join(c.unknown)} for c in found]
    meta = {"model": model, "dataset": dataset, "keep": keep_text(ratio), "unit": "MAC"}
    destination.write(verify_table(records, meta))
    wrong = [c.module for c in found if not c.agrees or (strict and c.unknown)]
    if wrong:
        raise CheckFailed(f"{', '.join(wrong)}: the counts differ, or an operator was dropped")
