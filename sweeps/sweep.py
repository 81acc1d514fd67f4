"""A sweep: everything asked of every frame, in a folder of records that only ever grows."""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from math import ceil
from typing import IO

from ..core.budget import Keep, tokens_kept
from ..core.errors import InputError
from ..features.cache import Cache
from ..features.store import Store, open_store
from ..pruners.method import Pruner
from .digests import code_digest, installed
from .engines import ENGINES
from .manifest import NAME as MANIFEST
from .manifest import refuse_foreign, take_up
from .parts import records_store
from .plan import cells_of, cut, methods_of, missing
from .schema import FORMAT, VERSION, statistics
from .work import Done, Failure, Job, Task

SHARD_FRAMES = 64
"""Frames of a shard at most: a minute of work or less, which is what a fault costs."""

_SHARDS = 64

FAILURES = "failures.csv"


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Args:
        pruners: the methods.
        keeps: ratios or counts.
        seeds: how many seeds a method that draws at random is run with.
        indices: whether records hold the kept indices.
        shard_frames: frames of a shard at most. Left out, it is 64, and in a small cache so few
            that there are 64 shards, one for every core that may be there.

    """

    pruners: Sequence[Pruner]
    keeps: Sequence[Keep]
    seeds: int = 1
    indices: bool = False
    shard_frames: int | None = None

    def check(self, cache: Cache, fewest_tokens: int) -> None:
        """Refuses what could not be done for a single frame.

        Raises:
            InputError: where the cache lacks an input of a method, or a count is too large.

        """
        for pruner in self.pruners:
            for need in pruner.needs:
                if need not in cache.encoder.get("inputs", pruner.needs):
                    raise InputError(
                        "method",
                        pruner.name,
                        f"needs {need}, which the cache lacks",
                        "leave the method out, or extract the features anew",
                    )
        for keep in self.keeps:
            tokens_kept(keep, fewest_tokens)


@dataclass(frozen=True)
class Plan:
    """A sweep about to be carried out.

    Args:
        job: what its tasks share.
        tasks: those that are left.
        frames: of the cache.
        shards: of the cache.

    """

    job: Job
    tasks: Sequence[Task]
    frames: int
    shards: int

    @property
    def frames_left(self) -> int:
        """The frames that the tasks look at."""
        return sum(task.frames for task in self.tasks)


def _nothing(_: int) -> None:
    pass


@contextlib.contextmanager
def planned(
    cache: Cache,
    request: Request,
    output: str | os.PathLike[str],
    seen: Callable[[int], None] = _nothing,
) -> Iterator[Plan]:
    """The plan of a sweep, whose folder no other run can write to for the length of the block.

    Args:
        cache: the features.
        request: what is asked of every frame.
        output: the folder or URL of the run, a new one or one to be continued.
        seen: told the frames of each shard of the cache as its headers are read.

    Raises:
        InputError: where the request cannot be met, or the folder holds a run that does not
            agree with it.

    """
    if "::" in os.fspath(output):
        raise InputError("output", output, "holds ::, which chains file systems", "rename it")
    store = _opened(_everywhere(os.fspath(output)))
    refuse_foreign(store)
    # A function of the cache alone, so that every engine and machine cuts it alike.
    shard_frames = request.shard_frames or min(SHARD_FRAMES, ceil(cache.frames / _SHARDS))
    shards, identity, fewest = cut(cache, shard_frames, seen)
    request.check(cache, fewest)
    methods = methods_of(request.pruners)
    wanted = {
        "format": FORMAT,
        "schema": VERSION,
        "code": code_digest(),
        "cache": {
            "where": cache.store.where,
            "digest": identity,
            "encoder": dict(cache.encoder),
            "samples": len(cache),
            "frames": cache.frames,
        },
        "shard_frames": shard_frames,
        "indices": request.indices,
        "statistics": list(statistics()),
        "methods": {method.name: method.code for method in methods},
        "requests": [
            {
                "methods": [method.name for method in methods],
                "keep": list(request.keeps),
                "seeds": request.seeds,
                "versions": installed(),
            }
        ],
    }
    with _locked(store):
        fresh = MANIFEST not in store.sizes()
        take_up(store, wanted)
        job = Job(
            _everywhere(cache.store.where),
            store.where,
            code_digest(),
            identity,
            methods,
            request.indices,
        )
        cells = cells_of(request.pruners, request.keeps, request.seeds)
        try:
            yield Plan(job, list(missing(job, shards, cells)), cache.frames, len(shards))
        except InputError:
            # An engine that cannot be had leaves no run that others would have to agree with.
            if fresh and not records_store(store.where).sizes():
                store.remove(MANIFEST)
            raise


def carry_out(
    plan: Plan, engine: str = "local", workers: int | None = None, address: str | None = None
) -> Iterator[Done]:
    """Carries out a plan; closing it stops the workers and leaves a run that can be continued.

    What failed is listed in ``failures.csv`` of the run, which is gone where nothing did.

    Args:
        plan: of `planned`, within its block.
        engine: a name of `ENGINES`.
        workers: processes, or cores of a Ray cluster that is started; all of them by default.
        address: a Ray cluster to join.

    Yields:
        What each task gave, in any order.

    Raises:
        InputError: where the engine cannot be had, or the run cannot be written.
        CheckFailed: where workers die.

    """
    with _failures(open_store(plan.job.output)) as note:
        execute = ENGINES.load(engine)
        with contextlib.closing(
            execute(plan.job, iter(plan.tasks), workers=workers, address=address)
        ) as found:
            for done in found:
                for failure in done.failures:
                    note(failure)
                yield done


@contextlib.contextmanager
def _failures(store: Store) -> Iterator[Callable[[Failure], None]]:
    """A list of failures on the disk, which takes its place when the block is left, however."""
    store.remove(FAILURES)
    with tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(Failure._fields)
        try:
            yield rows.writerow
        finally:
            _copy(file, store)


def _copy(file: IO[str], store: Store) -> None:
    file.seek(0)
    if sum(1 for _, _ in zip(file, range(2), strict=False)) < 2:
        return
    file.seek(0)
    with store.create(FAILURES) as binary:
        text = TextIOWrapper(binary, encoding="utf-8", newline="")
        text.writelines(file)
        text.detach()


def _opened(where: str) -> Store:
    try:
        store = open_store(where)
        store.sizes()  # which a file has none of
        return store
    except InputError as error:
        raise error.but(name="output") from None


@contextlib.contextmanager
def _locked(store: Store) -> Iterator[None]:
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(store.lock())
        except InputError as error:
            raise error.but(name="output") from None
        yield


def _everywhere(where: str) -> str:
    """A path that means the same to a worker, whatever folder it starts in."""
    return where if "://" in where else os.path.abspath(where)
