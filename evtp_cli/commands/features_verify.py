"""`evtp features verify`: whether a cache is as it was written."""

from __future__ import annotations

from ...core.errors import CheckFailed
from ...reports.table import Column, Table
from ..options import CacheOption, FormatOption, OutputOption
from ..output import Output, note
from ..progress import bar

EXAMPLES = ("evtp features verify --cache cache/",)


def run(
    cache: CacheOption = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Check every hash, shape and value of a cache and its index.

    Exits with 1 at any damage.
    """
    destination = Output.to(format, output)
    from ...features.cache import data_files
    from ...features.store import open_store
    from ...features.verify import verify
    from ..sources import open_source

    store = open_source(None).store if cache is None else open_store(cache)
    with bar("Verifying", len(data_files(store.sizes()))) as advance:
        damages = list(verify(store, lambda: advance(1)))
    destination.write(
        Table(
            title="Damage of the cache",
            columns=[
                Column("file", "File"),
                Column("sample", "Sample"),
                Column("problem", "Problem"),
            ],
            rows=[vars(damage) for damage in damages],
            meta={"cache": store.where},
        )
    )
    if damages:
        raise CheckFailed(
            f"{store.where} is damaged ({len(damages)} found); delete the files named and extract "
            "again: only what is missing is made"
        )
    note(f"{store.where}: every hash, shape and value is as it was written")
