"""A user's own figures: sweeps in Parquet, and tables of accuracy in CSV or Parquet."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.errors import InputError
from .own_cover import caches_of, cover_records, encoder_of, of_one_ratio
from .own_figures import COLUMNS, figures_of


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
    where a data set has parts, ``split`` (val, testA, reasoning, overall ...). Methods, data sets
    and splits may be written by id or by name, in any case. A file whose accuracies all lie in
    [0, 1] is read as shares.

    Raises:
        InputError: where a path is missing or unreadable, a column is missing, a value is no
            number in range, or two lines give one figure two values.

    """
    caches = caches_of(paths)
    own = Own([], [], [], encoder_of(caches.values()))
    places: dict[tuple[object, ...], tuple[float, str]] = {}
    cover: list[tuple[dict[str, object], int | None]] = []
    for path in paths:
        for file in _files(path):
            rows = _rows(file)
            if not rows:
                raise InputError("records", file, "holds no row", COLUMNS)
            if "select_seconds" in rows[0]:
                continue  # a sweep's timings
            if "feature_radius" in rows[0]:
                of = [str(caches[run].get("digest")) for run in file.parents if run in caches]
                cover += cover_records(file, rows, *of[:1])
            else:
                own.figures.extend(figures_of(file, rows, places, own.notes))
    own.cover.extend(of_one_ratio(cover, own.notes))
    return own


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
        for line, row in enumerate(rows, start=2):
            if None in row:
                where = f"{file}, line {line}"
                remedy = "separate columns by commas, and decimals by points"
                raise InputError("records", where, "is longer than the header", remedy)
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
