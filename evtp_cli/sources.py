"""The frames that a command works on: a cache, or the built-in sample."""

from __future__ import annotations

from ..features.cache import Cache, open_cache


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
    """What the numbers of a table over these frames depend on."""
    return {
        "encoder": source.encoder.get("encoder", ""),
        "samples": len(source),
        "frames": source.frames,
    }
