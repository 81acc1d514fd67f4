"""Rewrites the table of docs/licences.md from the metadata of what is installed.

Run: ``make licences``, which installs every extra first. The table is of this system and Python:
others need a few packages more or less, such as colorama on Windows.
"""

from __future__ import annotations

from collections import defaultdict
from importlib.metadata import distribution, metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PAGE = Path(__file__).resolve().parents[1] / "docs" / "licences.md"
BEGIN, END = "<!-- begin: make licences -->\n", "<!-- end: make licences -->\n"


def needed() -> dict[str, set[str]]:
    """By package what needs it: `evtp`, or else the extras that do.

    Raises:
        PackageNotFoundError: an extra is not installed.

    """
    alone = _closure("")
    found = {package: {"evtp"} for package in alone}
    extras = metadata("evtp").get_all("Provides-Extra") or []
    of_extras = defaultdict(set)
    for extra in extras:
        for package in _closure(extra) - alone:
            of_extras[package].add(extra)
    return {**found, **of_extras}


def _closure(extra: str) -> set[str]:
    """Every package that evtp with an extra comes to need, evtp itself left out."""
    todo, seen = [("evtp", frozenset({"", extra}))], set()
    while todo:
        name, extras = item = todo.pop()
        if item in seen:
            continue
        seen.add(item)
        for line in distribution(name).requires or []:
            wanted = Requirement(line)
            marker = wanted.marker
            if marker is None or any(marker.evaluate({"extra": each}) for each in extras):
                todo.append((canonicalize_name(wanted.name), frozenset({"", *wanted.extras})))
    return {name for name, _ in seen} - {"evtp"}


def licence(package: str) -> str:
    """What the metadata states, from the most to the least exact of its fields."""
    stated = metadata(package)
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in stated.get_all("Classifier") or []
        if line.startswith("License :: ")
    ]
    first_line = stated.get("License", "").strip().partition("\n")[0]
    return (
        stated.get("License-Expression") or " or ".join(classifiers) or first_line or "not stated"
    )


def table() -> str:
    """In Markdown, what evtp itself needs first."""
    by_need = sorted(needed().items(), key=lambda item: ("evtp" not in item[1], item[0]))
    rows = (
        f"| {package} | {metadata(package)['Version'].partition('+')[0]} | {licence(package)} "
        f"| {', '.join(sorted(needs))} |\n"
        for package, needs in by_need
    )
    return "| Package | Version | Licence | Needed by |\n|---|---|---|---|\n" + "".join(rows)


def main() -> None:
    """Writes the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{table()}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
