"""A user's own figures: sweeps in Parquet, and tables of accuracy in CSV or Parquet."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.budget import parse_keep, tokens_kept
from ..core.errors import InputError
from .published import published

METRICS = {"giou": "gIoU", "ciou": "cIoU", "j": "J", "f": "F", "jf": "J&F"}
"""The columns that hold accuracies, with the names that people use."""

_DEFAULT_SPLIT = {"revos": "overall"}
_TOKENS = 729
_COLUMNS = f"give columns method, keep, dataset and some of {', '.join(METRICS)}"


class Own(NamedTuple):
    """What was found in a user's records.

    Args:
        figures: accuracies in per cent, ``method, keep, dataset, split, metric, value``.
        cover: coverage records per frame, as `evtp sweep` writes them.
        notes: what was assumed.
        encoder: of the features behind the coverage records, as the manifests of their sweeps have
            it; empty where there is none, or where they differ.

    """

    figures: list[dict[str, object]]
    cover: list[dict[str, object]]
    notes: list[str]
    encoder: Mapping[str, object]


def read_own(paths: Sequence[Path]) -> Own:
    """Reads Parquet and CSV files, and the folders that hold them.

    A file with a column ``feature_radius`` holds coverage records; any other needs ``method, keep,
    dataset``, columns of accuracies (``giou, ciou, j, f, jf``; J&F and gIoU are read too) and,
    where a data set has parts, ``split`` (val, testA, reasoning, overall ...). A file whose
    accuracies all lie in [0, 1] is read as shares.

    Raises:
        InputError: where a path is missing or unreadable, a column is missing, a value is no
            number in range, or two lines give one figure two values.

    """
    own = Own([], [], [], _encoder(paths))
    places: dict[tuple[object, ...], tuple[object, str]] = {}
    cover: list[tuple[dict[str, object], int | None]] = []
    for path in paths:
        for file in _files(path):
            rows = _rows(file)
            if not rows:
                raise InputError("records", file, "holds no row", _COLUMNS)
            if "select_seconds" in rows[0]:
                continue  # a sweep's timings
            if "feature_radius" in rows[0]:
                cover += _cover(file, rows)
            else:
                figures, share = _figures(file, rows, places)
                own.figures.extend(figures)
                if share:
                    own.notes.append(f"{file.name}: accuracies in [0, 1] read as shares, times 100")
    own.cover.extend(_of_one_ratio(cover, own.notes))
    return own


def _encoder(paths: Sequence[Path]) -> Mapping[str, object]:
    found: list[Mapping[str, object]] = []
    for manifest in (file for path in paths for file in path.rglob("manifest.json")):
        try:
            encoder = json.loads(manifest.read_text(encoding="utf-8"))["cache"]["encoder"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue  # of something else; the records stand without it
        if isinstance(encoder, dict) and encoder not in found:
            found.append(encoder)
    return found[0] if len(found) == 1 else {}


def _files(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix.lower() not in (".csv", ".parquet"):
            raise InputError(
                "records", path, "is neither CSV nor Parquet", "end the name in .csv or .parquet"
            )
        return [path]
    if not path.is_dir():
        raise InputError(
            "records", path, "does not exist", "give a CSV, a Parquet file or a folder"
        )
    found = sorted(
        file
        for ending in ("csv", "parquet")
        for file in path.rglob(f"*.{ending}")
        if not file.name.startswith(".")  # being written
        and not (file.name == "failures.csv" and (file.parent / "manifest.json").is_file())
    )
    if not found:
        raise InputError("records", path, "holds no CSV and no Parquet file", "check the path")
    return found


def _rows(file: Path) -> list[dict[str, object]]:
    """The rows of a file, column names in lower case, a missing value None."""
    if file.suffix.lower() == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            schema = pq.read_schema(file)
            plain = [field.name for field in schema if not pa.types.is_nested(field.type)]
            rows = pq.read_table(file, columns=plain).to_pylist()
        except (OSError, pa.ArrowException) as error:
            reason = " ".join(str(error).split())
            raise InputError(
                "records", file, f"cannot be read ({reason})", "write the file again"
            ) from None
    else:
        try:
            with file.open(encoding="utf-8-sig", newline="") as opened:
                rows = list(csv.DictReader(opened))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InputError(
                "records", file, f"cannot be read ({error})", "save it as CSV in UTF-8"
            ) from None
        if any(None in row for row in rows):
            raise InputError("records", file, "has a row longer than its header", "mend the row")
    named = [
        {str(key).strip().lower().replace("&", ""): _present(value) for key, value in row.items()}
        for row in rows
    ]
    for row in named:
        if "keep_ratio" in row:  # a sweep's two columns for a budget
            ratio, count = row.pop("keep_ratio"), row.pop("keep_count", None)
            row["keep"] = count if ratio is None else ratio
    return named


def _present(value: object) -> object:
    if isinstance(value, str):
        value = value.strip()
    return None if value == "" or value != value else value


def _figures(
    file: Path,
    rows: Sequence[Mapping[str, object]],
    places: dict[tuple[object, ...], tuple[object, str]],
) -> tuple[list[dict[str, object]], bool]:
    """The accuracies of a file in per cent, and whether they were shares.

    Args:
        file: for messages.
        rows: of the file.
        places: what figures have been read, and where; more are added.

    """
    missing = [key for key in ("method", "keep", "dataset") if key not in rows[0]]
    used = [key for key in METRICS if key in rows[0]]
    if missing or not used:
        problem = f"has no column {missing[0]}" if missing else "has no column of accuracies"
        raise InputError("records", file, problem, _COLUMNS)
    found = []
    for number, row in enumerate(rows, start=2):
        where = f"{file}, line {number}"
        method, dataset = (_text(where, key, row[key]) for key in ("method", "dataset"))
        split = str(row.get("split") or _DEFAULT_SPLIT.get(dataset.lower(), ""))
        keep = _share(where, row["keep"])
        for key in used:
            if (value := _number(where, key, row[key])) is None:
                continue
            place = method, keep, dataset.lower(), split, key
            known, first = places.setdefault(place, (value, where))
            if known != value:
                raise InputError(
                    "records",
                    where,
                    f"{METRICS[key]} {value:g} of {method} at {keep:.3g} on {dataset} is {known} "
                    f"in {first}",
                    "keep one of them",
                )
            if first == where:
                found.append(
                    dict(
                        zip(("method", "keep", "dataset", "split", "metric"), place, strict=True),
                        value=value,
                    )
                )
    shares = bool(found) and all(float(str(figure["value"])) <= 1 for figure in found)
    if shares:
        found = [{**figure, "value": 100 * float(str(figure["value"]))} for figure in found]
    return found, shares


def _cover(
    file: Path, rows: Sequence[dict[str, object]]
) -> Iterator[tuple[dict[str, object], int | None]]:
    """The coverage records of a file, each with the count that was to be kept where it was one."""
    needed = ("method", "keep", "tokens", "tokens_kept", "sample", "frame", "seed")
    missing = [key for key in needed if key not in rows[0]]
    if missing:
        raise InputError(
            "records", file, f"has no column {missing[0]}", "write it with `evtp sweep`"
        )
    for number, row in enumerate(rows, start=2):
        where = f"{file}, line {number}"
        numbers = {
            key: value if key in ("method", "sample", "keep") else _any_number(where, key, value)
            for key, value in row.items()
        }
        # By ratio, so that a count and the ratio that it is share a point.
        numbers["keep"] = _share(where, row["keep"], numbers["tokens"])
        asked_for = parse_keep(str(row["keep"]))
        yield numbers, asked_for if isinstance(asked_for, int) else None


def _of_one_ratio(
    found: Sequence[tuple[dict[str, object], int | None]], notes: list[str]
) -> list[dict[str, object]]:
    """The records without those at a count of frames of unlike sizes, of which it is no ratio."""
    sizes: dict[int, set[int]] = defaultdict(set)
    for record, count in found:
        if count is not None:
            sizes[count].add(int(str(record["tokens"] or _TOKENS)))
    unlike = {count: tokens for count, tokens in sizes.items() if len(tokens) > 1}
    notes += [
        f"left out: the cover at {count} tokens, which are no one ratio of frames of "
        f"{min(tokens):,} to {max(tokens):,}"
        for count, tokens in sorted(unlike.items())
    ]
    return [record for record, count in found if count not in unlike]


def _text(where: str, key: str, value: object) -> str:
    if value is None:
        raise InputError("records", where, f"has no {key}", "fill it in")
    return str(value)


def _share(where: str, keep: object, tokens: object = None) -> float:
    """A keep as a ratio; a count is the published ratio that keeps as many, else its share."""
    total = _TOKENS if tokens is None else tokens
    if not isinstance(total, int) or total < 1:
        raise InputError("records", where, f"tokens {total} is no count of tokens", "mend it")
    try:
        parsed = parse_keep(str(keep))
        kept = tokens_kept(parsed, total)
    except InputError as error:
        raise InputError("records", where, f"keep {keep} {error.problem}", error.remedy) from None
    if isinstance(parsed, float):
        return parsed
    ratios = {float(row["keep"]) for row in published(1)}
    return next((r for r in sorted(ratios) if tokens_kept(r, total) == kept), kept / total)


def _number(where: str, key: str, value: object) -> float | None:
    number = _any_number(where, key, value)
    if isinstance(number, int | float) and not 0 <= number <= 100:
        raise InputError(
            "records", where, f"{METRICS[key]} {value} is no accuracy", "give per cent, 0 to 100"
        )
    return None if number is None else float(str(number))


def _any_number(where: str, key: str, value: object) -> object:
    """A number as it is, or read from text; None stays None, a column of another kind as it is."""
    truth = isinstance(value, bool)
    if value is None or (isinstance(value, int | float) and not truth):
        return value
    for kind in () if truth else (int, float):
        try:
            return kind(str(value))
        except ValueError:
            continue
    if key in METRICS or key in ("tokens", "tokens_kept", "frame", "seed"):
        raise InputError("records", where, f"{key} {value} is no number", "mend it")
    return value
