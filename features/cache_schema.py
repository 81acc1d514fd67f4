"""What the JSON of a cache must hold, checked once where it is read: a file may be anybody's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .types import OPTIONAL_INPUTS

_INPUTS = ("features", *OPTIONAL_INPUTS)
_COUNTS = ("bytes", "samples", "frames")
_LONGEST_ID = 1000


def is_id(value: object) -> bool:
    """Whether this can be a sample's id: a printable string that fits in a line of the index."""
    return (
        isinstance(value, str)
        and value.isprintable()
        and 0 < len(json.dumps(value)) - len('""') <= _LONGEST_ID
    )


def is_count(value: object) -> bool:
    """Whether this is a whole number from 0, which JSON's `true` is not."""
    return type(value) is int and value >= 0


def is_encoder(value: object) -> bool:
    """Whether this describes an encoder: an object that names the inputs of every sample."""
    return (
        isinstance(value, Mapping)
        and isinstance(inputs := value.get("inputs"), list)
        and all(name in _INPUTS for name in inputs)
    )


def is_listing(value: object) -> bool:
    """Whether this is the index's list of shards, each with its `bytes`, `samples`, `frames`."""
    return isinstance(value, Mapping) and all(
        isinstance(held, Mapping) and all(is_count(held.get(key)) for key in _COUNTS)
        for held in value.values()
    )


def is_record(value: object) -> bool:
    """Whether this is what the cache writes of a sample beside its tensors."""
    if not isinstance(value, Mapping):
        return False
    size = value.get("image_size")
    masks = value.get("masks", {})
    return (
        is_id(value.get("id"))
        and _is_pair(value.get("grid"))
        and is_count(value.get("frames"))
        and (size is None or _is_pair(size))
        and all(_each(value.get(key, []), str) for key in ("source", "source_sha256"))
        and _each(value.get("times", []), int, float)
        and isinstance(masks, Mapping)
        and all(isinstance(per_frame, list) for per_frame in masks.values())
        and _each(expressions := value.get("expressions", []), Mapping)
        and all(isinstance(one.get("text"), str) for one in expressions)
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(is_count(n) and n for n in value)


def _each(value: Any, *kinds: type) -> bool:
    return isinstance(value, list) and all(isinstance(one, kinds) for one in value)
