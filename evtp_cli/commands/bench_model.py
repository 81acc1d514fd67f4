"""`evtp bench model`: measured speed-up of a model beside the counted one."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.errors import InputError
from ...reports.speed import speed_table, stage_table
from ..flops_options import DATASET, LAYOUT, ModelOption, SetOption, check_set
from ..methods import chosen_pruners
from ..options import (
    DEVICE,
    DTYPE,
    REPEAT,
    ROUNDS,
    FormatOption,
    KeepOption,
    MethodOption,
    OutputOption,
    PlotOption,
    PrunerOption,
    keeps,
    one_of,
    split,
)
from ..output import Output, Plot

KEEP_DEFAULT = ["5%", "10%", "20%", "50%"]

EXAMPLES = ("evtp bench model --dataset refcoco --keep 10% --stage language_model --rounds 1",)


def run(
    model: ModelOption = "instructseg",
    set_: SetOption = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            metavar="NAME",
            help=f"{DATASET} {REPEAT} \\[default: refcoco, revos]",
        ),
    ] = None,
    layout: Annotated[
        list[str] | None,
        typer.Option(
            "--layout",
            metavar="NAME",
            help=f"{LAYOUT} {REPEAT} \\[default: concat, and for a video both]",
        ),
    ] = None,
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = KEEP_DEFAULT,
    stage: Annotated[
        list[str] | None,
        typer.Option("--stage", metavar="NAME", help=f"Module to time instead of all. {REPEAT}"),
    ] = None,
    layers: Annotated[
        str,
        typer.Option(
            "--layers",
            show_default=False,
            metavar="N|all",
            help="Layers to run of the parts whose layers are all alike; their time is scaled to "
            "all. \\[default: all on a GPU, 1 on a processor]",
        ),
    ] = "auto",
    device: Annotated[str, typer.Option("--device", metavar="NAME", help=DEVICE)] = "auto",
    clock: Annotated[
        str,
        typer.Option(
            "--clock",
            metavar="NAME",
            help="What is read: `wall`, or `processor`, the time that this process is given on "
            "one thread, which the load of others distorts least.",
        ),
    ] = "wall",
    dtype: Annotated[
        str,
        typer.Option(
            "--dtype",
            show_default=False,
            metavar="NAME",
            help=f"{DTYPE} `float32`, `bfloat16` or `float16`. \\[default: bfloat16 on a GPU, "
            "float32 on a processor]",
        ),
    ] = "auto",
    positions: Annotated[
        str,
        typer.Option(
            "--positions",
            metavar="NAME",
            help="Positions of the tokens left: `kept` as they were, or `renumbered` without gaps.",
        ),
    ] = "renumbered",
    rounds: Annotated[int, typer.Option("--rounds", metavar="N", min=1, help=ROUNDS)] = 5,
    limit: Annotated[
        float,
        typer.Option(
            "--limit",
            metavar="SECONDS",
            min=0,
            help="Time after which a stage begins no further round, but for the second.",
        ),
    ] = 30,
    per_stage: Annotated[
        bool, typer.Option("--per-stage", help="A row a stage instead of the speed-ups.")
    ] = False,
    plot: PlotOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Time a model's modules at full and pruned token counts: true shapes, random weights.

    Every pruner really runs, on the encoder's output. Without --method or --pruner the paper's,
    `evtp`. A figure shows latency against tokens.
    """
    from ...flops import load_model

    destination = Output.to(format, output)
    figure = Plot.to(plot)
    pruners = chosen_pruners(method, pruner, default=["evtp"])
    ratios = keeps(keep)
    overrides = tuple(set_ or ())
    load_model(model, overrides)  # refused before the seconds that the imports below take
    check_set(overrides, [(model, "architecture")])
    try:
        import transformers  # noqa: F401 - said here, before anything is built
    except ImportError:
        raise InputError(
            "model", model, "is built of transformers", "run: pip install 'evtp[siglip]'"
        ) from None

    import torch

    from ...timing.device import find_device
    from ...timing.plan import DTYPES, POSITIONS, Plan, settings_of
    from ...timing.records import records
    from ...timing.run import time_stages
    from ..progress import steps

    one_of("dtype", dtype, (*DTYPES, "auto"))
    one_of("positions", positions, POSITIONS)
    machine = find_device(device, clock)
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
    figure.draw("latency", found)


def _layers(text: str) -> int | None:
    if text == "all":
        return None
    if not text.isdecimal():
        raise InputError("layers", text, "is no number of layers", "give 1 or more, or all")
    return int(text)
