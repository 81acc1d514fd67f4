"""Checks every byte of a cache, and names what is damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..core.errors import InputError
from .arrays import to_numpy
from .cache import data_files, no_cache
from .cache_index import INDEX, Index
from .shard import Packed, read_shard
from .store import Store
from .types import OPTIONAL_INPUTS


@dataclass(frozen=True)
class Damage:
    """Something wrong with a cache.

    Args:
        file: in the folder.
        sample: its id, or "" where the file as a whole is meant.
        problem: what is wrong, as a clause.

    """

    file: str
    sample: str
    problem: str


def verify(store: Store, progress: Callable[[], None] = lambda: None) -> Iterator[Damage]:
    """Every damage of a cache, one by one.

    Reads all of it: headers, shapes, the digest of every sample, finiteness, that ids are unique,
    and that the index names each sample's file and no other.

    Args:
        store: the folder.
        progress: called when a file is done.

    Raises:
        InputError: where there is no cache at all.

    """
    sizes = store.sizes()
    if not data_files(sizes) and INDEX not in sizes:
        raise no_cache(store, bool(sizes))
    index, indexed = None, {}
    if INDEX in sizes:
        try:
            index = Index.read(store, sizes[INDEX])
            indexed = index.metadata["shards"]
        except InputError as error:
            yield Damage(INDEX, "", error.problem)
    files = sorted(data_files(sizes).items(), key=lambda file: file[1])
    for name in sorted(set(indexed) - set(sizes)):
        yield Damage(name, "", "is missing")
    seen: dict[str, str] = {}
    encoder = None
    covered: dict[int, int] = {}
    for name, (shard, first) in files:
        if 0 <= first < covered.get(shard, 0):
            progress()
            continue  # left by a run that was killed while it gathered its parts
        try:
            held = read_shard(store, name, sizes[name])
        except InputError as error:
            yield Damage(name, "", error.problem)
            progress()
            continue
        covered[shard] = max(first, 0) + len(held.samples)
        encoder = encoder or held.encoder
        if held.encoder != encoder:
            yield Damage(name, "", "holds features of another encoder than the rest")
        if name in indexed and indexed[name]["samples"] != len(held.samples):
            yield Damage(INDEX, "", f"counts {indexed[name]['samples']} samples in {name}")
        for sample in held.samples:
            if sample.id in seen:
                yield Damage(name, sample.id, f"is in {seen[sample.id]} as well")
            seen[sample.id] = name
            for problem in _problems(sample):
                yield Damage(name, sample.id, problem)
            if index is not None and name in indexed and not _listed(index, sample.id, name):
                yield Damage(INDEX, sample.id, f"is not listed under {name}")
        progress()
    if (
        index is not None
        and index.metadata["samples"] != len(seen)
        and set(indexed) >= set(dict(files))
    ):
        yield Damage(INDEX, "", f"counts {index.metadata['samples']} samples of {len(seen)}")


def _listed(index: Index, sample_id: str, file: str) -> bool:
    try:
        return index.file_of(sample_id) == file
    except InputError:
        return False


def _problems(sample: Packed) -> Iterator[str]:
    if sample.digest() != sample.record.get("sha256"):
        yield "its bytes are not those that were written"
    clip = sample.clip()
    for name in ("features", *OPTIONAL_INPUTS):
        array = getattr(clip, name)
        if array is not None and not np.isfinite(to_numpy(array)).all():
            yield f"its {name} hold NaN or infinite values"
