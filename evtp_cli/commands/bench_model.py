"""`evtp bench model`: measured speed-up of a model beside the counted one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.errors import InputError, unknown
from ...reports.speed import speed_table, stage_table
from ..flops_options import OneModelOption, SetOption
from ..methods import chosen_pruners
from ..options import (
    FormatOption,
    KeepOption,
    MethodOption,
    OutputOption,
    PrunerOption,
    keeps,
    split,
)
from ..output import Output, check_figure, replacing


def run(
    model: OneModelOption = "instructseg",
    set_: SetOption = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            metavar="NAME",
            help="Sets the frames and the text tokens. Repeat. \\[default: refcoco, revos]",
        ),
    ] = None,
    layout: Annotated[
        list[str] | None,
        typer.Option(
            "--layout",
            metavar="NAME",
            help="How frames reach the language model: concat, ovp. Repeat. \\[default: concat, "
            "and for a video both]",
        ),
    ] = None,
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = None,
    stage: Annotated[
        list[str] | None,
        typer.Option("--stage", metavar="NAME", help="Time these modules only. Repeat."),
    ] = None,
    layers: Annotated[
        str,
        typer.Option(
            "--layers",
            show_default=False,
            metavar="N|all",
            help="Layers to run of the parts whose layers are all alike; their time is scaled to "
            "all. By default all on a GPU, 1 on a processor.",
        ),
    ] = "auto",
    device: Annotated[
        str, typer.Option("--device", metavar="NAME", help="auto, cpu, cuda or cuda:1.")
    ] = "auto",
    clock: Annotated[
        str,
        typer.Option(
            "--clock",
            metavar="NAME",
            help="`wall`, or `processor`: the time that a processor gives to this process on one "
            "thread, which others' load distorts least.",
        ),
    ] = "wall",
    dtype: Annotated[
        str,
        typer.Option(
            "--dtype",
            show_default=False,
            metavar="NAME",
            help="float32, bfloat16 or float16. By default bfloat16 on a GPU, float32 on a "
            "processor.",
        ),
    ] = "auto",
    positions: Annotated[
        str,
        typer.Option(
            "--positions",
            metavar="NAME",
            help="`kept` tokens bring their old positions, or are `renumbered` without gaps.",
        ),
    ] = "renumbered",
    rounds: Annotated[
        int, typer.Option("--rounds", metavar="N", min=1, help="How often each is timed.")
    ] = 5,
    limit: Annotated[
        float,
        typer.Option(
            "--limit",
            metavar="SECONDS",
            min=0,
            help="Begin no further round of a stage after this long, but for the second.",
        ),
    ] = 30,
    per_stage: Annotated[
        bool, typer.Option("--per-stage", help="Show every stage instead of the speed-ups.")
    ] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw latency against tokens (PNG, PDF, SVG)."),
    ] = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Time a model's modules at full and pruned token counts: true shapes, random weights.

    Every pruner really runs, on the encoder's output. Without --method the paper's, `evtp`.
    """
    destination = Output.to(format, output)
    if plot is not None:
        check_figure(plot)
    pruners = chosen_pruners(method or ([] if pruner else ["evtp"]), pruner)
    ratios = keeps(keep, default=["5%", "10%", "20%", "50%"])
    try:
        import transformers  # noqa: F401 - said here, before anything is built
    except ImportError:
        raise InputError(
            "model", model, "is built of transformers", "pip install 'evtp[siglip]'"
        ) from None

    import torch

    from ...timing.device import find_device
    from ...timing.plan import DTYPES, POSITIONS, Plan, settings_of
    from ...timing.records import records
    from ...timing.run import time_stages
    from ..progress import steps

    for name, value, choices in (
        ("dtype", dtype, (*DTYPES, "auto")),
        ("positions", positions, POSITIONS),
    ):
        if value not in choices:
            raise unknown(name, value, choices)
    machine = find_device(device, clock)
    overrides = tuple(set_ or ())
    plan = Plan(
        model=model,
        settings=settings_of(
            model, overrides, split(dataset) or ["refcoco", "revos"], split(layout)
        ),
        keeps=ratios,
        pruners=pruners,
        device=machine,
        overrides=overrides,
        stages=split(stage),
        layers=machine.layers if layers == "auto" else _layers(layers),
        dtype=machine.dtype if dtype == "auto" else getattr(torch, dtype),
        positions="kept" if positions == "kept" else "renumbered",
        rounds=rounds,
        limit=limit,
    )
    with steps("Timing") as progress:
        timings = time_stages(plan, progress)
    found = list(records(timings))
    table = stage_table if per_stage else speed_table
    destination.write(table(found, timings.facts()))
    if plot is not None:
        from ...reports.plots import PLOTS
        from ...reports.style import save, style

        with style(), replacing(plot) as temporary:
            save(PLOTS.load("latency")(found), temporary)


def _layers(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal():
        raise InputError("layers", text, "is no number of layers", "give 1 or more, or all")
    return int(text)
