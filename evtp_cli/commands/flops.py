"""`evtp flops`: what every module costs, full and pruned, and whether the figures hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.budget import Keep, keep_text
from ...core.errors import CheckFailed, InputError
from ..advice import AdvisedGroup
from ..options import FormatOption, KeepOption, OutputOption, choose, keeps, split
from ..output import Output, check_figure, replacing
from ..ranges import expand, integers

if TYPE_CHECKING:
    from ...flops import Count

app = typer.Typer(cls=AdvisedGroup, invoke_without_command=True)

ModelOption = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="MODEL|FILE", help="A model's name, or its TOML file. Repeat."),
]
OneModelOption = Annotated[
    str, typer.Option("--model", metavar="MODEL|FILE", help="A model's name, or its TOML file.")
]
DatasetOption = Annotated[
    str | None,
    typer.Option("--dataset", metavar="NAME", help="Sets the frames and the text tokens."),
]
FramesOption = Annotated[
    list[str] | None,
    typer.Option("--frames", metavar="N|RANGE", help="Images shown, as 4 or 1:8. Repeat."),
]
TextOption = Annotated[
    list[str] | None,
    typer.Option("--text-tokens", metavar="N|RANGE", help="Tokens of the prompt. Repeat."),
]
VisualOption = Annotated[
    list[str] | None,
    typer.Option("--visual-tokens", metavar="N|RANGE", help="Tokens of a frame. Repeat."),
]
LayoutOption = Annotated[
    str | None,
    typer.Option(
        "--layout",
        metavar="NAME",
        help="How frames reach the language model: `concat` (every frame's kept tokens, the "
        "default) or `ovp` (a key frame's, and latents of the others).",
    ),
]
HeadOption = Annotated[
    str | None,
    typer.Option("--head", metavar="NAME", help="Positions of the output head: all, last, none."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Change a field of the model. Repeat."),
]


@app.callback()
def query(
    context: typer.Context,
    model: ModelOption = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            metavar="NAME",
            help="Data sets: the frames and the text tokens. Repeat, separate by commas, or `all`.",
        ),
    ] = None,
    keep: KeepOption = None,
    frames: FramesOption = None,
    text_tokens: TextOption = None,
    visual_tokens: VisualOption = None,
    accounting: Annotated[
        str | None,
        typer.Option(
            "--accounting",
            metavar="NAME",
            help="`paper`: as EVTP-IVS counts. `architecture`: all that is computed. `decoder`: "
            "the language model's layers.",
        ),
    ] = None,
    convention: Annotated[
        str,
        typer.Option(
            "--convention",
            metavar="NAME",
            help="mac, flop, fastv, divprune, pyramiddrop or llm-viewer.",
        ),
    ] = "mac",
    prune_at: Annotated[
        list[str] | None,
        typer.Option(
            "--prune-at",
            metavar="LAYER",
            help="Layer before which tokens are dropped: 0 (default) before the language model, "
            "8,16,24 in steps that each keep the ratio. Repeat.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option("--method", metavar="NAME", help="Pruner whose own cost is counted."),
    ] = None,
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="One row a configuration, without the modules.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw cost against ratio (PNG, PDF, SVG)."),
    ] = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Count what every module costs, in multiply-accumulates, full and pruned.

    Options that repeat, or take ranges such as 1:8 or 5%:50%:5%, are swept in every combination.
    """
    if context.invoked_subcommand is not None:
        if any(value and value != "mac" for value in context.params.values()):
            name = context.invoked_subcommand
            raise InputError("command", name, "has options of its own", "write them after its name")
        return
    from ...flops import count
    from ...flops.conventions import find_convention
    from ...reports.flops import flops_table, summary_table

    destination = Output.to(format, output)
    if plot is not None:
        check_figure(plot)
    models = split(model) or ["instructseg"]
    workloads = (frames, text_tokens, visual_tokens)
    counts = [
        count(
            m,
            dataset=d,
            keep=k,
            accounting=accounting,
            convention=convention,
            frames=f,
            text_tokens=t,
            visual_tokens=v,
            layout=layout,
            head=head,
            method=method,
            prune_at=steps,
            overrides=set_ or (),
        )
        for m, d, f, t, v, steps in product(
            models,
            _datasets(dataset, models, asked=any(w is not None for w in workloads)),
            integers("frames", frames),
            integers("text_tokens", text_tokens),
            integers("visual_tokens", visual_tokens),
            _placements(prune_at),
        )
        for k in _keeps(keep, m)
    ]
    bars = [(c.accounting, c.dataset, c.keep) for c in counts]
    if plot is not None and len(set(bars)) < len(bars):
        raise InputError(
            "plot", plot, "draws one bar a data set and ratio, and there are several",
            "sweep nothing but --dataset and --keep",
        )  # fmt: skip
    stock = not any(workloads) and not set_
    notes = list(_notes(counts, stock))
    how = find_convention(convention)
    meta: dict[str, object] = {
        "accounting": ", ".join(dict.fromkeys(c.accounting for c in counts)),
        "convention": how.name,
        "unit": how.unit,
        "counted": how.sentence,
        **_choices(counts[0]),
        "set": ", ".join(set_ or ()),
    }
    summaries = [c.summary() for c in counts]
    records = [record for c in counts for record in c.records()]
    if summary:
        destination.write(summary_table(summaries, meta, notes))
    else:
        destination.write(flops_table(records, summaries, meta, notes))
    if plot is not None:
        from ...reports.plots import PLOTS
        from ...reports.style import save, style

        with style(), replacing(plot) as temporary:
            save(PLOTS.load("cost")(records), temporary)


@app.command()
def check(
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Set every published figure beside ours; exit code 1 where one is out of its tolerance."""
    from ...flops.check import figures
    from ...reports.flops import check_table

    destination = Output.to(format, output)
    found = list(figures())
    records = [
        {
            "figure": f.name,
            "status": f.status,
            "published": f.published,
            "ours": f.ours,
            "unit": f.unit,
            "error": f.error,
            "within": f.within,
            "source": f.source,
            "short": f.short,
            "misfit": f.misfit,
        }
        for f in found
    ]
    destination.write(check_table(records))
    out = [f.name for f in found if f.status == "OUT"]
    if out:
        raise CheckFailed(f"{len(out)} of {len(found)} figures are out: {', '.join(out)}")


@app.command()
def verify(
    model: OneModelOption = "instructseg",
    dataset: DatasetOption = "revos",
    keep: Annotated[str, typer.Option("--keep", metavar="RATIO|COUNT")] = "10%",
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail also where a counter dropped an operator.")
    ] = False,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Count torch modules of the same shapes live, and set them beside the closed forms.

    Needs the extra `siglip` (transformers). No weights are loaded. torch's counter runs at full
    size on the meta device, fvcore on a thin variant that really runs. Exit code 1 where any
    figure differs.
    """
    from ...flops import load_model
    from ...reports.flops import verify_table

    destination = Output.to(format, output)
    try:
        import transformers  # noqa: F401
    except ImportError:
        raise InputError(
            "command", "verify", "needs transformers", "pip install 'evtp[siglip]'"
        ) from None
    from rich.console import Console

    from ...flops.live.verify import verify as compare

    (ratio,) = keeps([keep], [])
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


@app.command()
def explain(
    a: Annotated[str, typer.Argument(metavar="A", help="A convention or an accounting.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another, as llm-viewer:keep=0.5")],
    model: OneModelOption = "llava-1.5-7b",
    dataset: DatasetOption = None,
    keep: Annotated[str, typer.Option("--keep", metavar="RATIO|COUNT")] = "100%",
    frames: Annotated[int | None, typer.Option("--frames", min=1)] = None,
    text_tokens: Annotated[int | None, typer.Option("--text-tokens", min=0)] = None,
    visual_tokens: Annotated[int | None, typer.Option("--visual-tokens", min=1)] = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Explain why two figures differ: factor by factor, to a product that is exact.

    What the two do not share follows a colon: `evtp flops explain fastv:text_tokens=36
    llm-viewer:keep=0.5,prune_at=2`.
    """
    from ...flops import explain as explaining
    from ...flops.workload import dataset as find_dataset
    from ...reports.flops import explain_table

    destination = Output.to(format, output)
    (ratio,) = keeps([keep], [])
    row = find_dataset(dataset) if dataset is not None else None
    shared = {
        "model": model,
        "frames": frames or (row.frames if row else 1),
        "text_tokens": text_tokens if text_tokens is not None else (row.text_tokens if row else 0),
        "keep": ratio,
        "prune_at": (0,),
        **({} if visual_tokens is None else {"visual_tokens": visual_tokens}),
    }
    first, second = (explaining.recipe(text, **shared) for text in (a, b))
    start = first.cost()
    steps = list(explaining.explain(first, second))
    records: list[dict[str, object]] = [
        {"change": a, "cost": float(start), "factor": None},
        *({"change": s.change, "cost": float(s.cost), "factor": float(s.factor)} for s in steps),
        {"change": b, "cost": float(second.cost()), "factor": float(second.cost() / start)},
    ]
    meta = {"from": a, "to": b, **{k: str(v) for k, v in shared.items() if k != "prune_at"}}
    destination.write(explain_table(records, meta))


@app.command()
def cost(
    model: OneModelOption = "instructseg",
    dataset: DatasetOption = "revos",
    keep: KeepOption = None,
    device: Annotated[
        str, typer.Option("--device", metavar="NAME", help="`evtp list devices` names them.")
    ] = "a100-80gb",
    dtype: Annotated[
        str,
        typer.Option("--dtype", metavar="NAME", help="Of weights: fp32, bf16, fp16, int8, int4."),
    ] = "bf16",
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Bound memory and time: parameters, bytes, arithmetic intensity, and a device's roofline.

    A bound with stated assumptions, never a latency: a real run is slower.
    """
    from ...flops import count
    from ...flops.roofline import bounds, find_device
    from ...reports.flops import cost_table

    destination = Output.to(format, output)
    chosen = find_device(device)
    records: list[dict[str, object]] = []
    for ratio in _keeps(keep, model, default=("100%", "10%")):
        counted = count(
            model,
            dataset=dataset,
            keep=ratio,
            accounting="architecture",
            layout=layout,
            head=head,
            overrides=set_ or (),
        )
        records += [
            {
                "model": model,
                "dataset": dataset,
                "keep": ratio,
                "device": device,
                "dtype": dtype,
                **bound._asdict(),
                "intensity": bound.intensity,
                "limited_by": bound.limited_by,
            }
            for bound in bounds(counted, chosen, dtype)
        ]
    meta = {"model": model, "dataset": dataset, "device": chosen.title, "dtype": dtype}
    notes = [
        f"{chosen.peak / 1e12:g} TFLOP/s dense at 16 bits, {chosen.bandwidth / 1e9:g} GB/s: "
        f"{chosen.source}.",
        "A bound, not a latency: operations one after another at the device's peak or bandwidth, "
        "every weight and activation moved once, attention fused, elementwise work free.",
    ]
    destination.write(cost_table(records, meta, notes))


def _datasets(
    asked_for: list[str] | None, models: Sequence[str], *, asked: bool
) -> Sequence[str | None]:
    """The data sets; ReVOS where nothing says what is processed and the paper covers the model."""
    from ...flops import datasets, load_model

    if asked_for is not None:
        return choose("dataset", asked_for, list(datasets()))
    return ["revos"] if not asked and load_model(models[0]).paper else [None]


def _keeps(
    asked_for: list[str] | None, model: str, default: Sequence[str] = ("5%", "10%", "20%")
) -> list[Keep]:
    """The ratios; by default all tokens where a model has nothing that pruning could act on."""
    from ...flops import load_model

    spec = load_model(model)
    if asked_for is None and not (spec.language_model and spec.vision_encoder):
        return [1.0]
    return keeps(None if asked_for is None else expand("keep", asked_for), default)


def _choices(counted: Count) -> dict[str, object]:
    """How a model is run, where the accounting depends on it."""
    from ...flops.accountings.architecture import Architecture
    from ...flops.accountings.paper import Paper

    how = counted.counted
    if isinstance(how, Paper):
        return {}
    layers = {"prune_at": ", ".join(map(str, how.prune_at))}
    if not isinstance(how, Architecture) or how.model.language_model is None:
        return {**layers}
    return {"layout": how.layout, "head": how.head, "method": how.method, **layers}


def _placements(values: list[str] | None) -> list[tuple[int, ...] | None]:
    if values is None:
        return [None]
    try:
        return [tuple(int(layer) for layer in value.split(",")) for value in values]
    except ValueError:
        raise InputError(
            "prune_at", " ".join(values), "names no layers", "write 2, or 8,16,24 for steps"
        ) from None


def _notes(counts: Sequence[Count], stock: bool) -> Iterator[str]:
    """The published totals beside ours, and where tokens go on being seen after the first layer."""
    from ...flops.published import published_total

    for c in counts:
        if c.accounting == "paper" and stock and (total := published_total(c.dataset, c.keep)):
            yield f"{c.dataset} at {keep_text(c.keep)}: {total.sentence(c.total)}"
        equivalent = c.equivalent_tokens
        if equivalent is not None and c.work.pruned and equivalent != c.work.kept:
            yield (
                f"keep {keep_text(c.keep)}: a layer sees {float(equivalent):.1f} visual tokens of "
                "a frame on average"
            )
