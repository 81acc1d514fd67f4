"""Describing a data set without code: JSON lines, a sample each."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import InputError

SUFFIXES = frozenset({".jsonl", ".ndjson"})
_FIELDS = frozenset({"id", "image", "frames", "video", "masks", "expressions"})
_SOURCES = ("image", "frames", "video")


def read_manifest(path: Path) -> Iterator[dict[str, Any]]:
    """The samples of a manifest, paths made absolute, masks a list of one a frame.

    Raises:
        InputError: naming the line, for what is no sample.

    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _sample(path, number, line)
    except UnicodeDecodeError:
        raise InputError("input", path, "is no text in UTF-8", "save it as UTF-8") from None


def _sample(path: Path, number: int, line: str) -> dict[str, Any]:
    def wrong(problem: str, remedy: str) -> InputError:
        return InputError("input", f"{path} line {number}", problem, remedy)

    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise wrong(f"is no JSON ({error})", "write one object a line") from None
    if not isinstance(entry, dict):
        raise wrong("is no object", 'write {"id": ..., "image": ...}')
    unknown = set(entry) - _FIELDS
    if unknown:
        raise wrong(f"has the unknown field {min(unknown)}", f"use {', '.join(sorted(_FIELDS))}")
    sources = [name for name in _SOURCES if name in entry]
    if len(sources) != 1:
        raise wrong("names no one source", "give one of image, frames or video")
    folder = path.parent
    name = sources[0]
    source = entry[name]
    if name == "frames" and isinstance(source, list) and source:
        entry["frames"] = [str(folder / _text(frame, wrong)) for frame in source]
    else:
        entry[name] = str(folder / _text(source, wrong))
    entry.setdefault("id", source if isinstance(source, str) else f"line {number}")
    entry["masks"] = {
        str(thing): [_mask(mask, folder, wrong) for mask in _per_frame(per_frame)]
        for thing, per_frame in _object(entry.get("masks", {}), wrong).items()
    }
    expressions = entry.get("expressions", [])
    if not isinstance(expressions, list):
        raise wrong("has expressions that are no list", 'write "expressions": ["the dog"]')
    entry["expressions"] = [_expression(one, wrong) for one in expressions]
    return entry


def _text(value: object, wrong: Any) -> str:
    if not isinstance(value, str) or not value or not _names_a_file(value):
        raise wrong(f"has {value!r} for a path", "give a path relative to the manifest")
    return value


def _names_a_file(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _object(value: object, wrong: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise wrong("has masks that are no object", 'write "masks": {"dog": "dog.png"}')
    return value


def _per_frame(value: Any) -> list[Any]:
    """One mask a frame; a single mask is that of an image."""
    if isinstance(value, list) and not (value and _is_polygons(value)):
        return value
    return [value]


def _is_polygons(value: list[Any]) -> bool:
    return all(isinstance(p, list) and p and isinstance(p[0], int | float) for p in value)


def _mask(value: Any, folder: Path, wrong: Any) -> Any:
    if isinstance(value, str):
        return str((folder / _text(value, wrong)).absolute())  # a cache is read from any folder
    rle = isinstance(value, dict) and {"size", "counts"} <= set(value)
    if value is None or rle or (isinstance(value, list) and _is_polygons(value)):
        return value
    raise wrong(
        f"has the mask {str(value)[:40]}", "give a path, polygons, a COCO run-length code or null"
    )


def _expression(value: Any, wrong: Any) -> dict[str, Any]:
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return value
    raise wrong("has an expression without a text", 'write "..." or {"text": "..."}')
