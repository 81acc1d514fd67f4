"""The coverage that a user's sweeps have measured."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.budget import keep_text
from ..core.errors import InputError
from .own_values import TOKENS, keep_of, number, share

_COMPARED = ("feature_radius", "spatial_radius", "joint_radius")
_ALIKE = 1e-5
"""How far one statistic may be from itself, relatively, on two machines."""


class Covered(NamedTuple):
    """A coverage record, and what it does not say of itself.

    Args:
        record: by ratio, so that a count and the ratio that it is share a point.
        asked: the count that was to be kept, None where it was a ratio.
        cache: what tells its cache from others, whose samples may have the same ids; empty where
            nothing says.
        where: the file and line, for messages.

    """

    record: dict[str, object]
    asked: int | None
    cache: str
    where: str


def caches_of(paths: Sequence[Path]) -> dict[Path, Mapping[str, object]]:
    """What the sweeps of the paths say of the caches they ran on, by their absolute folders.

    A path may be of a run, hold runs, or lie in one: its records, or a file of them.
    """
    found: dict[Path, Mapping[str, object]] = {}
    for path in map(Path.absolute, paths):
        above = [folder / "manifest.json" for folder in list(path.parents)[:2]]
        for manifest in [*path.rglob("manifest.json"), *above]:
            try:
                cache = json.loads(manifest.read_text(encoding="utf-8"))["cache"]
            except (OSError, ValueError, KeyError, TypeError, RecursionError):
                continue  # of something else, or none; the records stand without it
            if isinstance(cache, dict):
                found[manifest.parent] = cache
    return found


def encoder_of(caches: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """The encoder that all caches name; empty where there is none, or where they differ."""
    encoders = [cache["encoder"] for cache in caches if isinstance(cache.get("encoder"), dict)]
    same = bool(encoders) and all(encoder == encoders[0] for encoder in encoders)
    return encoders[0] if same else {}  # type: ignore[return-value]


def cover_records(
    file: Path, rows: Sequence[tuple[int, Mapping[str, object]]], cache: str = ""
) -> Iterator[Covered]:
    """The coverage records of a file.

    Args:
        file: for messages.
        rows: of the file, each with its line.
        cache: what tells the cache from others, whose samples may have the same ids.

    Raises:
        InputError: where a column is missing, or a value is none of its kind.

    """
    needed = ("method", "keep", "tokens", "tokens_kept", "sample", "frame", "seed")
    missing = [key for key in needed if key not in rows[0][1]]
    if missing:
        raise InputError(
            "records", file, f"has no column {missing[0]}", "write it with `evtp sweep`"
        )
    for line, row in rows:
        where = f"{file}, line {line}"
        numbers = {
            key: value if key in ("method", "sample", "keep") else number(where, key, value)
            for key, value in row.items()
        }
        numbers["keep"] = share(where, row["keep"], numbers["tokens"])
        asked_for = keep_of(row["keep"])
        yield Covered(numbers, asked_for if isinstance(asked_for, int) else None, cache, where)


def merged(found: Sequence[Covered], notes: list[str]) -> list[dict[str, object]]:
    """The records of all files, each once, with samples that are told apart by their caches.

    Left out are those at a count of frames of unlike sizes, of which it is no ratio.

    Args:
        found: of `cover_records`.
        notes: what is left out, and what does not compare, is added to them.

    Raises:
        InputError: where two records of one frame, method, ratio and seed differ.

    """
    kept = _once(_placed(found))
    sizes: dict[tuple[str, int], set[int]] = defaultdict(set)
    for one in kept:
        if one.asked is not None:
            sizes[one.cache, one.asked].add(int(str(one.record["tokens"] or TOKENS)))
    unlike = {place: tokens for place, tokens in sizes.items() if len(tokens) > 1}
    notes += [
        f"left out: the coverage at {count} token{'s' * (count > 1)}, which are no one ratio of "
        f"frames of {min(tokens):,} to {max(tokens):,}"
        for (_, count), tokens in sorted(unlike.items())
    ]
    records = [
        {**one.record, "sample": f"{one.cache} {one.record['sample']}"}
        for one in kept
        if (one.cache, one.asked) not in unlike
    ]
    frames: dict[object, set[tuple[object, object]]] = defaultdict(set)
    for record in records:
        frames[record["method"]].add((record["sample"], record["frame"]))
    if any(of != next(iter(frames.values())) for of in frames.values()):
        counts = ", ".join(f"{method} {len(of)}" for method, of in frames.items())
        notes.append(f"not every method's coverage in your records is of the same frames: {counts}")
    return records


def _placed(found: Sequence[Covered]) -> Iterator[Covered]:
    """The records, those of no known cache taken to be of the one that has their samples."""
    holders: dict[object, set[str]] = defaultdict(set)
    for one in found:
        if one.cache:
            holders[one.record["sample"]].add(one.cache)
    for one in found:
        known = holders.get(one.record["sample"], set())
        yield one if one.cache or len(known) != 1 else one._replace(cache=next(iter(known)))


def _once(found: Iterable[Covered]) -> list[Covered]:
    """The records less those that say again what another says."""
    first: dict[tuple[object, ...], Covered] = {}
    for one in found:
        record = one.record
        of = tuple(record[key] for key in ("sample", "frame", "method", "seed"))
        before = first.setdefault((one.cache, *of, one.asked, record["keep"]), one)
        if before is one:
            continue
        for key in _COMPARED:
            value, known = record.get(key), before.record.get(key)
            if not (isinstance(value, int | float) and isinstance(known, int | float)):
                continue
            if not math.isclose(value, known, rel_tol=_ALIKE, abs_tol=_ALIKE):
                raise InputError(
                    "records",
                    one.where,
                    f"{key} of {of[2]} on {of[0]} at {keep_text(record['keep'])} is {value:.6g}, "
                    f"and {known:.6g} in {before.where}: they are of other code or another cache",
                    "give one of them, or the folders of the sweeps",
                )
    return list(first.values())
