"""The whole table of measured speed-up in one call, on a GPU in under ten minutes.

Run: ``pip install -e ".[siglip]" && python benchmarks/model.py --output FOLDER``. Times InstructSeg
on an image and on a video in both layouts, at full and pruned token counts, with every pruner
really running; writes to FOLDER the speed-ups, the stages (with `evtp` as the pruner), the
break-even of every pruner, the latency curve, and all records. On a processor it takes far longer,
so there a single layer of each stack runs (``--layers``), and its time is scaled.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from evtp.pruners.method import load, names
from evtp.reports.plots import PLOTS
from evtp.reports.renderers import FORMATS, Surface
from evtp.reports.speed import speed_table, stage_table
from evtp.reports.style import save, style
from evtp.reports.table import Column, Record, Table
from evtp.timing.device import CLOCKS, find_device
from evtp.timing.plan import DTYPES, Plan, settings_of
from evtp.timing.records import records
from evtp.timing.run import time_stages

KEEPS = (0.05, 0.1, 0.2, 0.5)
SHOWN = "evtp"


def break_even_table(found: Sequence[Record], meta: dict[str, object]) -> Table:
    """Every pruner's time at 10 % and its break-even, a row a method."""
    rows: dict[object, dict[str, object]] = {}
    settings: dict[str, str] = {}
    for record in found:
        if "pruning_seconds" in record and record["keep"] == 0.1:
            key = f"{record['dataset']}-{record['layout']}"
            settings[key] = f"{record['dataset']}, {record['layout']}"
            row = rows.setdefault(record["method"], {"method": record["method"]})
            row[f"{key}-seconds"] = record["pruning_seconds"]
            row[f"{key}-even"] = record["break_even_keep"]
    columns = [
        column
        for key, title in settings.items()
        for column in (
            Column(f"{key}-seconds", "At 10%", "number", "ms", 1, 1e-3, group=title),
            Column(f"{key}-even", "Break-even", "percent", digits=1, group=title),
        )
    ]
    return Table(
        title="Time and break-even of every pruner",
        columns=[Column("method", "Method"), *columns],
        rows=list(rows.values()),
        meta=meta,
        notes=["Break-even is empty where no ratio measured saves time."],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--model", default="instructseg")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--clock", choices=CLOCKS, default="wall")
    parser.add_argument("--dtype", choices=DTYPES)
    parser.add_argument("--layers", type=int, metavar="N")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--limit", type=float, default=30, help="seconds a stage is repeated for")
    parser.add_argument("--dataset", nargs="+", default=["refcoco", "revos"])
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    device = find_device(given.device, given.clock)
    plan = Plan(
        model=given.model,
        settings=settings_of(given.model, (), given.dataset, []),
        keeps=KEEPS,
        pruners=[load(name) for name in names()],
        device=device,
        layers=given.layers or device.layers,
        dtype=getattr(torch, given.dtype) if given.dtype else device.dtype,
        rounds=given.rounds,
        limit=given.limit,
    )
    began = time.monotonic()

    def progress(stage: str, _: float) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {stage}", file=sys.stderr)

    timings = time_stages(plan, progress)
    found, meta = list(records(timings)), timings.facts()
    shown = [r for r in found if r["method"] in (None, SHOWN)]
    for name, table in {
        "speed-up": speed_table(shown, meta),
        "stages": stage_table([r for r in shown if r["keep"] in (1.0, 0.1)], meta),
        "break-even": break_even_table(found, meta),
    }.items():
        text = FORMATS.load("markdown")(table, Surface(0, False))
        (given.output / f"{name}.md").write_text(text, encoding="utf-8")
        print(FORMATS.load("table")(table, Surface(160, False)))
    everything = FORMATS.load("json")(speed_table(found, meta), Surface(0, False))
    (given.output / "records.json").write_text(everything, encoding="utf-8")
    with style():
        save(PLOTS.load("latency")(found), given.output / "latency.png")
    print(f"{time.monotonic() - began:6.0f} s  written to {given.output}", file=sys.stderr)


if __name__ == "__main__":
    main()
