"""Tables that ship with the code."""

from __future__ import annotations

import csv
from importlib.resources import files


def shipped_rows(package: str, name: str) -> list[dict[str, str]]:
    """The rows of a CSV file that lies in a package, every value as text.

    Args:
        package: the dotted name of the package.
        name: the file in it, such as ``devices.csv``.

    """
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
