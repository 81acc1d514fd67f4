"""The cover that a user's sweeps have measured."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ..core.budget import parse_keep
from ..core.errors import InputError
from .own_values import TOKENS, number, share


def caches_of(paths: Sequence[Path]) -> dict[Path, Mapping[str, object]]:
    """What the sweeps among the paths say of the caches they ran on, by their folders."""
    found: dict[Path, Mapping[str, object]] = {}
    for manifest in (file for path in paths for file in path.rglob("manifest.json")):
        try:
            cache = json.loads(manifest.read_text(encoding="utf-8"))["cache"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # of something else; the records stand without it
        if isinstance(cache, dict):
            found[manifest.parent] = cache
    return found


def encoder_of(caches: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """The encoder that all caches name; empty where there is none, or where they differ."""
    encoders = [cache["encoder"] for cache in caches if isinstance(cache.get("encoder"), dict)]
    same = bool(encoders) and all(encoder == encoders[0] for encoder in encoders)
    return encoders[0] if same else {}  # type: ignore[return-value]


def cover_records(
    file: Path, rows: Sequence[dict[str, object]], cache: str = ""
) -> Iterator[tuple[dict[str, object], int | None]]:
    """The coverage records of a file, each with the count that was to be kept where it was one.

    Args:
        file: for messages.
        rows: of the file.
        cache: what tells the cache from others, whose samples may have the same ids.

    Raises:
        InputError: where a column is missing, or a value is none of its kind.

    """
    needed = ("method", "keep", "tokens", "tokens_kept", "sample", "frame", "seed")
    missing = [key for key in needed if key not in rows[0]]
    if missing:
        raise InputError(
            "records", file, f"has no column {missing[0]}", "write it with `evtp sweep`"
        )
    for line, row in enumerate(rows, start=2):
        where = f"{file}, line {line}"
        numbers = {
            key: value if key in ("method", "sample", "keep") else number(where, key, value)
            for key, value in row.items()
        }
        numbers["sample"] = f"{cache} {row['sample']}"
        # By ratio, so that a count and the ratio that it is share a point.
        numbers["keep"] = share(where, row["keep"], numbers["tokens"])
        asked_for = parse_keep(str(row["keep"]))
        yield numbers, asked_for if isinstance(asked_for, int) else None


def of_one_ratio(
    found: Sequence[tuple[dict[str, object], int | None]], notes: list[str]
) -> list[dict[str, object]]:
    """The records without those at a count of frames of unlike sizes, of which it is no ratio.

    Args:
        found: of `cover_records`.
        notes: what is left out is added to them.

    """
    sizes: dict[int, set[int]] = defaultdict(set)
    for record, count in found:
        if count is not None:
            sizes[count].add(int(str(record["tokens"] or TOKENS)))
    unlike = {count: tokens for count, tokens in sizes.items() if len(tokens) > 1}
    notes += [
        f"left out: the cover at {count} tokens, which are no one ratio of frames of "
        f"{min(tokens):,} to {max(tokens):,}"
        for count, tokens in sorted(unlike.items())
    ]
    return [record for record, count in found if count not in unlike]
