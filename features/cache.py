"""Features on disk: a folder of safetensors shards, opened as a mapping from id to sample."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from ..core.errors import InputError
from .cache_index import INDEX, Index
from .cache_schema import is_id
from .shard import Packed, Shard, damaged, read_shard
from .store import Store, open_store
from .types import Clip

_SHARD = re.compile(r"shard-(\d{5,})\.safetensors")
_PART = re.compile(r"part-(\d{5,})-(\d{6,})\.safetensors")
_OPEN_HEADERS = 16


class UnknownSampleError(InputError, KeyError):
    """No sample of this id: a mapping's `KeyError`, with a remedy."""

    __str__ = InputError.__str__


@dataclass(frozen=True, eq=False)
class Sample:
    """One image or clip of a cache: its features and where they come from.

    Args:
        id: unique in the cache.
        clip: the features; read from a cache, its arrays are views of the mapped file.
        source: path of the image of each frame, or of the one video.
        source_sha256: SHA-256 of each of these files.
        times: seconds of each frame in its video.
        image_size: (height, width) of the frames in pixels, before the encoder's resizing.
        masks: by object a mask for each frame, as `evtp.features.masks` reads them: the path of
            an image, polygons, or None.
        expressions: referring expressions, each a mapping with at least its `text`.
        encoder: of the cache: `encoder`, `model`, `block` and what else it says of itself.

    The clip is given the id, by which methods that draw at random draw.

    """

    id: str
    clip: Clip
    source: tuple[str, ...] = ()
    source_sha256: tuple[str, ...] = ()
    times: tuple[float, ...] = ()
    image_size: tuple[int, int] | None = None
    masks: Mapping[str, list[Any]] = field(default_factory=dict)
    expressions: tuple[Mapping[str, Any], ...] = ()
    encoder: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "clip", replace(self.clip, sample=self.id))

    def record(self) -> dict[str, Any]:
        """What the cache writes of it beside the tensors; empty fields are left out.

        Raises:
            InputError: where the id is empty, too long or not printable.

        """
        if not is_id(self.id):
            raise InputError(
                "id", repr(self.id), "cannot name a sample", "give a short printable string"
            )
        named = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v for k, v in named.items() if k not in ("clip", "encoder") and v}

    @classmethod
    def unpack(cls, packed: Packed, encoder: Mapping[str, Any]) -> Sample:
        """The sample as a cache holds it."""
        record = packed.record
        size = record.get("image_size")
        return cls(
            id=packed.id,
            clip=packed.clip(),
            source=tuple(record.get("source", ())),
            source_sha256=tuple(record.get("source_sha256", ())),
            times=tuple(record.get("times", ())),
            image_size=None if size is None else (int(size[0]), int(size[1])),
            masks=record.get("masks", {}),
            expressions=tuple(record.get("expressions", ())),
            encoder=encoder,
        )


class Cache(Mapping[str, Sample]):
    """A cache opened for reading; its memory does not grow with the number of samples.

    Samples come in the order they were written. What an interrupted run left is read as well.

    Args:
        store: the folder it lies in.
        indexed: whether to trust the index; without it every header is read instead, as whoever
            is about to write the index anew does.

    Raises:
        InputError: where there is no cache, or its index or the size of a file is damaged.

    """

    def __init__(self, store: Store, indexed: bool = True) -> None:
        self.store = store
        sizes = store.sizes()
        index = Index.read(store, sizes[INDEX]) if indexed and INDEX in sizes else None
        self._index = index
        listed: dict[str, dict[str, int]] = index.metadata["shards"] if index else {}
        for name in listed:
            if name not in sizes:
                raise damaged(store, name, "is missing")
        self._sizes = sizes
        # Few headers stay in memory; each is a few hundred bytes a sample of its file.
        self._shard = lru_cache(maxsize=_OPEN_HEADERS)(self._read_shard)
        self._by_id = lru_cache(maxsize=_OPEN_HEADERS)(
            lambda name: {sample.id: sample for sample in self._shard(name).samples}
        )
        self._unindexed: dict[str, str] = {}
        self._latest = ""
        names = sorted(data_files(sizes).items(), key=lambda file: file[1])
        if not names:
            raise no_cache(store, bool(sizes))
        self.encoder: Mapping[str, Any] = (
            index.metadata["encoder"]
            if index
            else read_shard(store, names[0][0], sizes[names[0][0]]).encoder
        )
        self.files = self._survey(names, listed)

    def _survey(
        self,
        names: Iterable[tuple[str, tuple[int, int]]],
        listed: Mapping[str, Mapping[str, int]],
    ) -> dict[str, dict[str, int]]:
        """Every file with its bytes, samples and frames, in the order of the samples."""
        found: dict[str, dict[str, int]] = {}
        samples_in: dict[int, int] = {}
        for name, (shard, first) in names:
            if 0 <= first < samples_in.get(shard, 0):
                continue  # a part that was gathered into its shard, and not yet deleted
            known = listed.get(name)
            if known is None or known["bytes"] != self._sizes[name]:
                held = self._shard(name).samples
                known = {
                    "bytes": self._sizes[name],
                    "samples": len(held),
                    "frames": sum(sample.record["frames"] for sample in held),
                }
                self._unindexed |= dict.fromkeys((sample.id for sample in held), name)
            found[name] = dict(known)
            samples_in[shard] = max(first, 0) + known["samples"]
        return found

    def _read_shard(self, name: str) -> Shard:
        shard = read_shard(self.store, name, self._sizes[name])
        if shard.encoder != self.encoder:
            raise damaged(self.store, name, "holds features of another encoder than the rest")
        return shard

    def packed(self) -> Iterator[Packed]:
        """Every sample with its record, its tensors not yet read."""
        for name in self.files:
            yield from self._shard(name).samples

    def find(self, sample_id: str) -> Packed | None:
        """The sample with its record, its tensors not yet read; None where there is none."""
        if not is_id(sample_id):
            return None
        # Samples are mostly asked for in the order in which they lie: a file before the index.
        if self._latest and (found := self._by_id(self._latest).get(sample_id)):
            return found
        name = self._unindexed.get(sample_id)
        if name is None and self._index is not None:
            name = self._index.file_of(sample_id)
        if name is None:
            return None
        self._latest = name
        return self._by_id(name).get(sample_id)

    def __getitem__(self, sample_id: str) -> Sample:
        packed = self.find(sample_id)
        if packed is None:
            raise UnknownSampleError(
                "sample",
                sample_id,
                f"is not among the {len(self)} of {self.store.where}",
                f"list them with `evtp features info --cache {self.store.where} --per-sample`",
            )
        return Sample.unpack(packed, self.encoder)

    def __contains__(self, sample_id: object) -> bool:
        return isinstance(sample_id, str) and self.find(sample_id) is not None

    def __iter__(self) -> Iterator[str]:
        return (packed.id for packed in self.packed())

    def __len__(self) -> int:
        return sum(file["samples"] for file in self.files.values())

    @property
    def frames(self) -> int:
        """The number of frames of all samples."""
        return sum(file["frames"] for file in self.files.values())

    @property
    def nbytes(self) -> int:
        """The bytes of all its data files."""
        return sum(file["bytes"] for file in self.files.values())


def open_cache(path: str | os.PathLike[str]) -> Cache:
    """Opens a cache of features.

    Args:
        path: a folder, or any URL that fsspec reads.

    Raises:
        InputError: where it is missing, empty, foreign, truncated or of another version.

    """
    store = open_store(path)
    return Cache(store)


def data_files(sizes: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """The data files of a folder by (shard, first sample): -1 for a shard, which has them all."""
    found = {}
    for name in sizes:
        if match := _SHARD.fullmatch(name):
            found[name] = (int(match[1]), -1)
        elif match := _PART.fullmatch(name):
            found[name] = (int(match[1]), int(match[2]))
    return found


def no_cache(store: Store, holds_files: bool) -> InputError:
    """The error for a place without a cache: foreign, empty or not there."""
    if holds_files:
        problem = "holds no cache of evtp"
    elif os.path.isdir(store.where):
        problem = "is empty"
    else:
        problem = "does not exist"
    return InputError(
        "cache", store.where, problem, "make one with `evtp features extract`, or leave it out"
    )
