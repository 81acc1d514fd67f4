"""`evtp flops cost`: memory, bytes, and a bound on time."""

from __future__ import annotations

from typing import Annotated

import typer

from ..flops_options import (
    DatasetOption,
    HardwareOption,
    HeadOption,
    LayoutOption,
    ModelOption,
    SetOption,
    model_keeps,
)
from ..options import DTYPE, KEEP, REPEAT, FormatOption, OutputOption
from ..output import Output

EXAMPLES = ("evtp flops cost --hardware h100 --dtype int8",)


def run(
    model: ModelOption = "instructseg",
    dataset: DatasetOption = "revos",
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="RATIO|COUNT|RANGE",
            help=f"{KEEP} A range as 5%:50%:5%. {REPEAT} \\[default: 100%, 10%]",
        ),
    ] = None,
    device: HardwareOption = "a100-80gb",
    dtype: Annotated[
        str,
        typer.Option(
            "--dtype",
            metavar="NAME",
            help=f"{DTYPE} `float32`, `bfloat16` or `float16`; `int8` or `int4` of the weights, "
            "with activations of 16 bits.",
        ),
    ] = "bfloat16",
    layout: LayoutOption = None,
    head: HeadOption = None,
    set_: SetOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Bound memory and time: parameters, bytes, arithmetic intensity, and a roofline.

    A bound with stated assumptions, never a latency: a real run is slower.
    """
    from ...flops import count
    from ...flops.roofline import bounds, find_device
    from ...reports.flops import cost_table

    destination = Output.to(format, output)
    chosen = find_device(device)
    records: list[dict[str, object]] = []
    for ratio in model_keeps(keep, [model], default=("100%", "10%")):
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
    meta = {"model": model, "dataset": dataset, "hardware": chosen.title, "dtype": dtype}
    notes = [
        f"{chosen.peak / 1e12:g} TFLOP/s dense at 16 bits, {chosen.bandwidth / 1e9:g} GB/s: "
        f"{chosen.source}.",
        "A bound, not a latency: operations one after another at the device's peak or bandwidth, "
        "every weight and activation moved once, attention fused, elementwise work free.",
    ]
    destination.write(cost_table(records, meta, notes))
