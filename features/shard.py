"""One file of a cache: safetensors whose header also says whose tensors these are."""

from __future__ import annotations

import hashlib
import json
import math
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from ..core.errors import InputError, unknown
from .arrays import Array, to_numpy
from .cache_schema import is_count, is_encoder, is_record
from .store import Store
from .types import OPTIONAL_INPUTS, Clip

FORMAT = "evtp-features"
VERSION = 1
_METADATA = "__metadata__"
_LARGEST_HEADER = 100_000_000  # the limit of the safetensors format

DTYPES = {"float16": "F16", "bfloat16": "BF16", "float32": "F32"}
"""Types on disk, by the names users know; attention is float32 always, as it is small."""

_ITEMSIZE = {"F16": 2, "BF16": 2, "F32": 4}
_REMEDY = "delete the file and run the extraction again: it makes only what is missing"

Buffer = Callable[[], bytes | memoryview]


@dataclass(frozen=True)
class Tensor:
    """A tensor in a file: its safetensors dtype, its shape and its bytes."""

    dtype: str
    shape: tuple[int, ...]
    buffer: Buffer

    @property
    def nbytes(self) -> int:
        """Its size on disk."""
        return math.prod(self.shape) * _ITEMSIZE[self.dtype]

    def array(self) -> Array:
        """The tensor without a copy: a read-only NumPy array, or a torch tensor for bfloat16."""
        if self.dtype == "BF16":
            import torch

            with warnings.catch_warnings():
                # The mapped file is read-only, which torch cannot express.
                warnings.filterwarnings("ignore", message=".*not writable")
                flat = torch.frombuffer(self.buffer(), dtype=torch.bfloat16)
            return flat.reshape(self.shape)
        dtype = "<f2" if self.dtype == "F16" else "<f4"
        return np.frombuffer(self.buffer(), dtype=dtype).reshape(self.shape)


@dataclass(frozen=True)
class Packed:
    """A sample as it lies in a file: its JSON record and its tensors by input."""

    record: Mapping[str, Any]
    tensors: Mapping[str, Tensor]

    @property
    def id(self) -> str:
        """The sample's id."""
        return str(self.record["id"])

    @property
    def nbytes(self) -> int:
        """The bytes of its tensors."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def digest(self) -> str:
        """SHA-256 of the tensors' bytes, in the order of the inputs."""
        digest = hashlib.sha256()
        for tensor in self.tensors.values():
            digest.update(tensor.buffer())
        return digest.hexdigest()

    def clip(self) -> Clip:
        """The clip whose arrays are views of the file."""
        rows, columns = self.record["grid"]
        arrays = {name: tensor.array() for name, tensor in self.tensors.items()}
        return Clip(grid=(rows, columns), **arrays)


@dataclass(frozen=True)
class Shard:
    """What a file of the cache holds: the encoder of its samples, and the samples in order."""

    encoder: Mapping[str, Any]
    samples: Sequence[Packed]


def pack(record: Mapping[str, Any], clip: Clip, dtype: str) -> Packed:
    """The sample as it will lie in a file, its digest in the record.

    Raises:
        InputError: for an unknown dtype, and where values are not finite or become so.

    """
    if dtype not in DTYPES:
        raise unknown("dtype", dtype, DTYPES)
    tensors = {}
    for name in ("features", *OPTIONAL_INPUTS):
        array = getattr(clip, name)
        if array is not None:
            narrow = dtype if name in ("features", "keys") else "float32"
            tensors[name] = _tensor(array, narrow, f"{name} of {record['id']}")
    full = {**record, "grid": list(clip.shape), "frames": len(clip)}
    full["sha256"] = Packed(full, tensors).digest()
    return Packed(full, tensors)


def _tensor(array: Array, dtype: str, what: str) -> Tensor:
    values = to_numpy(array)
    if not np.isfinite(values).all():
        raise InputError(
            what, "", "holds NaN or infinite values", "encode it anew, in float32 if need be"
        )
    if dtype == "bfloat16":
        import torch

        narrow = torch.tensor(values).to(torch.bfloat16).view(torch.int16).numpy()
    else:
        with np.errstate(over="ignore"):
            narrow = values.astype("<f2" if dtype == "float16" else "<f4")
        if not np.isfinite(narrow).all():
            raise InputError(
                "dtype",
                dtype,
                f"cannot hold the {what}, up to {np.abs(values).max():.3g}",
                "use bfloat16 or float32",
            )
    data = narrow.reshape(-1).view(np.uint8).data
    return Tensor(DTYPES[dtype], tuple(values.shape), lambda: data)


def write_shard(file: BinaryIO, encoder: Mapping[str, Any], samples: Sequence[Packed]) -> None:
    """Writes the samples as one safetensors file, a tensor at a time.

    The library's own writer wants all tensors in memory; this one holds one of them. The same
    samples always give the same bytes.
    """
    named = [
        (f"{sample.id}/{name}", tensor)
        for sample in samples
        for name, tensor in sample.tensors.items()
    ]
    # Wide types first, so that every tensor is aligned to its own item.
    named.sort(key=lambda item: -_ITEMSIZE[item[1].dtype])
    described = {
        "format": FORMAT,
        "version": VERSION,
        "encoder": dict(encoder),
        "samples": [dict(sample.record) for sample in samples],
    }
    header: dict[str, Any] = {_METADATA: {FORMAT: _json(described)}}
    offset = 0
    for name, tensor in named:
        end = offset + tensor.nbytes
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = _json(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for _, tensor in named:
        file.write(tensor.buffer())


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def read_shard(store: Store, name: str, size: int) -> Shard:
    """Reads the header of a file, and none of its tensors.

    Args:
        store: the folder.
        name: the file in it.
        size: the file's bytes.

    Raises:
        InputError: where the file is truncated, no safetensors, not ours or of another version.

    """
    try:
        length = int.from_bytes(store.read(name, 0, min(8, size)), "little")
        if size < 8 or length > min(_LARGEST_HEADER, size - 8):
            raise ValueError("the header is cut short")
        header = json.loads(bytes(store.read(name, 8, 8 + length)))
        described = header.pop(_METADATA, {}).get(FORMAT)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = "is truncated" if "cut short" in str(error) else "is no safetensors file"
        raise damaged(store, name, reason) from None
    if described is None:
        raise damaged(store, name, "was not written by evtp", "name a cache that evtp wrote")
    try:
        meta = json.loads(described)
        if meta["version"] != VERSION:
            raise damaged(
                store,
                name,
                f"is of cache version {meta['version']}, this evtp reads version {VERSION}",
                "extract the features again, or use the evtp that wrote them",
            )
        if not (is_encoder(meta["encoder"]) and isinstance(meta["samples"], list)):
            raise ValueError("encoder or samples")
        if not meta["samples"]:
            raise damaged(store, name, "holds no sample")
        tensors = _tensors(store, name, header, 8 + length, size)
        return Shard(meta["encoder"], list(_samples(meta["samples"], tensors)))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise damaged(store, name, "has a damaged header") from None


def _tensors(
    store: Store, name: str, header: Mapping[str, Any], data: int, size: int
) -> dict[str, Tensor]:
    tensors, expected = {}, 0
    for key, entry in header.items():
        start, end = entry["data_offsets"]
        if not all(map(is_count, (start, end, *entry["shape"]))):
            raise ValueError(key)
        buffer = _range(store, name, data + start, data + end)
        tensor = Tensor(entry["dtype"], tuple(entry["shape"]), buffer)
        if start != expected or end - start != tensor.nbytes:
            raise ValueError(key)
        tensors[key], expected = tensor, end
    if data + expected != size:
        torn = "is truncated" if size < data + expected else "has bytes past its end"
        raise damaged(store, name, torn)
    return tensors


def _range(store: Store, name: str, start: int, end: int) -> Buffer:
    return lambda: store.read(name, start, end)


def _samples(
    records: Iterable[Mapping[str, Any]], tensors: Mapping[str, Tensor]
) -> Iterable[Packed]:
    for record in records:
        if not is_record(record):
            raise ValueError("samples")
        named = {name: f"{record['id']}/{name}" for name in ("features", *OPTIONAL_INPUTS)}
        found = {name: tensors[key] for name, key in named.items() if key in tensors}
        if "features" not in found:
            raise KeyError(record["id"])
        packed = Packed(record, found)
        if not _agrees(packed):
            raise ValueError(record["id"])
        yield packed


def _agrees(packed: Packed) -> bool:
    """Whether the tensors have the shapes that the record tells."""
    rows, columns = packed.record["grid"]
    leading = (packed.record["frames"], rows * columns)
    return all(
        tensor.shape[:2] == leading
        and 0 not in tensor.shape
        and len(tensor.shape) == (3 if name in ("features", "keys") else 2)
        for name, tensor in packed.tensors.items()
    )


def damaged(store: Store, name: str, problem: str, remedy: str = _REMEDY) -> InputError:
    """The error for a file of the cache that cannot be used."""
    return InputError("cache", f"{store.where}/{name}", problem, remedy)
