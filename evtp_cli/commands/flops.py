"""`evtp flops`: what every module costs, full and pruned, and whether the figures hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.budget import keep_text
from ...core.errors import InputError
from ..flops_options import (
    DATASET,
    DATASET_DEFAULT,
    OF_DATASET,
    OF_MODEL,
    RANGE,
    TEXT,
    VISUAL,
    AccountingsOption,
    ConventionsOption,
    CountedMethodOption,
    HeadOption,
    LayoutOption,
    ModelsOption,
    PruneAtOption,
    SetOption,
    check_set,
    dataset_of,
    model_keeps,
    placements,
    remark_encoder,
    remark_prompt,
)
from ..options import (
    FRAMES,
    KEEP,
    KEEPS,
    REPEAT,
    FormatOption,
    OutputOption,
    PlotOption,
    choose,
    split,
)
from ..output import Output, Plot
from ..ranges import integers

if TYPE_CHECKING:
    from ...flops import Count

MOST = 100_000
"""Configurations of one sweep; more would not fit in memory with their records."""

EXAMPLES = (
    "evtp flops --dataset revos --keep 5%,10%",
    "evtp flops --model llava-1.5-7b --text-tokens 40 --frames 1:8 --keep 50% --summary",
)


def run(
    context: typer.Context,
    model: ModelsOption = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            metavar="NAME",
            help=f"{DATASET} `all` stands for every one. {REPEAT} {DATASET_DEFAULT}",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="RATIO|COUNT|RANGE",
            help=f"{KEEP} A range as 5%:50%:5%. {REPEAT} \\[default: {', '.join(KEEPS)}]",
        ),
    ] = None,
    frames: Annotated[
        list[str] | None,
        typer.Option("--frames", metavar="N|RANGE", help=f"{FRAMES} {RANGE} {OF_DATASET}"),
    ] = None,
    text_tokens: Annotated[
        list[str] | None,
        typer.Option("--text-tokens", metavar="N|RANGE", help=f"{TEXT} {RANGE} {OF_DATASET}"),
    ] = None,
    visual_tokens: Annotated[
        list[str] | None,
        typer.Option("--visual-tokens", metavar="N|RANGE", help=f"{VISUAL} {RANGE} {OF_MODEL}"),
    ] = None,
    accounting: AccountingsOption = None,
    convention: ConventionsOption = None,
    prune_at: PruneAtOption = None,
    method: CountedMethodOption = None,
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="A row a configuration instead of a module.")
    ] = False,
    plot: PlotOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Count what every module costs, in multiply-accumulates, full and pruned.

    Options that repeat, or take ranges such as 1:8 or 5%:50%:5%, are swept in every combination.
    A figure shows cost against ratio, in a panel for whatever else is swept.
    """
    if context.invoked_subcommand is not None:
        if any(context.params.values()):
            name = context.invoked_subcommand
            raise InputError("command", name, "has options of its own", "write them after its name")
        return
    from ...flops import count, datasets
    from ...flops.conventions import CONVENTIONS
    from ...flops.plan import ACCOUNTINGS, accountings_of
    from ...reports.flops import choices_of, flops_table, summary_table, workload

    destination = Output.to(format, output)
    figure = Plot.to(plot)
    models = split(model) or ["instructseg"]
    asked_for: Sequence[str | None] | None = None
    if dataset is not None:
        asked_for = choose("dataset", dataset, list(datasets()))
    changed = tuple(set_ or ())
    every = "all" in split(accounting)  # of those that cover a model
    named = [None] if accounting is None else choose("accounting", accounting, ACCOUNTINGS)
    counted_by = {
        m: [a for a in named if not every or a in accountings_of(m, changed)] for m in models
    }
    axes: list[Sequence[Any]] = [
        [
            (m, d, a)
            for m in models
            for d in asked_for or [dataset_of(m, None, set_)]
            for a in counted_by[m]
        ],
        integers("frames", frames, 1),
        integers("text_tokens", text_tokens, 0),
        integers("visual_tokens", visual_tokens, 1),
        placements(prune_at),
        choose("convention", convention or ["mac"], list(CONVENTIONS)),
        model_keeps(keep, models, set_),
    ]
    if (size := prod(map(len, axes))) > MOST:
        raise InputError("keep", "", f"{size:,} configurations are swept", f"stay below {MOST:,}")
    counts = [
        count(
            m,
            dataset=d,
            keep=k,
            accounting=a,
            convention=c,
            frames=f,
            text_tokens=t,
            visual_tokens=v,
            layout=layout,
            head=head,
            method=method,
            prune_at=steps,
            overrides=changed,
        )
        for (m, d, a), f, t, v, steps, c, k in product(*axes)
    ]
    check_set(changed, [(c.model, c.accounting) for c in counts])
    records = [record for c in counts for record in c.records()]
    if plot is not None:
        from ...reports.plots.cost import check_panels

        check_panels(plot, records)
    stock = not any((frames, text_tokens, visual_tokens, set_))
    notes = list(dict.fromkeys(_notes(counts, stock, summary)))
    remark_prompt(text_tokens, [c.work.text_tokens for c in counts if c.reads_text])
    remark_encoder(visual_tokens, counts)
    summaries = [c.summary() for c in counts]
    meta: dict[str, object] = {
        **workload(summaries),
        "accounting": ", ".join(dict.fromkeys(c.accounting for c in counts)),
        "convention": ", ".join(dict.fromkeys(c.convention.name for c in counts)),
        "unit": ", ".join(dict.fromkeys(c.convention.per for c in counts)),
        "counted": _counted(counts),
        **choices_of(summaries),
        "set": ", ".join(set_ or ()),
    }
    if summary:
        destination.write(summary_table(summaries, meta, notes))
    else:
        destination.write(flops_table(records, summaries, meta, notes))
    figure.draw("cost", records)


def _counted(counts: Sequence[Count]) -> str:
    """What is counted; of several conventions or accountings, by each."""
    by_convention = len({c.convention.name for c in counts}) > 1
    by_accounting = len({(c.convention.name, c.accounting) for c in counts}) > len(
        {c.convention.name for c in counts}
    )
    alike: dict[str, dict[str, list[str]]] = {}
    for c in counts:
        name = [c.convention.name] * by_convention + [c.accounting] * by_accounting
        clauses = c.convention.sentence(c.accounting).split(", ")
        alike.setdefault(clauses[0], {})[" ".join(name)] = clauses
    said = []
    for each in alike.values():
        # What holds for all that begin alike is said once.
        shared = [one for one in next(iter(each.values())) if all(one in c for c in each.values())]
        own = {
            name: [one for one in clauses if one not in shared] for name, clauses in each.items()
        }
        said += [(", ".join(each), shared), *(pair for pair in own.items() if pair[1])]
    if len(said) == 1:
        return ", ".join(said[0][1])
    return "; ".join(f"{names}: {', '.join(clauses)}" for names, clauses in said)


def _notes(counts: Sequence[Count], stock: bool, summary: bool) -> Iterator[str]:
    """The published totals beside ours, and how many tokens are seen where a column does not say.

    Args:
        counts: of all configurations.
        stock: whether they are those that are published.
        summary: whether the table is the summary, which has such a column.

    """
    from ...flops.published import published_total
    from ...reports.subjects import model_names

    names = model_names(c.model for c in counts)
    for c in counts:
        if c.accounting == "paper" and stock and (total := published_total(c.dataset, c.keep)):
            yield f"{c.dataset} at {keep_text(c.keep)}: {total.sentence(c.total)}"
        equivalent = None if summary else c.equivalent_tokens
        if equivalent is not None and c.work.pruned and equivalent != c.work.kept:
            whose = f"{names[c.model]}, " if len(names) > 1 else ""
            yield (
                f"{whose}keep {keep_text(c.keep)}, pruned at {c.stamp()['prune_at']}: a layer sees "
                f"{float(equivalent):.1f} visual tokens of a frame on average"
            )
