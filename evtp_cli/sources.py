"""The frames that a command works on: a cache, or the built-in sample."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import PurePath

from ..features.cache import Cache, open_cache

_GRIDS = 3
"""Grids that are named where samples differ in theirs."""

_LOOKED_AT = 10_000
"""Samples whose headers are read to know the grids."""


def open_source(cache: str | None) -> Cache:
    """The cache of that name, or the built-in sample, which is made on first use.

    Raises:
        InputError: where there is no cache, or a damaged one.
    """
    if cache is not None:
        return open_cache(cache)
    from ..features.sample import sample_cache

    return sample_cache()


def provenance(source: Cache) -> dict[str, object]:
    """What the numbers of a table over these frames depend on.

    The encoder, its checkpoint and block where it has them, the grids of the tokens, and how many
    samples and frames there are.
    """
    return {
        **described(source.encoder),
        "grid": _grids(source),
        "samples": len(source),
        "frames": source.frames,
    }


def described(encoder: Mapping[str, object]) -> dict[str, object]:
    """What a cache says of its encoder, as tables show it: its name, checkpoint and block."""
    name, model, block = (encoder.get(key) for key in ("encoder", "model", "block"))
    return {
        "encoder": str(name or ""),
        **({"checkpoint": _checkpoint(str(model))} if model not in (None, "", name) else {}),
        **({"block": block} if block is not None else {}),
    }


def _grids(source: Cache) -> str:
    """Those of all samples, or of the first ones of a cache so large that it would take long."""
    looked_at = islice(source.packed(), _LOOKED_AT)
    grids = list(dict.fromkeys("{}x{}".format(*packed.record["grid"]) for packed in looked_at))
    shown = grids[:_GRIDS] + ([f"{len(grids) - _GRIDS} more"] if len(grids) > _GRIDS else [])
    first = f" (first {_LOOKED_AT:,} samples)" if len(source) > _LOOKED_AT else ""
    return ", ".join(shown) + first


def _checkpoint(model: str) -> str:
    """An id as it is; of a folder its name, since where it lies means nothing elsewhere."""
    path = PurePath(model)
    parts = path.parts
    if "snapshots" in parts[1:]:  # of the Hugging Face cache: models--OWNER--NAME/snapshots/COMMIT
        owned = parts[parts.index("snapshots") - 1]
        return owned.removeprefix("models--").replace("--", "/")
    return path.name if path.is_absolute() or parts[:1] == ("..",) else model
