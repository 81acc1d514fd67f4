"""The index of a cache: which file holds a sample, found without reading the whole index.

``index.json`` is in the Hugging Face layout: `metadata`, and a `weight_map` from the name of every
tensor to its file. Its lines are sorted by sample, so that a look-up bisects the file and its cost
in memory does not grow with the cache.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .cache_schema import is_count, is_encoder, is_listing
from .shard import FORMAT, VERSION, damaged
from .store import Store

INDEX = "index.json"

_MAP = b'"weight_map": {\n'
_WINDOW = 1 << 13

_REMEDY = f"delete {INDEX} and run the extraction again: it is rebuilt from the shards"


def key_of(sample_id: str) -> bytes:
    """The id as the index spells it, by which its lines are sorted."""
    return json.dumps(sample_id, ensure_ascii=True)[1:-1].encode()


def write_index(
    store: Store,
    encoder: Mapping[str, Any],
    shards: Mapping[str, Mapping[str, int]],
    where: Mapping[str, str],
) -> None:
    """Writes ``index.json``.

    Args:
        store: the folder.
        encoder: what the features come from, with the `inputs` that every sample has.
        shards: by file its `bytes`, `samples`, `frames`.
        where: by sample id the file it lies in.

    """
    totals = {k: sum(shard[k] for shard in shards.values()) for k in ("bytes", "samples", "frames")}
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "total_size": totals.pop("bytes"),
        **totals,
        "encoder": dict(encoder),
        "shards": {name: dict(shard) for name, shard in shards.items()},
    }
    with store.create(INDEX) as file:
        file.write(b'{\n  "metadata": ' + json.dumps(metadata).encode() + b",\n  " + _MAP)
        separator = b""
        for key, name in sorted((key_of(sample_id), name) for sample_id, name in where.items()):
            for tensor in sorted(encoder["inputs"]):
                file.write(
                    b'%s    "%s/%s": "%s"' % (separator, key, tensor.encode(), name.encode())
                )
                separator = b",\n"
        file.write(b"\n  }\n}\n")


@dataclass(frozen=True)
class Index:
    """An index on disk, of which only the metadata is in memory."""

    metadata: Mapping[str, Any]
    _store: Store
    _start: int
    _end: int

    @classmethod
    def read(cls, store: Store, size: int) -> Index:
        """The index of the folder.

        Args:
            store: the folder.
            size: the bytes of its ``index.json``.

        Raises:
            InputError: where it is truncated, not ours or of another version.

        """
        head, length = b"", 1 << 16
        while _MAP not in head and len(head) < size:
            head = bytes(store.read(INDEX, 0, min(length, size)))
            length *= 4
        text, found, _ = head.partition(_MAP)
        tail = bytes(store.read(INDEX, max(0, size - 8), size))
        try:
            metadata = json.loads(text.decode().rstrip().rstrip(",") + "}")["metadata"]
            ours, version = metadata["format"] == FORMAT, metadata["version"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            ours, version = False, None
        if not ours:
            raise damaged(store, INDEX, "is truncated or was not written by evtp", _REMEDY)
        if version != VERSION:
            raise damaged(
                store,
                INDEX,
                f"is of cache version {version}, this evtp reads version {VERSION}",
                "extract the features again, or use the evtp that wrote them",
            )
        if not found or not tail.endswith(b"\n  }\n}\n"):
            raise damaged(store, INDEX, "is truncated", _REMEDY)
        if not (
            is_encoder(metadata.get("encoder"))
            and is_listing(metadata.get("shards"))
            and is_count(metadata.get("samples"))
        ):
            raise damaged(store, INDEX, "has damaged metadata", _REMEDY)
        return cls(metadata, store, len(text) + len(_MAP), size - len(b"  }\n}\n"))

    def file_of(self, sample_id: str) -> str | None:
        """The file that holds the sample, or None; reads about log2 of the index's lines.

        Raises:
            InputError: where a line is damaged, or names a file that is none of the cache's.

        """
        try:
            file = self._bisect(sample_id)
        except ValueError:
            raise damaged(self._store, INDEX, "has a damaged line", _REMEDY) from None
        if file is not None and file not in self.metadata["shards"]:
            raise damaged(self._store, INDEX, f"names the unknown file {file}", _REMEDY)
        return file

    def _bisect(self, sample_id: str) -> str | None:
        key = key_of(sample_id)
        low, high = self._start, self._end
        while high - low > _WINDOW:
            # A line is shorter than half a window, so one that starts past the middle fits.
            middle = (low + high) // 2
            window = bytes(self._store.read(INDEX, middle, min(middle + _WINDOW, high)))
            first = window.index(b"\n") + 1
            if self._parse(window[first : window.index(b"\n", first)])[0] <= key:
                low = middle + first
            else:
                high = middle + first
        # The bisection ends within the sample's own lines, which may begin before `low`.
        for line in bytes(self._store.read(INDEX, low, high)).splitlines():
            found, file = self._parse(line)
            if found == key:
                return file
        return None

    @staticmethod
    def _parse(line: bytes) -> tuple[bytes, str]:
        tensor, _, file = line.strip().rstrip(b",").rpartition(b": ")
        return tensor.strip(b'"').rpartition(b"/")[0], file.strip(b'"').decode()
