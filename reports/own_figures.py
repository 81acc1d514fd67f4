"""The accuracies that a user's table holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.budget import count_said
from ..core.errors import InputError
from .own_names import dataset_of, method_of, near_method, split_of
from .own_values import METRICS, accuracy, is_published, share, share_text, text_of

COLUMNS = f"give columns method, keep, dataset and some of {', '.join(METRICS)}"

_READ = ("method", "keep", "dataset", "split")

_ROUNDING = 0.1 + 1e-9
"""How far J&F may be from the mean of J and F, in per cent, where all three have one decimal."""


def figures_of(
    file: Path,
    rows: Sequence[tuple[int, Mapping[str, object]]],
    places: dict[tuple[object, ...], tuple[float, str]],
    notes: list[str],
) -> list[dict[str, object]]:
    """The accuracies of a file in per cent, ``method, keep, dataset, split, metric, value``.

    Args:
        file: for messages.
        rows: of the file, each with its line.
        places: what figures have been read, and where; more are added.
        notes: what was assumed, and what looks like a slip, is added to them.

    Raises:
        InputError: where a column is missing, a value is no number in range, or two lines give one
            figure two values.

    """
    columns = rows[0][1]
    missing = [key for key in ("method", "keep", "dataset") if key not in columns]
    used = [key for key in METRICS if key in columns]
    if missing or not used:
        problem = f"has no column {missing[0]}" if missing else "has no column of accuracies"
        raise InputError("records", file, problem, COLUMNS)
    known = (*_READ, *METRICS)
    if unread := [key for key in columns if key not in known and not key.startswith("__")]:
        notes.append(f"{file.name}: columns that are not read: {', '.join(unread)}")
    lines = [_line(f"{file}, line {number}", row, used) for number, row in rows]
    values = [value for line in lines for value in line.values.values()]
    low = sum(0 < value <= 1 for value in values)
    scale = 100 if values and max(values) <= 1 else 1
    if scale == 100:
        notes.append(f"{file.name}: accuracies in [0, 1] read as shares, times 100")
    elif low:
        notes.append(
            f"{file.name}: {low} of {len(values)} accuracies are up to 1, and read as per cent "
            "like the others"
        )
    if empty := sum(not line.values for line in lines):
        notes.append(f"{file.name}: lines without any accuracy, left out: {empty}")
    slips = [*_slips([row for _, row in rows])]
    slips += [text for line in lines for text in _unlike_mean(line, scale)]
    notes += [f"{file.name}: {slip}" for slip in slips]
    return [figure for line in lines for figure in _new(line, scale, places)]


class _Line(NamedTuple):
    """A row: where it stands, what it is of, and the accuracies that it has, as written."""

    where: str
    method: str
    keep: float
    dataset: str
    split: str
    values: dict[str, float]

    @property
    def of(self) -> str:
        """What it is of, for messages."""
        on = f"{self.dataset} {self.split}".strip()
        return f"{self.method} at {share_text(self.keep)} on {on}"


def _line(where: str, row: Mapping[str, object], used: Sequence[str]) -> _Line:
    method, dataset, keep = (text_of(where, key, row[key]) for key in ("method", "dataset", "keep"))
    dataset = dataset_of(dataset)
    values = {key: accuracy(where, key, row[key]) for key in used}
    return _Line(
        where,
        method_of(method),
        share(where, keep),
        dataset,
        split_of(dataset, str(row.get("split") or "")),
        {key: value for key, value in values.items() if value is not None},
    )


def _new(
    line: _Line, scale: int, places: dict[tuple[object, ...], tuple[float, str]]
) -> Iterator[dict[str, object]]:
    """The figures of a line, less those that have been read; one that was otherwise is refused."""
    for key, written in line.values.items():
        value = round(scale * written, 9)  # a share of 0.751 is the same figure as 75.1
        place = line.method, line.keep, line.dataset, line.split, key
        known, first = places.setdefault(place, (value, line.where))
        if known != value:
            problem = f"{METRICS[key]} of {line.of} is {value:g}, and {known:g} in {first}"
            raise InputError("records", line.where, problem, "keep one of them")
        if first == line.where:
            fields = zip(("method", "keep", "dataset", "split", "metric"), place, strict=True)
            yield dict(fields, value=value)


def _slips(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """What may have been meant otherwise."""
    for method in dict.fromkeys(str(row["method"]) for row in rows):
        if near := near_method(method):
            yield f"method {method} is taken for one of your own; did you mean {near}?"
    named: dict[str, str] = {}
    for method in (method_of(str(row["method"])) for row in rows):
        other = named.setdefault(method.casefold(), method)
        if other != method:
            yield f"methods {other} and {method} differ by their case, and are taken for two"
            named[method.casefold()] = method
    for keep in dict.fromkeys(str(row["keep"]) for row in rows):
        if keep.isdecimal() and int(keep) <= 100 and not is_published(int(keep)):
            yield f"keep {keep} {count_said(int(keep))}"


def _unlike_mean(line: _Line, scale: int) -> Iterator[str]:
    """That J&F is not the mean of the J and the F beside it, where it is not."""
    if {"j", "f", "jf"} <= set(line.values):
        j, f, both = (scale * line.values[key] for key in ("j", "f", "jf"))
        mean = (j + f) / 2
        if abs(mean - both) > _ROUNDING:
            yield f"J&F of {line.of} is {both:g}, the mean of its J {j:g} and F {f:g} is {mean:.4g}"
