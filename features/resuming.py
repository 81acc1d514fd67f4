"""Before anything is encoded: one name a sample, and one picture a name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from ..core.errors import InputError
from .cache_writer import CacheWriter
from .digests import known_sha256
from .inputs.items import Broken, Item
from .inputs.video import count_frames


def count_items(items: Iterable[Item | Broken]) -> int:
    """The number of inputs, broken ones included.

    Raises:
        InputError: where two of them have one name, naming the files of both.

    """
    first: dict[str, str] = {}
    total = 0
    for item in items:
        total += 1
        if isinstance(item, Broken):
            continue
        file = item.files[0]
        if item.id in first:
            raise _of_one_name(item, first[item.id])
        first[item.id] = file
    return total


def _of_one_name(item: Item, other: str) -> InputError:
    file = item.files[0]
    name = item.id if item.key is None else item.id.removesuffix(f"@{item.key}")
    tails = [Path(path).as_posix().endswith(f"/{name}") for path in (other, file)]
    if other == file:
        remedy = "name it once, or give every sample an id of its own"
    elif all(tails):
        parent = os.path.commonpath([os.path.dirname(other), os.path.dirname(file)])
        remedy = f"name {parent}, whose folders then tell them apart, or a manifest with ids"
    else:
        remedy = "give every sample an id of its own"
    return InputError("input", item.id, f"names two samples, of {other} and of {file}", remedy)


def compare_earlier(
    items: Iterable[Item | Broken],
    writer: CacheWriter,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Holds what a cache has of the inputs against their files as they are now.

    A file is known by its SHA-256, wherever it lies; a video is read once, however many samples
    are of it. What is no longer there cannot have changed, and is left.

    Args:
        items: the samples.
        writer: the cache, entered, to which nothing was added yet.
        progress: told of every sample that is there already.

    Returns:
        How many are there already.

    Raises:
        InputError: where a sample is of another picture than the input of its name, or of fewer
            or more frames of a video than are asked for.

    """
    there = 0
    changed: list[tuple[Item, str]] = []
    for item in items:
        if isinstance(item, Broken) or (record := writer.earlier(item.id)) is None:
            continue
        there += 1
        source, digests = record.get("source", ()), record.get("source_sha256", ())
        asked = _frames_asked(item, record["frames"])
        of_pictures = item.video is None and len(digests) == record["frames"]
        if of_pictures and asked != record["frames"]:
            raise _of_other_frames(item, record["frames"], asked, writer)
        if digests and (was := _unlike(item, source, digests)) is not None:
            changed.append((item, was))
        elif asked != record["frames"]:
            raise _of_other_frames(item, record["frames"], asked, writer)
        progress(1)
    if changed:
        raise _of_another_picture(changed, writer)
    return there


def _of_other_frames(item: Item, there: int, asked: int, writer: CacheWriter) -> InputError:
    return InputError(
        "input",
        item.files[0],
        f"has {there} frames in the sample {item.id} of {writer.place}, and {asked} are asked for",
        "choose the same frames, or write to another --output; nothing was encoded",
    )


def _frames_asked(item: Item, there: int) -> int:
    """The frames that are given or that a rule chooses, decoded only where that may be others."""
    rule = item.rule
    if item.video is None:
        return len(item.files)
    if rule is None:
        return there
    if rule.times is not None:
        return len(rule.times)
    if item.key is not None and item.total:
        return len(rule.indices(item.total)[item.key])
    if rule.count == there:
        return there
    try:  # a video of fewer frames gives those it has
        return len(rule.indices(count_frames(Path(item.video))).get(None, range(there)))
    except InputError:
        return there


def _unlike(item: Item, source: Iterable[str], digests: Iterable[str]) -> str | None:
    """The first file that the cache holds and the item is not of; None where all are the same."""
    now, before = item.files, list(zip(source, digests, strict=False))
    if len(now) != len(before):
        return before[0][0] if before else ""
    for path, (was, digest) in zip(now, before, strict=True):
        try:
            if known_sha256(Path(path)) != digest:
                return was
        except OSError:
            continue
    return None


def _of_another_picture(changed: list[tuple[Item, str]], writer: CacheWriter) -> InputError:
    item, was = changed[0]
    file = item.files[0]
    if len(item.files) > 1 and was in item.files:
        file = was
    told = "has changed since" if was == file else f"is another file than {was}, of which"
    more = f" ({len(changed) - 1} more such)" if len(changed) > 1 else ""
    return InputError(
        "input",
        file,
        f"{told} {writer.place} got its sample {item.id}{more}",
        "write to another --output, or rename what you give; nothing was encoded",
    )
