"""`evtp flops explain`: why two figures differ."""

from __future__ import annotations

from typing import Annotated

import typer

from ..flops_options import TEXT, VISUAL, DatasetOption, ModelOption
from ..options import FRAMES, FormatOption, OneKeepOption, OutputOption, keeps
from ..output import Output

EXAMPLES = ("evtp flops explain fastv llm-viewer:keep=0.5,prune_at=2 --text-tokens 36",)


def run(
    a: Annotated[str, typer.Argument(metavar="A", help="A convention or an accounting.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another, as llm-viewer:keep=0.5.")],
    model: ModelOption = "llava-1.5-7b",
    dataset: DatasetOption = None,
    keep: OneKeepOption = "100%",
    frames: Annotated[int | None, typer.Option("--frames", metavar="N", min=1, help=FRAMES)] = None,
    text_tokens: Annotated[
        int | None, typer.Option("--text-tokens", metavar="N", min=0, help=TEXT)
    ] = None,
    visual_tokens: Annotated[
        int | None, typer.Option("--visual-tokens", metavar="N", min=1, help=VISUAL)
    ] = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Explain why two figures differ: factor by factor, to a product that is exact.

    What the two do not share follows a colon. `mac`, `flop` and the accountings start at the
    figure of `evtp flops` with that option.
    """
    from ...flops.explain import explain
    from ...flops.recipe import recipe
    from ...flops.workload import dataset as find_dataset
    from ...reports.flops import explain_table

    destination = Output.to(format, output)
    (ratio,) = keeps([keep])
    row = find_dataset(dataset) if dataset is not None else None
    shared = {
        "model": model,
        "frames": frames or (row.frames if row else 1),
        "text_tokens": text_tokens if text_tokens is not None else (row.text_tokens if row else 0),
        "keep": ratio,
        "prune_at": (0,),
        **({} if visual_tokens is None else {"visual_tokens": visual_tokens}),
    }
    first, second = (recipe(text, **shared) for text in (a, b))
    start = first.cost()
    steps = list(explain(first, second))
    records: list[dict[str, object]] = [
        {"change": a, "cost": float(start), "factor": None},
        *({"change": s.change, "cost": float(s.cost), "factor": float(s.factor)} for s in steps),
        {"change": b, "cost": float(second.cost()), "factor": float(second.cost() / start)},
    ]
    meta = {"from": a, "to": b, **{k: str(v) for k, v in shared.items() if k != "prune_at"}}
    destination.write(explain_table(records, meta))
