"""What was asked of a run, and whether it can be asked for more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..core.errors import InputError
from ..features.store import LOCK, TEMPORARY, Store
from ..pruners.method import names
from .parts import answered
from .schema import FORMAT, VERSION

NAME = "manifest.json"

_ELSEWHERE = "name another folder"


def refuse_foreign(store: Store) -> None:
    """Raises `InputError` for a folder that holds files, but no run."""
    others = sorted(set(store.sizes()) - {LOCK})
    if others and NAME not in others and not others[0].startswith(TEMPORARY):
        raise _refused(store, f"holds other files, such as {others[0]}", _ELSEWHERE)


def take_up(store: Store, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Writes the manifest of a new run, or adds a request to that of one begun earlier.

    Args:
        store: the folder of the run.
        wanted: ``format, schema, code, cache, shard_frames, indices, statistics``, the ``methods``
            with the digests of their code, and one of ``requests``.

    Returns:
        The manifest as it is now.

    Raises:
        InputError: where the folder holds something else, or a run of another cache, of other
            code, or with other options; where a method that has records in it has changed.

    """
    found = _read(store)
    if found is None:
        manifest = dict(wanted)
    else:
        _check(store, found, wanted)
        manifest = {**found, "methods": {**found["methods"], **wanted["methods"]}}
        manifest["requests"] = found["requests"] + [
            request for request in wanted["requests"] if request not in found["requests"]
        ]
    if manifest != found:
        with store.create(NAME) as file:
            file.write(json.dumps(manifest, indent=2).encode() + b"\n")
    return manifest


def _read(store: Store) -> dict[str, Any] | None:
    sizes = store.sizes()
    if NAME not in sizes:
        return None
    try:
        found: dict[str, Any] = json.loads(bytes(store.read(NAME, 0, sizes[NAME])))
        ours, version = found["format"] == FORMAT, found["schema"]
        whole = not ours or version != VERSION or _is_whole(found)
    except (ValueError, KeyError, TypeError, RecursionError):
        ours, version, whole = False, None, False
    if not ours:
        raise _refused(store, f"holds a {NAME} that is not of a sweep", _ELSEWHERE)
    if version != VERSION:
        raise _refused(
            store,
            f"holds records of schema {version}, this evtp writes schema {VERSION}",
            f"use the evtp that wrote them, or {_ELSEWHERE}",
        )
    if not whole:
        raise _refused(store, f"holds a damaged {NAME}", _ELSEWHERE)
    return found


def _is_whole(found: Mapping[str, Any]) -> bool:
    """Whether it holds what is read of it; a missing entry raises `KeyError` or `TypeError`."""
    requests = found["requests"]
    return (
        all(isinstance(found["cache"][key], str) for key in ("where", "digest"))
        and isinstance(found["methods"], dict)
        and isinstance(requests, list)
        and bool(requests)
        and isinstance(requests[0]["versions"]["evtp"], str)
        and {"code", "shard_frames", "indices"} <= found.keys()
    )


def _check(store: Store, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if found["cache"]["digest"] != wanted["cache"]["digest"]:
        raise _refused(
            store,
            f"holds records of another cache ({found['cache']['where']} as it was then)",
            f"give --cache as it was, or {_ELSEWHERE}",
        )
    if found["code"] != wanted["code"]:
        theirs = found["requests"][0]["versions"]["evtp"]
        raise _refused(
            store,
            f"holds records that other code of evtp wrote (version {theirs})",
            f"use the evtp that wrote them, or {_ELSEWHERE}",
        )
    changed = [n for n, code in wanted["methods"].items() if found["methods"].get(n, code) != code]
    # One that failed wherever it was tried has left nothing that a mended one would mix with.
    for name in sorted({*changed} & (answered(store.where) if changed else set())):
        has_file = name.partition(":")[0] not in names()
        raise _refused(
            store,
            f"holds records of {name} from before its code changed",
            f"{_ELSEWHERE}, or rename the pruner's file" if has_file else _ELSEWHERE,
        )
    for option in ("shard_frames", "indices"):
        if found[option] != wanted[option]:
            raise InputError(
                option,
                wanted[option],
                f"differs from the {found[option]} that {store.where} was begun with",
                f"give the same, or {_ELSEWHERE}",
            )


def _refused(store: Store, problem: str, remedy: str) -> InputError:
    return InputError("output", store.where, problem, remedy)
