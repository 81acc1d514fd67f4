"""The contract of a pruner, tried on small frames: what `evtp check-pruner` runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..core.errors import InputError
from ..features.types import Clip, Features
from .frame import Frame
from .method import Pruner
from .selecting import MEND, select, select_each

GRIDS = ((1, 1), (1, 2), (3, 3), (1, 13), (5, 8), (9, 11))
WIDTH = 1152

# What all methods that look at a frame are given alike.
_SHARED = ("raw", "x", "centred", "mean", "inverse_norms", "p", "attention", "probe_attention",
           "middle_attention", "keys")  # fmt: skip


class Finding(NamedTuple):
    """What a check of the contract came to.

    Args:
        check: what was checked.
        result: ``ok``, ``failed``, or ``no answer`` where that is missing which the first check
            has asked for already: one fault is not counted at every point.
        problem: what went wrong, in one line; empty where nothing did.

    """

    check: str
    result: str
    problem: str


def check(pruner: Pruner) -> Iterator[Finding]:
    """Tries every point of the contract on a pruner, and goes on after a failure.

    Frames have the shape of SigLIP's features (width 1152) and all optional inputs, so that a
    method is only told from another by what it does.
    """
    checks: dict[str, Callable[[Pruner], None]] = {
        "exactly K distinct indices, for every K": _counts,
        "duplicates, equal tokens, an outlier, zeros, no attention": _degenerate,
        "the same answer twice": _repeatable,
        "the same answer alone and in a clip": _batched,
        "the same answer on one and two threads": _threaded,
        "its input is left as it was": _harmless,
    }
    if pruner.nested:
        checks["NESTED: the first j picks are the answer for j"] = _nested
    if pruner.needs:
        checks["NEEDS: without them a clear refusal, with them alone an answer"] = _needs
    else:
        checks["NEEDS names nothing: an answer from features alone"] = _needs_nothing
    answers = True
    for number, (name, function) in enumerate(checks.items()):
        try:
            function(pruner)
        except Exception as error:  # whatever a user's code may raise is a finding
            compared = isinstance(error, _Broken) and not isinstance(error, _NoAnswer)
            result = "failed" if compared or answers else "no answer"
            answers = answers and (compared or number > 0)
            reason = _reason(error) if isinstance(error, InputError) else f"{error}"
            kind = "" if isinstance(error, InputError | _Broken) else f"{type(error).__name__}: "
            yield Finding(name, result, " ".join(f"{kind}{reason}".split()))
        else:
            yield Finding(name, "ok", "")


class _Broken(Exception):  # noqa: N818 - a finding
    """A point of the contract that does not hold."""


class _NoAnswer(_Broken):
    """The pruner failed, or what it returned is no selection."""


def _frame(grid: tuple[int, int], seed: int = 0) -> Features:
    rng = np.random.default_rng(seed)
    tokens = grid[0] * grid[1]

    def attention() -> Any:
        return rng.random(tokens, np.float32)

    return Features(
        rng.standard_normal((tokens, WIDTH)).astype(np.float32),
        grid,
        attention=attention(),
        probe_attention=attention(),
        middle_attention=attention(),
        keys=rng.standard_normal((tokens, 72)).astype(np.float32),
    )


def _reason(error: InputError) -> str:
    """What is wrong and what to do, where more is known than that it has to be mended."""
    return error.problem if error.remedy == MEND else f"{error.problem}; {error.remedy}"


def _kept(pruner: Pruner, frame: Features, k: int) -> list[int]:
    try:
        kept: list[int] = select(pruner, frame, k).indices.tolist()
    except Exception as error:
        reason = _reason(error) if isinstance(error, InputError) else repr(error)
        place = f"K = {k} of {frame.tokens}"
        raise _NoAnswer(reason if place in reason else f"{place}: {reason}") from error
    return kept


def _same(where: str, one: list[int], other: list[int], remedy: str = "") -> None:
    if one != other:
        only, instead = sorted(set(one) - set(other)), sorted(set(other) - set(one))
        raise _Broken(f"{where}: once token {only[0]}, then {instead[0]} in its place{remedy}")


def _counts(pruner: Pruner) -> None:
    _kept(pruner, _frame((27, 27)), 146)  # a budget of the size that is used
    for grid in GRIDS:
        tokens = grid[0] * grid[1]
        frame = _frame(grid)
        for k in sorted({1, 2, 3, tokens // 2, tokens - 1, tokens} & set(range(1, tokens + 1))):
            _kept(pruner, frame, k)


def _degenerate(pruner: Pruner) -> None:
    frame = _frame((6, 7))
    raw = np.asarray(frame.features)
    outlier = np.repeat(raw[:1], 42, axis=0)
    outlier[17] = -raw[0]
    variants = {
        "duplicates": {"features": raw[np.arange(42) // 3]},
        "equal tokens": {"features": np.repeat(raw[:1], 42, axis=0)},
        "an outlier": {"features": outlier},
        "zeros": {"features": np.zeros_like(raw)},
        "no attention": {
            name: np.zeros(42, np.float32)
            for name in ("attention", "probe_attention", "middle_attention")
        },
    }
    for name, values in variants.items():
        changed = dataclasses.replace(frame, **values)  # type: ignore[arg-type]
        for k in (1, 5, 41, 42):
            try:
                _kept(pruner, changed, k)
            except _NoAnswer as error:
                raise _NoAnswer(f"{name}: {error}") from error


def _repeatable(pruner: Pruner) -> None:
    frame = _frame((6, 7))
    for k in (1, 9, 30):
        once, again = _kept(pruner, frame, k), _kept(pruner, frame, k)
        drawn = (
            "" if pruner.seeded else "; draw from numpy.random.default_rng(seed), seed a keyword"
        )
        _same(f"K = {k} of {frame.tokens}", once, again, drawn)


def _clip() -> Clip:
    return Clip.of([_frame((6, 7), seed) for seed in range(5)])


def _batched(pruner: Pruner) -> None:
    clip = _clip()
    inside = select(pruner, clip, 9)[0].indices.tolist()
    _same("the first frame", inside, _kept(pruner, clip[0], 9))


def _threaded(pruner: Pruner) -> None:
    one, two = (
        [chosen.indices.tolist() for chosen in select(pruner, _clip(), 9, threads=threads)]
        for threads in (1, 2)
    )
    for number, answers in enumerate(zip(one, two, strict=True)):
        _same(f"frame {number} of a clip of 5", *answers)


def _harmless(pruner: Pruner) -> None:
    frame = Frame(_frame((6, 7)))
    before = {name: np.copy(getattr(frame, name)) for name in _SHARED}
    select(pruner, frame, 9)
    for name, values in before.items():
        if not np.array_equal(values, getattr(frame, name)):
            raise _Broken(f"frame.{name} was changed; work on a copy")


def _nested(pruner: Pruner) -> None:
    frame = _frame((6, 7))
    for k in (1, 2, 9, 29):
        _, first = select_each(pruner, frame, [30, k])
        _same(f"the first {k} of 30", first.indices.tolist(), _kept(pruner, frame, k))


def _needs(pruner: Pruner) -> None:
    frame = _frame((6, 7))
    bare = Features(frame.features, frame.grid)
    try:
        select(pruner, bare, 9)
    except InputError:
        pass
    else:
        raise _Broken(f"it answers without {', '.join(pruner.needs)}; leave them out of NEEDS")
    given = {need: getattr(frame, need) for need in pruner.needs}
    _kept(pruner, Features(frame.features, frame.grid, **given), 9)


def _needs_nothing(pruner: Pruner) -> None:
    frame = _frame((6, 7))
    bare = Features(frame.features, frame.grid)
    try:
        select(pruner, bare, 9)
    except InputError as error:
        if error.name == f"{pruner.name}: features":
            raise _Broken(f"features alone {error.problem}; name it in NEEDS") from error
    _kept(pruner, bare, 9)
