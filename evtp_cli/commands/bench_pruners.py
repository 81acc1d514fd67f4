"""`evtp bench pruners`: how long pruners take on this machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.budget import Keep, keep_text, tokens_kept
from ...core.errors import InputError
from ...reports.table import Column, Table
from ..flops_options import DATASET, HardwareOption
from ..methods import chosen_pruners
from ..options import (
    FRAMES,
    GRID,
    KEEPS,
    ROUNDS,
    THREADS,
    FormatOption,
    KeepOption,
    MethodOption,
    OutputOption,
    PrunerOption,
    grid_of,
    keeps,
)
from ..output import Output

if TYPE_CHECKING:
    from ...pruners.method import Pruner

EXAMPLES = ("evtp bench pruners --method evtp,divprune --keep 10%",)

PRODUCT, LOOP = "product", "torch loop"

NOTES = (
    "A frame: from raw float32 features to indices, on one thread; median and quartiles over "
    "rounds in which every row is called once.",
    "product: X Xᵀ of the raw features by torch on all its threads. torch loop: greedy k-center "
    "in plain torch with a running minimum.",
)


def run(
    method: MethodOption = None,
    pruner: PrunerOption = None,
    keep: KeepOption = KEEPS,
    grid: Annotated[str, typer.Option("--grid", metavar="ROWSxCOLUMNS", help=GRID)] = "27x27",
    width: Annotated[
        int, typer.Option("--width", metavar="N", min=1, help="Numbers of a feature.")
    ] = 1152,
    frames: Annotated[int, typer.Option("--frames", metavar="N", min=1, help=FRAMES)] = 16,
    threads: Annotated[
        int | None,
        typer.Option("--threads", metavar="N", min=1, help=f"{THREADS} \\[default: one a core]"),
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", metavar="N", min=2, help=ROUNDS)] = 9,
    device: HardwareOption = "a100-80gb",
    dataset: Annotated[str, typer.Option("--dataset", metavar="NAME", help=DATASET)] = "reasonseg",
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Time each pruner beside the bare product of all tokens and a plain torch loop.

    "Share" is the pruner's time, on this processor, over the time that its pruning saves a frame
    of the data set at the least: the roofline's bound of the model on the hardware. Above 100 %
    the pruner costs more than it saves.
    """
    destination = Output.to(format, output)
    chosen = chosen_pruners(method or ["all"], pruner)
    ratios = keeps(keep)
    rows, columns = grid_of(grid)
    if rows * columns < 2:
        raise InputError("grid", grid, "holds no two tokens", "write it as 27x27")
    workers = threads or os.cpu_count() or 1
    # Of a count, the share of the grid: the model's frames may have more tokens or fewer.
    shares = [tokens_kept(one, rows * columns) / (rows * columns) for one in ratios]
    saved = [_saved(share, device, dataset) for share in shares]
    records: list[dict[str, Any]] = []
    for one, seconds in zip(ratios, saved, strict=True):
        for record in _timed(chosen, one, (rows, columns), width, frames, workers, rounds):
            if record["kind"] == "pruner" and seconds > 0:
                record["share_of_saved"] = record["seconds_median"] / seconds
                record["saved_seconds"] = seconds
            records.append(record)
    destination.write(_table(records, workers, frames, rounds, device, dataset))


def _timed(
    chosen: Sequence[Pruner],
    keep: Keep,
    grid: tuple[int, int],
    width: int,
    frames: int,
    workers: int,
    rounds: int,
) -> list[dict[str, Any]]:
    """A record a pruner and baseline."""
    from ...features import Clip
    from ...pruners.timing import (
        calls_of,
        field,
        gram_product,
        interleaved,
        many,
        spread,
        torch_loop,
    )
    from ..progress import over

    tokens = grid[0] * grid[1]
    k = tokens_kept(keep, tokens)
    made = [field(*grid, width, seed) for seed in range(min(frames, 4))]
    clip = Clip.of([made[i % len(made)] for i in range(frames)])
    calls: dict[str, Callable[[], Any]] = {
        PRODUCT: gram_product(made[0].features),
        LOOP: torch_loop(made[0].features, k),
        **calls_of(chosen, made, keep),
        **{f"clip {p.name}": many(p, clip, keep, workers) for p in chosen},
    }
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for seconds in over(_Rounds(interleaved(calls, rounds), rounds), f"Timing {keep_text(keep)}"):
        for name, value in seconds.items():
            seen[name].append(value)
    base = {name: spread(seen[name]).median for name in (PRODUCT, LOOP)}
    records = []
    for name in (PRODUCT, LOOP, *(p.name for p in chosen)):
        timed = spread(seen[name])
        record: dict[str, Any] = {
            "kind": "baseline" if name in base else "pruner",
            "method": name,
            "keep": keep,
            "tokens": tokens,
            "width": width,
            "tokens_kept": k,
            "seconds_median": timed.median,
            "seconds_q1": timed.low,
            "seconds_q3": timed.high,
            "over_product": timed.median / base[PRODUCT],
            "over_torch_loop": timed.median / base[LOOP],
        }
        if name not in base:
            record["frames_per_second"] = frames / spread(seen[f"clip {name}"]).median
            record["threads"] = workers
        records.append(record)
    return records


class _Rounds:
    """The rounds of a timing, countable for the progress bar."""

    def __init__(self, rounds: Any, count: int) -> None:
        self._rounds, self._count = rounds, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Any:
        return self._rounds


def _saved(keep: float, device: str, dataset: str) -> float:
    """Seconds a frame that pruning saves the model at least, by the roofline's bound."""
    from ...flops import count
    from ...flops.roofline import bounds, find_device

    found = find_device(device)
    pruned = count("instructseg", dataset=dataset, keep=keep, accounting="architecture")
    times = [
        sum(b.bound_seconds for b in bounds(one, found, "bfloat16") if b.module == "total")
        for one in (pruned.full, pruned)
    ]
    return (times[0] - times[1]) / pruned.work.frames


def _table(
    records: Sequence[Mapping[str, Any]],
    workers: int,
    frames: int,
    rounds: int,
    device: str,
    dataset: str,
) -> Table:
    import numpy
    import torch

    number: Any = "number"
    return Table(
        title="Time of pruning",
        columns=[
            Column("keep_text", "Keep"),
            Column("method", "Method"),
            Column("seconds_median", "A frame", number, unit="ms", digits=2, scale=1e-3),
            Column("seconds_q1", "1st", number, "ms", 2, 1e-3, group="Quartiles"),
            Column("seconds_q3", "3rd", number, "ms", 2, 1e-3, group="Quartiles"),
            Column("over_product", "product", number, "x", 2, group="Over"),
            Column("over_torch_loop", "torch loop", number, "x", 2, group="Over"),
            Column("frames_per_second", "Frames a second", "integer"),
            Column("share_of_saved", "Share", "percent", digits=1),
        ],
        rows=[{**record, "keep_text": keep_text(record["keep"])} for record in records],
        records=records,
        meta={
            "features": f"{records[0]['tokens']} x {records[0]['width']}, synthetic and smooth",
            "clip": f"{frames} frames, {workers} threads",
            "rounds": rounds,
            "saved": f"instructseg, {dataset}, roofline of {device}, bfloat16",
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "versions": f"numpy {numpy.__version__}, torch {torch.__version__}",
        },
        notes=NOTES,
        block="keep_text",
    )
