"""The rows of a user's tables, CSV or Parquet, each with the line that it stands in."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from ..core.errors import InputError

_DIGITS = {"halffloat": 3, "float": 7}
"""What Arrow's narrow floats hold in decimal digits: 0.2 of a float is written 0.200000003."""

_NAMES = {"part": "split"}
"""Headings of our own tables that stand for a column of the records."""

Row = tuple[int, dict[str, object]]


def rows_of(file: Path) -> list[Row]:
    """The rows of a file with their lines, column names in lower case, a missing value None.

    Rows without any value are left out; of a Parquet file the first row is line 2, as in CSV.

    Raises:
        InputError: where it cannot be read, a row is longer than the header, or two columns have
            one name.

    """
    header, rows = _parquet(file) if file.suffix.lower() == ".parquet" else _csv(file)
    names = _names(file, header)
    named = [
        (line, {names[key]: _present(value) for key, value in row.items()}) for line, row in rows
    ]
    for _, row in named:
        if "keep_ratio" in row:  # a sweep's two columns for a budget
            ratio, count = row.pop("keep_ratio"), row.pop("keep_count", None)
            row["keep"] = count if ratio is None else ratio
    return [(line, row) for line, row in named if any(value is not None for value in row.values())]


def _parquet(file: Path) -> tuple[list[str], list[Row]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file)
        plain = [field.name for field in schema if not pa.types.is_nested(field.type)]
        rows = pq.read_table(file, columns=plain).to_pylist()
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            "records", file, f"cannot be read ({reason})", "write the file again"
        ) from None
    narrow = {f.name: digits for f in schema if (digits := _DIGITS.get(str(f.type)))}
    for row in rows:
        for name, digits in narrow.items():
            if isinstance(row.get(name), float):
                row[name] = float(f"{row[name]:.{digits}g}")
    return plain, list(enumerate(rows, start=2))


def _csv(file: Path) -> tuple[list[str], list[Row]]:
    rows: list[Row] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            for row in reader:
                if None in row:
                    where = f"{file}, line {reader.line_num}"
                    remedy = "separate columns by commas, and decimals by points"
                    raise InputError("records", where, "is longer than the header", remedy)
                rows.append((reader.line_num, dict(row)))
            header = list(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            "records", file, f"cannot be read ({error})", "save it as CSV in UTF-8"
        ) from None
    if len(header) == 1 and (by := next((mark for mark in ";\t|" if mark in header[0]), "")):
        found = {";": "semicolons", "\t": "tabs", "|": "bars"}[by]
        remedy = "separate columns by commas, and decimals by points"
        raise InputError("records", file, f"is separated by {found}", remedy)
    return header, rows


def _names(file: Path, columns: Iterable[str]) -> dict[str, str]:
    """What each column is called here: J&F, J & F and jf are one name."""
    names: dict[str, str] = {}
    for column in columns:
        name = "".join(str(column).lower().replace("&", "").split())
        name = _NAMES.get(name, name)
        if name and name in names.values():
            other = next(known for known, short in names.items() if short == name)
            problem = f"has two columns for {name}, {other} and {column}"
            raise InputError("records", file, problem, "keep one of them")
        names[column] = name
    return names


def _present(value: object) -> object:
    if isinstance(value, str):
        value = value.strip()
    return None if value == "" or value != value else value
