"""`evtp flops explain`: why two figures differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.budget import keep_text
from ...core.errors import InputError
from ...reports.proofs import CHANGE, explain_table
from ..flops_options import (
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
    method: CountedMethodOption = None,
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Explain why two figures differ: factor by factor, to a product that is exact.

    What the two do not share follows a colon: frames, text_tokens, visual_tokens, keep, prune_at
    (as 2+16), model; for a convention also layers, unit, tokens and ffn_matrices; for
    `architecture` head, layout and method. `mac`, `flop` and the accountings start at the figure
    of `evtp flops` with that option.
    """
    from ...flops import count
    from ...flops.explain import explain
    from ...flops.recipe import recipe

    destination = Output.to(format, output)
    ratio = one_keep(keep)
    overrides = tuple(set_ or ())
    work = count(
        model,
        dataset=dataset_of(model, dataset, overrides),
        accounting="architecture",
        frames=frames,
        text_tokens=text_tokens,
        overrides=overrides,
    ).work
    shared = {
        "model": model,
        "frames": work.frames,
        "text_tokens": work.text_tokens,
        "keep": ratio,
        "prune_at": placement(prune_at) or (0,),
        "overrides": overrides,
        "visual_tokens": visual_tokens,
        **(of_architecture := {"method": method, "layout": layout, "head": head}),
    }
    shared = {key: value for key, value in shared.items() if value is not None}
    first, second = (recipe(text, **shared) for text in (a, b))
    check_set(overrides, [(r.model, r.accounting) for r in (first, second)])
    for option, value in of_architecture.items():
        if value is not None and "architecture" not in (first.accounting, second.accounting):
            problem = "has no meaning in the accounting of either figure"
            raise InputError(option, value, problem, "leave it out, or name architecture")
    remark_prompt(text_tokens, [r.text_tokens for r in (first, second) if r.tokens == "all"])
    start = first.cost()
    for text, figure in ((a, first), (b, second)):
        if not figure.cost():
            remedy = "give --text-tokens, or visual tokens"
            raise InputError("figure", text, "counts nothing, of which nothing is a factor", remedy)
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
        "set": ", ".join(overrides),
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
