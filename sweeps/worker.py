"""One task, from the features of its samples to its part: the same under every engine."""

from __future__ import annotations

import platform
import sys
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Any

from ..core.errors import InputError
from ..features.arrays import to_numpy
from ..features.cache import Sample
from ..features.shard import Packed, read_shard
from ..features.store import Store, open_store
from ..pruners import frames_of
from ..pruners.method import Pruner, from_source, load
from ..pruners.running import watched
from .cost import pruning_macs
from .digests import code_digest, digest
from .evaluate import Run, outcome
from .parts import write_part
from .recovery import targets_of
from .schema import missing_is_null
from .work import Done, Failure, Job, Method, Task

Row = dict[str, Any]


def compute(job: Job, task: Task) -> Done:
    """Computes a task and writes its part; a sample that fails is reported, and alone.

    Raises:
        InputError: where this machine runs other code than the one that asks, or the part cannot
            be written.

    """
    start = perf_counter()
    if code_digest() != job.code:
        raise InputError(
            "worker",
            platform.node(),
            "runs another evtp than what started it",
            "install the same version on every machine, and change none while it runs",
        )
    runs = _runs(job.methods, task)
    names = {run.pruner.name for run in runs}
    records: list[Row] = []
    timings: list[Row] = []
    failures: list[Failure] = []
    failed: list[tuple[int, str]] = []
    try:
        # Opened anew for each task, so that no map of an earlier file stays in memory.
        samples, encoder = _samples(open_store(job.cache), task)
    except (OSError, InputError) as error:
        last = task.shard.first + task.shard.count - 1
        problem = f"samples {task.shard.first} to {last} of the file: {_line(error)}"
        return Done(task, 0, (Failure(task.shard.file, "", "", problem),), 0.0, 0.0)
    for position in task.positions:
        packed = samples[position]
        broken: dict[str, str] = {}
        rows: tuple[list[Row], list[Row]] = ([], [])
        try:
            _require_intact(packed)
            with watched(_say):
                rows = _evaluate(Sample.unpack(packed, encoder), runs, job.indices, broken)
        except Exception as error:  # whatever a sample holds, the others are worth having
            failures.append(Failure(task.shard.file, packed.id, "", _line(error)))
            failed += [(position, name) for name in names]
            continue
        for method, problem in broken.items():
            failures.append(Failure(task.shard.file, packed.id, method, problem))
            failed.append((position, method))
        records += [row for row in rows[0] if row["method"] not in broken]
        timings += [row for row in rows[1] if row["method"] not in broken]
    if records:
        write_part(job, task, records, timings, failed)
    return Done(
        task,
        len(records),
        tuple(failures),
        perf_counter() - start,
        sum(row["select_seconds"] for row in timings),
    )


def _evaluate(
    sample: Sample, runs: list[Run], indices: bool, broken: dict[str, str]
) -> tuple[list[Row], list[Row]]:
    """The records and timings of a sample; a method that fails goes into `broken`."""
    records: list[Row] = []
    timings: list[Row] = []
    for frame in frames_of(sample.clip):
        start = perf_counter()
        # What all methods share, paged in and computed before the clock of the first one runs.
        frame.adaptive_scale()
        geometry = perf_counter() - start
        targets = list(targets_of(sample, frame.index).values())
        for run in runs:
            name = run.pruner.name
            if name in broken:
                continue
            about = {"sample": sample.id, "frame": frame.index, "method": name, "seed": run.seed}
            try:
                found = outcome(frame, run, targets)
                macs = [pruning_macs(run.pruner, frame, len(chosen)) for chosen in found.chosen]
            except Exception as error:  # a user's own method may raise anything
                broken[name] = _line(error)
                continue
            for keep, chosen, values, cost in zip(
                run.keeps, found.chosen, found.statistics, macs, strict=True
            ):
                records.append(
                    {
                        **about,
                        "keep_ratio": keep if isinstance(keep, float) else None,
                        "keep_count": keep if isinstance(keep, int) else None,
                        "tokens": frame.tokens,
                        "tokens_kept": len(chosen),
                        **{key: missing_is_null(value) for key, value in values.items()},
                        "pruning_macs": cost,
                        "indices": to_numpy(chosen.indices, "int32") if indices else None,
                    }
                )
            timings.append(
                {
                    **about,
                    "tokens_kept": [len(chosen) for chosen in found.chosen],
                    "geometry_seconds": geometry,
                    "select_seconds": found.select_seconds,
                    "measure_seconds": found.measure_seconds,
                }
            )
    return records, timings


def _samples(store: Store, task: Task) -> tuple[list[Packed], Any]:
    """The samples of the shard, and their encoder; the file is mapped, not read.

    The file alone is opened, not the cache, so that a damaged one fails alone.
    """
    shard = task.shard
    held = read_shard(store, shard.file, shard.size)
    samples = list(held.samples[shard.first : shard.first + shard.count])
    if digest([digest(sample.record) for sample in samples]) != shard.content:
        raise InputError(
            "cache", shard.file, "has changed since the sweep began", "start the sweep again"
        )
    return samples, held.encoder


def _require_intact(packed: Packed) -> None:
    if packed.digest() != packed.record.get("sha256"):
        raise InputError(
            "sample",
            packed.id,
            "does not have the SHA-256 that was written with it",
            "see `evtp features verify`",
        )


def _runs(methods: tuple[Method, ...], task: Task) -> list[Run]:
    pruners = {method.name: _pruner(method) for method in methods}
    return [
        Run(pruners[name], seed, [cell.budget for cell in cells])
        for (name, seed), cells in groupby(task.cells, lambda cell: (cell.method, cell.seed))
    ]


@lru_cache(maxsize=256)
def _pruner(method: Method) -> Pruner:
    if method.source is None:
        return load(method.name)
    # The user's file may lie on another machine, or have changed: its content came along.
    return from_source(method.source, Path(f"<sweep>/{method.name.replace('-', '_')}.py"))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _line(error: Exception) -> str:
    text = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
