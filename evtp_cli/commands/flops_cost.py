"""`evtp flops cost`: memory, bytes, and a bound on time."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..flops_options import (
    CountedMethodOption,
    DatasetOption,
    FramesOption,
    HardwareOption,
    HeadOption,
    LayoutOption,
    ModelOption,
    PruneAtOption,
    SetOption,
    TextTokensOption,
    VisualTokensOption,
    check_set,
    dataset_of,
    model_keeps,
    placement,
    remark_encoder,
    remark_prompt,
)
from ..options import DTYPE, KEEP, REPEAT, FormatOption, OutputOption
from ..output import Output

EXAMPLES = ("evtp flops cost --hardware h100 --dtype int8",)


def run(
    model: ModelOption = "instructseg",
    dataset: DatasetOption = None,
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
    """Bound memory and time: parameters, bytes, arithmetic intensity, and a roofline.

    A bound with stated assumptions, never a latency: a real run is slower.
    """
    from ...flops import count
    from ...flops.roofline import BITS, bounds, find_device
    from ...reports.bounds import cost_table
    from ...reports.flops import choices_of, workload

    destination = Output.to(format, output)
    chosen = find_device(device)
    counts = [
        count(
            model,
            dataset=dataset_of(model, dataset, set_),
            keep=ratio,
            accounting="architecture",
            frames=frames,
            text_tokens=text_tokens,
            visual_tokens=visual_tokens,
            layout=layout,
            head=head,
            method=method,
            prune_at=placement(prune_at),
            overrides=set_ or (),
        )
        for ratio in model_keeps(keep, [model], set_, default=("100%", "10%"))
    ]
    check_set(set_, [(model, "architecture")])
    records: list[dict[str, Any]] = []
    for counted in counts:
        in_full = bounds(counted.full, chosen, dtype)
        records += [
            {
                **counted.stamp(),
                "device": device,
                "dtype": dtype,
                **bound._asdict(),
                "intensity": bound.intensity,
                "limited_by": bound.limited_by,
                "speed_up": bound.speed_up(full) if counted.work.pruned else None,
            }
            for bound, full in zip(bounds(counted, chosen, dtype), in_full, strict=True)
        ]
    remark_prompt(text_tokens, [c.work.text_tokens for c in counts if c.reads_text])
    remark_encoder(visual_tokens, counts)
    summaries = [counted.summary() for counted in counts]
    meta = {
        "model": model,
        "dataset": summaries[0]["dataset"] or "",
        **workload(summaries),
        "parameters": next(f"{r['params']:,}" for r in records if r["module"] == "total"),
        "hardware": chosen.title,
        "dtype": dtype,
        **choices_of(summaries),
    }
    held = max(int(r["weight_bytes"]) + int(r["kv_cache_bytes"]) for r in records)
    cached = any(r["kv_cache_bytes"] for r in records)
    notes = [
        f"{chosen.peak_of(dtype) / 1e12:g} TFLOP/s dense at "
        f"{'32 bits (no TF32)' if BITS[dtype] == 32 else '16 bits'}, "
        f"{chosen.bandwidth / 1e9:g} GB/s: {chosen.source}.",
        f"{'Weights and KV cache' if cached else 'Weights'} take {held / 1e9:,.1f} GB, and "
        f"{'do not fit' if held > chosen.memory else 'fit'} its {chosen.memory / 1e9:g}.",
        "A bound, not a latency: operations one after another at the device's peak or bandwidth, "
        "every weight and activation moved once, attention fused, elementwise work free.",
    ]
    destination.write(cost_table(records, meta, notes))
