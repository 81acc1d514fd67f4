"""`evtp list`: what there is, with one line each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from ...core.errors import InputError
from ...reports.renderers import FORMATS, SUFFIXES
from ...reports.table import Column, Record, Table
from ..options import FormatOption, OutputOption, one_of
from ..output import Output

EXAMPLES = ("evtp list pruners",)


def _formats() -> Table:
    return Table(
        title="Formats",
        columns=[Column("name", "Format"), Column("endings", "Endings"), Column("summary", "What")],
        rows=[
            {
                "name": name,
                "endings": " ".join(SUFFIXES.load(name)),
                "summary": FORMATS.summary(name),
            }
            for name in FORMATS.names()
        ],
    )


def _datasets() -> Table:
    from ...flops import datasets

    return Table(
        title="Data sets",
        columns=[
            Column("dataset", "Data set"),
            Column("title", "Name"),
            Column("frames", "Frames", "integer"),
            Column("text_tokens", "Text tokens", "integer"),
            Column("task", "Task"),
            Column("source", "Source"),
        ],
        rows=[row._asdict() for row in datasets().values()],
    )


def _models() -> Table:
    from ...flops import load_model, model_names

    return Table(
        title="Models",
        columns=[
            Column("model", "Model"),
            Column("visual_tokens", "Visual tokens", "integer"),
            Column("summary", "What"),
        ],
        rows=[
            {
                "model": name,
                "visual_tokens": model.visual_tokens or None,
                "summary": model.summary,
            }
            for name in model_names()
            for model in [load_model(name)]
        ],
    )


def _pruners() -> Table:
    from ...pruners.method import names, taken
    from ..methods import taken_said
    from ..remarks import remark

    for name in sorted(taken()):
        remark(f"{name} is evtp's own: {taken_said(name)}")
    return Table(
        title="Pruners",
        columns=[
            Column("method", "Method"),
            Column("summary", "What"),
            Column("needs", "Needs"),
            Column("options", "Options and defaults"),
        ],
        rows=[_pruner(name) for name in names()],
        notes=[
            "Needs: what the encoder has to give beside the features.",
            "Set an option as in --method kcenter-spatial:scale=2.",
        ],
    )


def _pruner(name: str) -> Record:
    """Its row; of an installed package's that cannot be had, what is wrong with it."""
    from ...pruners.method import load

    try:
        pruner = load(name)
    except InputError as error:
        problem = f"{error.problem}; {error.remedy}"
        return {"method": name, "summary": problem, "needs": "", "options": ""}
    options = [f"{option}={_short(value)}" for option, value in pruner.options.items()]
    return {
        "method": pruner.name,
        "summary": pruner.summary,
        "needs": ", ".join(pruner.needs),
        "options": ", ".join(options + (["seed"] if pruner.seeded else [])),
    }


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _hardware() -> Table:
    from ...flops.roofline import devices

    return Table(
        title="Hardware",
        columns=[
            Column("device", "Hardware"),
            Column("peak", "16 bits", "number", "TFLOP/s", 1, 1e12, "Dense"),
            Column("peak_32bit", "32 bits", "number", "TFLOP/s", 1, 1e12, "Dense"),
            Column("bandwidth", "Bandwidth", "number", "GB/s", 0, 1e9),
            Column("memory", "Memory", "number", "GB", 0, 1e9),
            Column("title", "What"),
            Column("source", "Source"),
        ],
        rows=[{"device": name, **device._asdict()} for name, device in devices().items()],
    )


def _conventions() -> Table:
    from ...flops.conventions import CONVENTIONS

    return Table(
        title="Conventions",
        columns=[
            Column("name", "Convention"),
            Column("per", "Unit"),
            Column("sentence", "What counts"),
            Column("source", "Who counts so"),
        ],
        rows=[
            {"sentence": convention.sentence(), "per": convention.per, **convention._asdict()}
            for convention in CONVENTIONS.values()
        ],
    )


TABLES: dict[str, Callable[[], Table]] = {
    "pruners": _pruners,
    "datasets": _datasets,
    "models": _models,
    "conventions": _conventions,
    "hardware": _hardware,
    "formats": _formats,
}


def run(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="What to list: `pruners`, `datasets`, `models`, `conventions`, `hardware` or "
            "`formats`.",
        ),
    ],
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """List the pruners, data sets, models, conventions, hardware or formats, a row each."""
    destination = Output.to(format, output)
    destination.write(TABLES[one_of("kind", kind, list(TABLES))]())
