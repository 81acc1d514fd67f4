"""`evtp flops explain`: why two figures differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.budget import keep_text
from ...reports.proofs import CHANGE, explain_table
from ..flops_options import (
    DatasetOption,
    FramesOption,
    ModelOption,
    PruneAtOption,
    TextTokensOption,
    VisualTokensOption,
    dataset_of,
    placement,
    remark_prompt,
)
from ..options import FormatOption, OneKeepOption, OutputOption, one_keep
from ..output import Output

if TYPE_CHECKING:
    from ...flops.recipe import Recipe

EXAMPLES = ("evtp flops explain fastv llm-viewer:keep=0.5,prune_at=2 --text-tokens 36",)


def run(
    a: Annotated[str, typer.Argument(metavar="A", help="A convention or an accounting.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another, as llm-viewer:keep=0.5.")],
    model: ModelOption = "llava-1.5-7b",
    dataset: DatasetOption = None,
    keep: OneKeepOption = "100%",
    frames: FramesOption = None,
    text_tokens: TextTokensOption = None,
    visual_tokens: VisualTokensOption = None,
    prune_at: PruneAtOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Explain why two figures differ: factor by factor, to a product that is exact.

    What the two do not share follows a colon. `mac`, `flop` and the accountings start at the
    figure of `evtp flops` with that option.
    """
    from ...flops import count
    from ...flops.explain import explain
    from ...flops.recipe import recipe

    destination = Output.to(format, output)
    ratio = one_keep(keep)
    work = count(
        model, dataset=dataset_of(model, dataset), frames=frames, text_tokens=text_tokens
    ).work
    shared = {
        "model": model,
        "frames": work.frames,
        "text_tokens": work.text_tokens,
        "keep": ratio,
        "prune_at": placement(prune_at) or (0,),
        **({} if visual_tokens is None else {"visual_tokens": visual_tokens}),
    }
    first, second = (recipe(text, **shared) for text in (a, b))
    remark_prompt(text_tokens, [r.text_tokens for r in (first, second) if r.tokens == "all"])
    start = first.cost()
    steps = list(explain(first, second))
    records: list[dict[str, object]] = [
        {"change": a, "cost": float(start), "unit": first.per, "factor": None},
        *(
            {"change": s.change, "cost": float(s.cost), "unit": s.unit, "factor": float(s.factor)}
            for s in steps
        ),
        {
            "change": b,
            "cost": float(second.cost()),
            "unit": second.per,
            "factor": float(second.cost() / start),
        },
    ]
    meta = {
        "from": a,
        "to": b,
        **{key: _stamped(first, second, key, text) for key, text in _STAMPED.items()},
    }
    destination.write(explain_table(records, meta))


_STAMPED: Mapping[str, Callable[[Any], str]] = {
    "model": str,
    "keep": keep_text,
    "prune_at": lambda steps: ",".join(map(str, steps)),
    "frames": "{:,}".format,
    "visual_tokens": "{:,}".format,
    "text_tokens": "{:,}".format,
}
"""The choices that are stamped, and how each is written."""


def _stamped(first: Recipe, second: Recipe, key: str, text: Callable[[Any], str]) -> str:
    """What both are of, or what each is of."""
    return CHANGE.join(dict.fromkeys(text(getattr(recipe, key)) for recipe in (first, second)))
