"""`select`: one call for every pruner."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from traceback import extract_tb
from typing import Any, Literal, overload

import numpy as np

from ..core.budget import Keep, tokens_kept
from ..core.errors import InputError
from ..features.arrays import is_tensor
from ..features.types import Clip, Features
from .answers import require_distinct, require_groups
from .device import batched, prune_on_device
from .frame import Frame, frames_of
from .method import METHODS, Merged, Pruner, load
from .running import aside, place_of, running
from .selection import Selection

Scope = Literal["frame", "clip"]

MEND = "mend it"
"""The remedy for a user's own code that fails: only they know what it should do."""


@overload
def select(
    method: str | Pruner,
    features: Features | Frame,
    keep: Keep,
    *,
    seed: int = ...,
    **options: Any,
) -> Selection: ...
@overload
def select(
    method: str | Pruner,
    features: Clip,
    keep: Keep,
    *,
    seed: int = ...,
    scope: Scope = ...,
    threads: int = ...,
    **options: Any,
) -> list[Selection]: ...
def select(
    method: str | Pruner,
    features: Features | Frame | Clip,
    keep: Keep,
    *,
    seed: int = 0,
    scope: Scope = "frame",
    threads: int = 1,
    **options: Any,
) -> Selection | list[Selection]:
    """The tokens that a pruner keeps of a frame, or of every frame of a clip.

    Args:
        method: a name of `evtp list pruners`, or a `Pruner`.
        features: one frame (or a `Frame` prepared from it, which several calls can share); or a
            clip.
        keep: a ratio of the N tokens of a frame, in (0, 1], or a count.
        seed: for methods that draw at random. Frame f of a clip draws from a stream of its own,
            (seed, f, digest of the features' `sample`); a frame alone is frame 0. Images of no
            sample, or of one, draw alike; those of a `Cache` each have their own.
        scope: for a clip, `frame` prunes every frame alone with its own K, as the paper does;
            `clip` chooses F * K tokens from all frames together (ours), so that a frame may keep
            more, fewer or none.
        threads: over how many threads the frames of a clip are spread; the answer is the same.
        options: the method's own.

    Returns:
        A `Selection`, or for a clip a list with one a frame. Indices are on the device of the
        features.

    Raises:
        InputError: where the method is unknown, lacks an input, or has no such option; where a
            feature is not finite; where `keep` is out of range.

    Example:
        >>> import numpy as np
        >>> from evtp.features import Features
        >>> from evtp.pruners import select
        >>> select("stride", Features(np.eye(16)), keep=4).indices.tolist()
        [5, 7, 13, 15]

    """
    chosen: Selection | list[Selection]
    (chosen,) = select_each(
        method, features, [keep], seed=seed, scope=scope, threads=threads, **options
    )
    return chosen


def select_each(
    method: str | Pruner,
    features: Features | Frame | Clip,
    keeps: Sequence[Keep],
    *,
    seed: int = 0,
    scope: str = "frame",
    threads: int = 1,
    **options: Any,
) -> list[Any]:
    """`select` for several budgets at once: a list with the answer for each of `keeps`.

    Nested methods (the greedy ones) run once, at the largest budget.

    Raises:
        InputError: as `select` does.

    """
    pruner = method if isinstance(method, Pruner) else load(_name_of(method))
    options = pruner.checked(options)
    if not keeps:
        return []
    if scope not in ("frame", "clip"):
        raise InputError("scope", scope, "no such scope", "choose frame or clip")
    if scope == "frame" and not isinstance(features, Frame) and _batchable(pruner, features):
        budgets = _budgets(keeps, features)
        batch = prune_on_device(pruner, features, budgets, seed, options)
        return [c if isinstance(features, Clip) else c[0] for c in batch]
    if not isinstance(features, Clip):
        frame = features if isinstance(features, Frame) else Frame(features)
        return _prune(pruner, frame, _budgets(keeps, frame.source), seed, options)
    budgets = _budgets(keeps, features)
    if scope == "clip":
        whole = Frame(features)
        budgets = [k * len(features) for k in budgets]
        chosen = _prune(pruner, whole, budgets, seed, options)
        return [_split(selection, len(features)) for selection in chosen]

    def prune(frame: Frame) -> list[Selection]:
        return _prune(pruner, frame, budgets, seed, options)

    frames = list(frames_of(features))
    if threads > 1:
        # The compiled kernels and NumPy's products let go of the interpreter.
        with ThreadPoolExecutor(threads) as pool:
            each = list(pool.map(prune, frames))
    else:
        each = [prune(frame) for frame in frames]
    return [list(of_keep) for of_keep in zip(*each, strict=True)]


def _name_of(method: object) -> str:
    """Raises `InputError` where it is no name."""
    if isinstance(method, str):
        return method
    raise InputError(
        "method",
        getattr(method, "__name__", method),
        f"is a {type(method).__name__}, neither a name nor a Pruner",
        "give from_file(Path(FILE)) of evtp.pruners.method for the file that it is in",
    )


def _batchable(pruner: Pruner, features: Features | Clip) -> bool:
    """Whether the features lie on an accelerator and the method can prune them there."""
    raw = features.features
    return is_tensor(raw) and raw.device.type != "cpu" and batched(pruner) is not None


def _budgets(keeps: Sequence[Keep], features: Features | Clip) -> list[int]:
    try:
        return [tokens_kept(keep, features.tokens) for keep in keeps]
    except InputError as error:
        place = f", in a frame of {features.sample}" if features.sample else ""
        raise error.but(problem=error.problem + place) from None


def _prune(
    pruner: Pruner, frame: Frame, budgets: Sequence[int], seed: int, options: dict[str, Any]
) -> list[Selection]:
    if pruner.seeded:
        options = {**options, "seed": frame.stream(seed)}
    frame.require_finite()
    try:
        with running(pruner.name, frame), aside() if _is_own(pruner) else nullcontext():
            if pruner.nested:
                order = np.asarray(pruner.prune(frame, max(budgets), **options))
                require_distinct(pruner, frame, max(budgets), order)
                return [_selection(pruner, frame, k, order[:k]) for k in budgets]
            each = [pruner.prune(frame, k, **options) for k in budgets]
        return [_selection(pruner, frame, k, kept) for k, kept in zip(budgets, each, strict=True)]
    except InputError as error:
        if error.name == "features":
            raise error.but(name=f"{pruner.name}: features") from None
        raise
    except (Exception, SystemExit) as error:
        if not _is_own(pruner):
            raise
        # A user's own code may do anything; the traceback stays behind --debug.
        raise InputError(
            "pruner",
            pruner.name,
            f"fails at K = {max(budgets)} of {place_of(frame)} "
            f"({type(error).__name__}{_line_of(pruner, error)}: {error})",
            MEND,
        ) from error


def _is_own(pruner: Pruner) -> bool:
    """Whether its code is a user's own."""
    function = pruner.function
    module = str(getattr(function, "__module__", ""))
    return pruner.file is not None or not module.startswith(f"{METHODS.package}.")


def _line_of(pruner: Pruner, error: BaseException) -> str:
    """Where the pruner's own file gave way; empty where its code lies in no file."""
    function = pruner.function
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    lines = [at.lineno for at in extract_tb(error.__traceback__) if at.filename == file]
    return f" in line {lines[-1]} of {Path(str(file)).name}" if lines else ""


def _selection(pruner: Pruner, frame: Frame, k: int, kept: Any) -> Selection:
    """The method's answer checked, put in ascending order and onto the device it came from."""
    groups = merged = None
    indices = np.asarray(kept.indices if isinstance(kept, Merged) else kept)
    require_distinct(pruner, frame, k, indices)
    if isinstance(kept, Merged):
        require_groups(pruner, frame, kept)
    rank = indices.argsort()
    ascending = indices[rank]
    if isinstance(kept, Merged):
        place = np.empty(k, np.int64)
        place[rank] = np.arange(k)
        groups = _like(frame, place[kept.groups])
        merged = _like(frame, kept.features[rank])
    return Selection(
        pruner.name, frame.tokens, _like(frame, ascending.astype(np.int64)), groups, merged
    )


def _like(frame: Frame, values: Any) -> Any:
    given = frame.source.features
    if not is_tensor(given):
        return values
    import torch

    return torch.from_numpy(np.ascontiguousarray(values)).to(given.device)


def _split(chosen: Selection, frames: int) -> list[Selection]:
    """The selection of a whole clip as one a frame, with indices and groups of that frame."""
    tokens = chosen.tokens // frames
    if chosen.groups is not None:
        raise InputError(
            "scope",
            "clip",
            f"{chosen.method} merges tokens, which would join those of different frames",
            "use scope frame",
        )
    return [
        Selection(
            chosen.method,
            tokens,
            chosen.indices[(chosen.indices >= f * tokens) & (chosen.indices < (f + 1) * tokens)]
            - f * tokens,
        )
        for f in range(frames)
    ]
