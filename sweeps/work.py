"""What is to be done, as it travels to a worker, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from ..core.budget import Keep
from .digests import digest


class Cell(NamedTuple):
    """One thing to know of every frame: a method under a seed and a budget.

    The budget is kept as text, since as numbers a count of 1 and a ratio of 1.0 are equal.
    """

    method: str
    seed: int
    keep: str

    @property
    def budget(self) -> Keep:
        """The keep as a number: a count, or a ratio."""
        return int(self.keep) if self.keep.isdecimal() else float(self.keep)


class Method(NamedTuple):
    """A pruner by name, or by its source where it is a user's own file.

    Args:
        name: as the records spell it.
        code: the digest of its source.
        source: the text of the user's file; None for a method that has a name everywhere.

    """

    name: str
    code: str
    source: str | None


@dataclass(frozen=True)
class Job:
    """What all tasks of a sweep share.

    Args:
        cache: the folder or URL of the features.
        output: the folder or URL of the run.
        code: digest of the code that evaluates, which a worker must run as well.
        identity: digest of the cache.
        methods: those that the cells name.
        indices: whether records hold the kept indices.

    """

    cache: str
    output: str
    code: str
    identity: str
    methods: tuple[Method, ...]
    indices: bool


@dataclass(frozen=True)
class Shard:
    """Samples that lie side by side in one file of the cache: what one task reads.

    Args:
        number: its place in the sweep.
        file: the file of the cache.
        size: the file's bytes.
        first: position in the file of its first sample.
        count: its samples.
        frames: the frames of them all.
        content: digest of what the cache says of them, their SHA-256 included.

    """

    number: int
    file: str
    size: int
    first: int
    count: int
    frames: int
    content: str


@dataclass(frozen=True)
class Task:
    """Cells to be computed for samples of a shard; its records become one part.

    Args:
        shard: the samples.
        positions: which of them, counted from 0 within the shard.
        cells: sorted.
        key: digest of everything that the records depend on.

    """

    shard: Shard
    positions: tuple[int, ...]
    cells: tuple[Cell, ...]
    key: str

    @classmethod
    def of(
        cls, job: Job, shard: Shard, positions: tuple[int, ...], cells: tuple[Cell, ...]
    ) -> Task:
        """The task with its key."""
        codes = {method.name: method.code for method in job.methods}
        used = {cell.method: codes[cell.method] for cell in cells}
        about = [job.code, job.identity, job.indices, shard.content, positions, cells, used]
        return cls(shard, positions, cells, digest(about))

    @cached_property
    def name(self) -> str:
        """The file of its part. A part that lacks failed samples has another: `partial_name`."""
        return f"{self.shard.number:07d}-{self.key}.parquet"

    @property
    def partial_name(self) -> str:
        """The file of its part where samples failed."""
        return f"{self.shard.number:07d}-{self.key}-partial.parquet"

    @property
    def frames(self) -> int:
        """The frames it looks at; an estimate where it is not the whole shard."""
        return round(self.shard.frames * len(self.positions) / self.shard.count)


class Failure(NamedTuple):
    """A sample without records, and why.

    Args:
        file: the file of the cache.
        sample: its id; empty where the whole file could not be read.
        method: the method that failed on it; empty where all did.
        problem: one line.

    """

    file: str
    sample: str
    method: str
    problem: str


class Done(NamedTuple):
    """A task that ended.

    Args:
        task: which.
        records: how many its part holds.
        failures: the samples without.
        seconds: what it took.
        select_seconds: how much of it the pruners took.

    """

    task: Task
    records: int
    failures: tuple[Failure, ...]
    seconds: float
    select_seconds: float
