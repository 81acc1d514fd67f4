"""A user's own figures: sweeps in Parquet, and tables of accuracy in CSV or Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.errors import InputError
from .own_cover import Covered, caches_of, cover_records, encoder_of, merged
from .own_figures import COLUMNS, figures_of
from .own_rows import rows_of

_ENDINGS = (".csv", ".parquet")


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
            number in range, or two lines give one figure or one frame two values.

    """
    caches = caches_of(paths)
    own = Own([], [], [], {})
    places: dict[tuple[object, ...], tuple[float, str]] = {}
    cover: list[Covered] = []
    for path in paths:
        for file in _files(path):
            rows = rows_of(file)
            if not rows:
                raise InputError("records", file, "holds no row", COLUMNS)
            if "select_seconds" in rows[0][1]:
                continue  # a sweep's timings
            if "feature_radius" in rows[0][1]:
                of = [caches[run] for run in file.absolute().parents if run in caches]
                cover += cover_records(file, rows, str(of[0].get("digest") or "") if of else "")
            else:
                own.figures.extend(figures_of(file, rows, places, own.notes))
    own.cover.extend(merged(cover, own.notes))
    unknown = any(not one.cache for one in cover)
    return own._replace(encoder={} if unknown else encoder_of(caches.values()))


def _files(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix.lower() not in _ENDINGS:
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
        for file in path.rglob("*.*")
        if file.suffix.lower() in _ENDINGS
        and not file.name.startswith(".")  # being written
        and not (file.name == "failures.csv" and (file.parent / "manifest.json").is_file())
    )
    if not found:
        raise InputError("records", path, "holds no CSV and no Parquet file", "check the path")
    return found
