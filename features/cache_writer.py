"""Writes a cache so that a run can be killed at any moment and continued to the same bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any

from ..core.errors import InputError, unknown
from .cache import Cache, Sample, data_files
from .cache_index import INDEX, write_index
from .shard import DTYPES, Packed, pack, read_shard, write_shard
from .store import LOCK, TEMPORARY, open_store
from .types import OPTIONAL_INPUTS

SHARD_BYTES = 1 << 28


class CacheWriter:
    """Appends samples to a cache, a new one or one that an earlier run began.

    Samples that are added together appear together, in a file of their own (a part). When the
    parts of a shard reach its bound, they are gathered into it; that depends on the order and the
    sizes of the samples alone, so that an interrupted run ends in the same bytes as one that was
    not. Leaving the block without an error gathers the last parts and writes the index; leaving
    it with one keeps the parts, which readers and the next run understand.

    Args:
        path: a folder, or any URL that fsspec writes; made where it does not exist.
        encoder: what the features come from; `encoder`, `model` and `block` at least.
        dtype: float16, bfloat16 or float32, for features and keys. Attention is float32.
        shard_bytes: the bound of a shard, passed only by a single larger sample.

    Raises:
        InputError: where another run writes to it, where it is no cache, or where it holds
            features of another encoder or dtype.

    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        encoder: Mapping[str, Any],
        dtype: str = "float16",
        shard_bytes: int = SHARD_BYTES,
    ) -> None:
        if dtype not in DTYPES:
            raise unknown("dtype", dtype, DTYPES)
        self._store = open_store(path)
        self._encoder = {**encoder, "dtype": dtype}
        self._dtype = dtype
        self._bound = shard_bytes
        self._exit = ExitStack()
        self._where: dict[str, str] = {}
        self._files: dict[str, dict[str, int]] = {}
        self._earlier: Cache | None = None
        # The shard being filled: its number, and what the files in progress hold of it.
        self._shard = 0
        self._samples = 0
        self._bytes = 0
        self._parts: list[str] = []

    def __enter__(self) -> CacheWriter:
        self._exit.enter_context(self._store.lock())
        try:
            self._take_up()
        except BaseException:
            self._exit.close()
            raise
        return self

    def _take_up(self) -> None:
        sizes = self._store.sizes()
        files = data_files(sizes)
        others = {n for n in sizes if n not in files and n not in (LOCK, INDEX)}
        leftovers = {n for n in others if n.startswith(TEMPORARY)}
        if not files:
            if others - leftovers:
                raise InputError(
                    "output",
                    self._store.where,
                    f"holds other files, such as {min(others - leftovers)}",
                    "name a new or an empty folder",
                )
            for name in (*leftovers, *({INDEX} & set(sizes))):
                self._store.remove(name)
            return
        self._earlier = cache = Cache(self._store, indexed=False)
        self._check_encoder(cache.encoder)
        for name in cache.files:
            shard, first = files[name]
            if shard != self._shard:
                self._shard, self._samples, self._bytes = shard, 0, 0
            for sample in read_shard(self._store, name, sizes[name]).samples:
                self._count(sample, name)
            if first >= 0:
                self._parts.append(name)
        self._files = {name: held for name, held in cache.files.items() if files[name][1] < 0}
        for name in leftovers | (set(files) - set(cache.files)):
            self._store.remove(name)

    def _check_encoder(self, found: Mapping[str, Any]) -> None:
        wanted = self._encoder if "inputs" in self._encoder else {**self._encoder, "inputs": None}
        weights = found.get("weights_sha256")
        same = weights is not None and weights == wanted.get("weights_sha256")
        for key in sorted({*found, *wanted}):
            if key == "inputs" and wanted[key] is None:
                continue
            if key == "model" and same:
                continue  # by another path, which is no other model
            if found.get(key) != wanted.get(key):
                raise InputError(
                    "output",
                    self._store.where,
                    f"holds features of {key} {found.get(key)!r}, not {wanted.get(key)!r}",
                    "continue with the same settings, or name another folder",
                )
        self._encoder = dict(found)

    def _count(self, sample: Packed, name: str) -> None:
        self._where[sample.id] = name
        self._samples += 1
        self._bytes += sample.nbytes

    def __contains__(self, sample_id: object) -> bool:
        return sample_id in self._where

    def __len__(self) -> int:
        return len(self._where)

    @property
    def place(self) -> str:
        """The folder as the user named it."""
        return self._store.where

    def earlier(self, sample_id: str) -> Mapping[str, Any] | None:
        """What an earlier run wrote of a sample beside its tensors; None where it wrote none.

        To be asked before anything is added, which may gather the files that are read here.
        """
        packed = None if self._earlier is None else self._earlier.find(sample_id)
        return None if packed is None else packed.record

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def add(self, *samples: Sample) -> None:
        """Appends the samples: when this returns they are on the disk, all of them or none.

        Raises:
            InputError: for an id that is there already, for values that are not finite or that
                the dtype cannot hold, for inputs other than the first sample's, and where the
                disk is full.

        """
        if not samples:
            return
        group = [pack(sample.record(), sample.clip, self._dtype) for sample in samples]
        self._check(group)
        size = sum(sample.nbytes for sample in group)
        if self._samples and self._bytes + size > self._bound:
            self._gather()
            self._shard, self._samples, self._bytes = self._shard + 1, 0, 0
        name = f"part-{self._shard:05d}-{self._samples:06d}.safetensors"
        with self._store.create(name) as file:
            write_shard(file, self._encoder, group)
        self._parts.append(name)
        for sample in group:
            self._count(sample, name)

    def _check(self, group: list[Packed]) -> None:
        ids = [sample.id for sample in group]
        for sample_id in ids:
            if sample_id in self._where or ids.count(sample_id) > 1:
                raise InputError(
                    "id", sample_id, "names two samples", "give every sample an id of its own"
                )
        for sample in group:
            inputs = [name for name in ("features", *OPTIONAL_INPUTS) if name in sample.tensors]
            if self._encoder.setdefault("inputs", inputs) != inputs:
                raise InputError(
                    "input",
                    sample.id,
                    f"has {', '.join(inputs)}; the cache {', '.join(self._encoder['inputs'])}",
                    "give every sample of a cache the same inputs",
                )

    def _gather(self) -> None:
        """Makes one shard of the parts, behind what the shard held before."""
        if not self._parts:
            return
        name = f"shard-{self._shard:05d}.safetensors"
        sizes = self._store.sizes()
        samples = [
            sample
            for file in (name, *self._parts)
            if file in sizes
            for sample in read_shard(self._store, file, sizes[file]).samples
        ]
        with self._store.create(name) as file:
            write_shard(file, self._encoder, samples)
        # A kill between these lines leaves parts that the shard covers: readers pass them over.
        for part in self._parts:
            self._store.remove(part)
        self._parts = []
        self._where |= dict.fromkeys((sample.id for sample in samples), name)
        self._files[name] = {
            "bytes": self._store.sizes()[name],
            "samples": len(samples),
            "frames": sum(sample.record["frames"] for sample in samples),
        }

    def close(self) -> None:
        """Gathers the last parts and writes the index; the cache is complete."""
        self._gather()
        if self._where:
            write_index(self._store, self._encoder, self._files, self._where)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.close()
        finally:
            self._exit.close()
