"""Which group a sample counts in: referring, reasoning, or one of the user's own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..core.errors import InputError

KNOWN = ("referring", "reasoning")
"""The groups of ReVOS, told by a folder of that name at the top."""

OVERALL = "overall"


def groups_of(paths: Iterable[str], listed: Mapping[str, str] | None = None) -> dict[str, str]:
    """The group of each sample, empty where there are no groups.

    Args:
        paths: the samples' relative paths.
        listed: by path the group; where left out, the folder at the top is the group where it is
            called referring or reasoning.

    Raises:
        InputError: where only some samples have a group.

    """
    names = list(paths)
    if listed is not None:
        found = {path: listed.get(path, "") for path in names}
    else:
        tops = {path: path.partition("/")[0].lower() for path in names}
        found = {path: top if top in KNOWN else "" for path, top in tops.items()}
    without = [path for path in names if not found[path]]
    if without and len(without) < len(names):
        raise InputError(
            "groups", without[0], f"and {len(without) - 1} more have no group", "list them all"
        )
    return found


def read_groups(path: Path) -> dict[str, str]:
    """Groups by sample path, from CSV with the columns path and group, or a JSON mapping.

    Raises:
        InputError: where the file is neither.

    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix.lower() == ".json":
            content = json.loads(text)
            if not isinstance(content, dict):
                raise ValueError("no mapping")
            pairs = content.items()
        else:
            rows = csv.DictReader(text.splitlines())
            if not {"path", "group"} <= set(rows.fieldnames or ()):
                raise ValueError("no such columns")
            pairs = {row["path"]: row["group"] for row in rows}.items()
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise InputError(
            "groups",
            path,
            f"cannot be read ({error})",
            "give CSV with the columns path and group, or JSON {path: group}",
        ) from None
    return {str(key).removesuffix("/"): str(value) for key, value in pairs}
