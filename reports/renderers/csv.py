"""Comma-separated values of the raw records, for programs."""

from __future__ import annotations

import csv
import io

from ..table import Table
from . import Surface

SUFFIXES = (".csv",)


def render(table: Table, surface: Surface) -> str:
    """The records with unrounded numbers; a column that any record has is in the header.

    A table without records has the columns that people see as its header.
    """
    records = table.machine_records
    keys = list(dict.fromkeys(key for record in records for key in record))
    keys = keys or [column.key for column in table.columns]
    out = io.StringIO()
    writer = csv.DictWriter(out, keys, restval="", lineterminator="\n")
    writer.writeheader()
    # Left unquoted, as with this line ending it is, a lone carriage return ends a row for readers.
    careful = csv.DictWriter(out, keys, restval="", lineterminator="\n", quoting=csv.QUOTE_ALL)
    for record in records:
        torn = any(isinstance(value, str) and "\r" in value for value in record.values())
        (careful if torn else writer).writerow(record)
    return out.getvalue()
