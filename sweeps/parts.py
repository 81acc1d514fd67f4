"""The parts of a run: Parquet files, each of which says what it covers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..core.errors import InputError
from ..features.store import TEMPORARY, Store, open_store
from .schema import FORMAT, TIMINGS, VERSION, records_schema
from .work import Cell, Job, Task

_KEY = FORMAT.encode()


def records_store(output: str) -> Store:
    """Where the records of a run lie."""
    return open_store(f"{output}/records")


def timings_store(output: str) -> Store:
    """Where the timings of a run lie."""
    return open_store(f"{output}/timings")


def write_part(
    job: Job,
    task: Task,
    records: Iterable[Mapping[str, Any]],
    timings: Iterable[Mapping[str, Any]],
    failed: Iterable[tuple[int, str]],
) -> None:
    """Writes the part of a task; when its records appear, everything else of it is there.

    Args:
        job: of the sweep.
        task: what the part answers.
        records: rows of `records_schema`.
        timings: rows of `TIMINGS`.
        failed: by position and method what it lacks.

    """
    lacking = sorted(failed)
    name = task.partial_name if lacking else task.name
    described = {
        "format": FORMAT,
        "schema": VERSION,
        "code": job.code,
        "cache": job.identity,
        "file": task.shard.file,
        "first": task.shard.first,
        "positions": task.positions,
        "cells": task.cells,
        "failed": lacking,
    }
    _write(timings_store(job.output), name, pa.Table.from_pylist(list(timings), TIMINGS))
    schema = records_schema().with_metadata({_KEY: json.dumps(described).encode()})
    _write(records_store(job.output), name, pa.Table.from_pylist(list(records), schema))


def _write(store: Store, name: str, table: pa.Table) -> None:
    with store.create(name) as file:
        pq.write_table(table, file, compression="zstd", write_page_checksum=True)


def covered_by(output: str, name: str) -> set[tuple[int, Cell]]:
    """The positions and cells that a part has records of.

    Raises:
        InputError: where the file is no part.

    """
    import fsspec

    try:
        with fsspec.open(f"{output}/records/{name}") as file:
            described = json.loads(pq.read_metadata(file).metadata[_KEY])
        cells = [Cell(*cell) for cell in described["cells"]]
        failed = {(position, method) for position, method in described["failed"]}
        return {
            (position, cell)
            for position in described["positions"]
            for cell in cells
            if (position, cell.method) not in failed
        }
    except (pa.ArrowException, ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(output, name) from None


def answered(output: str) -> set[str]:
    """The methods that a run has records of.

    Raises:
        InputError: where a file of the run is no part.

    """
    parts = [name for names in parts_by_shard(output).values() for name in names]
    return {cell.method for name in parts for _, cell in covered_by(output, name)}


def _damaged(output: str, name: str) -> InputError:
    return InputError(
        "output",
        f"{output}/records/{name}",
        "is no part of a sweep",
        "delete it and run the same command again: it is computed anew",
    )


def parts_by_shard(output: str) -> dict[int, list[str]]:
    """The names of all parts, by the number of their shard; what a killed run left is removed.

    Raises:
        InputError: for a file whose name is that of no part.

    """
    found: dict[int, list[str]] = {}
    store = records_store(output)
    for name in store.sizes():
        if name.startswith(TEMPORARY):
            store.remove(name)
        elif name.endswith(".parquet"):
            number = name.partition("-")[0]
            if not number.isdecimal():
                raise _damaged(output, name)
            found.setdefault(int(number), []).append(name)
    timings = timings_store(output)
    for name in timings.sizes():
        if name.startswith(TEMPORARY):
            timings.remove(name)
    return found
