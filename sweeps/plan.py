"""What a sweep still has to do: the cache cut into shards, less the parts that are there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from ..core.budget import Keep
from ..features.cache import Cache
from ..features.shard import read_shard
from ..pruners.method import Pruner
from .digests import digest, has_a_name, method_digest, source_of
from .evaluate import runs_of
from .parts import covered_by, parts_by_shard
from .work import Cell, Job, Method, Shard, Task


class Cut(NamedTuple):
    """A cache cut into shards.

    Args:
        shards: in the order of the samples.
        identity: digest of the encoder and of every sample.
        fewest_tokens: of any frame.

    """

    shards: list[Shard]
    identity: str
    fewest_tokens: int


def cut(cache: Cache, shard_frames: int, seen: Callable[[int], None]) -> Cut:
    """The cache in shards of at most `shard_frames` frames, or one sample if that has more.

    Reads the headers of all files, and no features.

    Args:
        cache: the features.
        shard_frames: the bound.
        seen: told the frames of each shard.

    """
    shards: list[Shard] = []
    identity = sha256(digest(dict(cache.encoder)).encode())
    fewest = 0
    for name, file in cache.files.items():
        # Shards end with their file, so how samples lie in files is part of the identity.
        identity.update(name.encode())
        first, frames = 0, 0
        group: list[str] = []
        held = read_shard(cache.store, name, file["bytes"]).samples
        for sample in [*held, None]:
            size = 0 if sample is None else int(sample.record["frames"])
            if group and (sample is None or frames + size > shard_frames):
                content = digest(group)
                shards.append(
                    Shard(len(shards), name, file["bytes"], first, len(group), frames, content)
                )
                seen(frames)
                first, group, frames = first + len(group), [], 0
            if sample is not None:
                group.append(digest(sample.record))
                identity.update(group[-1].encode())
                frames += size
                tokens = sample.record["grid"][0] * sample.record["grid"][1]
                fewest = min(fewest or tokens, tokens)
    return Cut(shards, identity.hexdigest()[:16], fewest)


def methods_of(pruners: Sequence[Pruner]) -> tuple[Method, ...]:
    """The pruners as they travel to a worker."""
    return tuple(
        Method(
            pruner.name,
            method_digest(pruner),
            None if has_a_name(pruner) else source_of(pruner),
        )
        for pruner in pruners
    )


def cells_of(pruners: Sequence[Pruner], keeps: Sequence[Keep], seeds: int) -> tuple[Cell, ...]:
    """Every method, seed and budget, in one order however they were asked for."""
    return tuple(
        sorted(
            Cell(run.pruner.name, run.seed, repr(keep))
            for run in runs_of(pruners, keeps, seeds)
            for keep in keeps
        )
    )


def missing(job: Job, shards: Sequence[Shard], cells: tuple[Cell, ...]) -> Iterator[Task]:
    """The tasks that are left, each shard's in one where all of it lacks the same."""
    there = parts_by_shard(job.output)
    counts: dict[int, tuple[int, ...]] = {}
    for shard in shards:
        # One object for all shards of a size, of which there may be a hundred thousand.
        everything = counts.setdefault(shard.count, tuple(range(shard.count)))
        whole = Task.of(job, shard, everything, cells)
        names = there.get(shard.number, ())
        if not names:
            yield whole
        elif whole.name not in names:
            covered = set().union(*(covered_by(job.output, name) for name in names))
            groups: dict[tuple[Cell, ...], list[int]] = defaultdict(list)
            for position in everything:
                groups[tuple(c for c in cells if (position, c) not in covered)].append(position)
            for lacking, positions in groups.items():
                if lacking:
                    yield Task.of(job, shard, tuple(positions), lacking)
