"""`evtp score`: predicted masks against true ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.errors import InputError
from ...reports.table import Column, Record, Table
from ..options import FormatOption, OutputOption, one_of
from ..output import Output, check_ending, check_writable, note
from ..scores import by_expression, by_group, by_sample, write_records

if TYPE_CHECKING:
    from ...segmentation.folder import Unit
    from ...segmentation.labels import Ignore
    from ...segmentation.scoring import Scored

BY = {"group": by_group, "sample": by_sample, "expression": by_expression}

_METRICS = (
    Column("giou", "gIoU", "percent", unit="%", digits=2),
    Column("ciou", "cIoU", "percent", unit="%", digits=2),
    Column("j", "J", "percent", unit="%", digits=2),
    Column("f", "F", "percent", unit="%", digits=2),
    Column("jf", "J&F", "percent", unit="%", digits=2),
)

EXAMPLES = ("evtp score --predicted predicted/ --truth truth/",)


def run(
    predicted: Annotated[
        Path,
        typer.Option("--predicted", metavar="FOLDER", help="Predicted masks."),
    ],
    truth: Annotated[
        Path, typer.Option("--truth", metavar="FOLDER", help="True masks, under the same names.")
    ],
    clips: Annotated[
        bool,
        typer.Option("--clips", help="Files in one folder are the frames of one clip."),
    ] = False,
    objects: Annotated[
        str,
        typer.Option(
            "--objects",
            metavar="NAME",
            help="What a mask is: the `union` of all labels (referring), or `each` label (DAVIS).",
        ),
    ] = "union",
    ignore: Annotated[
        str,
        typer.Option(
            "--ignore",
            metavar="NAME",
            help="What 255 is in the truth: `exclude` (counts for nothing), `background` (as the "
            "base model reads it), `foreground`, or `auto`: exclude in palettes and beside 1, "
            "foreground in images of 0 and 255.",
        ),
    ] = "auto",
    groups: Annotated[
        Path | None,
        typer.Option(
            "--groups",
            metavar="FILE",
            help="Group of each mask: CSV with path and group, or JSON. \\[default: the top folder "
            "where it is called referring or reasoning]",
        ),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="NAME", help="What a row is: a `group`, a `sample` or an `expression`."
        ),
    ] = "group",
    details: Annotated[
        Path | None,
        typer.Option(
            "--details", metavar="FILE", help="Also write a record a frame and object: Parquet."
        ),
    ] = None,
    format: FormatOption = None,
    output: OutputOption = None,
) -> None:
    """Score masks by gIoU, cIoU, J, F and J&F.

    Reads PNG (palette, 0/255, 0/1), COCO RLE (JSON) and NumPy. A missing prediction scores 0;
    missing masks and masks without a truth are named on stderr.
    """
    destination = Output.to(format, output)
    if details is not None:
        check_writable(details, "details")
        check_ending(details, (".parquet",), "details")
    one_of("by", by, list(BY))
    one_of("objects", objects, ("union", "each"))

    from ...segmentation.folder import open_masks
    from ...segmentation.grouping import groups_of, read_groups
    from ...segmentation.labels import check_ignore
    from ..progress import over

    meaning = check_ignore(ignore)
    true = open_masks(truth, "truth", clips)
    guesses = open_masks(predicted, "predicted", clips)
    group = groups_of(true, None if groups is None else read_groups(groups))
    if not true.keys() & guesses.keys():
        raise InputError(
            "predicted",
            predicted,
            f"no mask has the name of a true one, such as {next(iter(true))}",
            "name predictions like the truth, or add --clips to both layouts",
        )
    scored = list(over(_Scoring(guesses, true, meaning, objects == "each"), "Scoring"))
    _remark(scored, guesses, true)
    if details is not None:
        write_records(scored, group, details)
    rows = BY[by](scored, group)
    destination.write(_table(rows, by, {"ignore": ignore, "objects": objects}))


class _Scoring:
    """The samples scored, several at a time: decoding and counting run outside Python's lock."""

    def __init__(
        self,
        predicted: Mapping[str, Unit],
        truth: Mapping[str, Unit],
        ignore: Ignore,
        each_object: bool,
    ) -> None:
        self._predicted, self._truth = predicted, truth
        self._options = ignore, each_object

    def __len__(self) -> int:
        return len(self._truth)

    def __iter__(self) -> Iterator[Scored]:
        import os
        from concurrent.futures import ThreadPoolExecutor

        from ...segmentation.scoring import score_sample

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            try:
                yield from pool.map(
                    lambda path: score_sample(
                        path, self._predicted.get(path), self._truth[path], *self._options
                    ),
                    self._truth,
                )
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def _table(rows: Sequence[Record], by: str, meta: Mapping[str, object]) -> Table:
    titles = {"group": "Group", "sample": "Sample", "expression": "Expression"}
    shown = [Column(key, titles[key]) for key in BY if any(row.get(key) for row in rows)]
    notes = [
        "gIoU: mean over samples of I / U. cIoU: sum of I over sum of U. J, F: means over frames, "
        "then objects, then samples. Both masks empty counts 1, a missing prediction 0."
    ]
    if by == "group" and len(rows) > 1:
        notes.append("Overall: the mean of the groups.")
    return Table(
        title="Predicted masks against true ones",
        columns=[
            *shown,
            Column("samples", "Samples", "integer"),
            *_METRICS,
            Column("missing", "Missing", "integer"),
        ],
        rows=rows,
        meta=meta,
        notes=notes,
        block="group" if by != "group" else "",
    )


def _remark(
    scored: Sequence[Scored], predicted: Mapping[str, Unit], truth: Mapping[str, Unit]
) -> None:
    lost = [one.path for one in scored if one.missing]
    partly = [one.path for one in scored if not one.missing and any(f.missing for f in one.frames)]
    extra = [path for path in predicted if path not in truth]
    unseen = [
        path for path in predicted if path in truth and predicted[path].keys() - truth[path].keys()
    ]
    for paths, what in (
        (lost, "no prediction, which scores 0"),
        (partly, "some frames without a prediction, which count as empty"),
        (extra, "a prediction but no truth, and is left out"),
        (unseen, "predicted frames without a truth, which are left out"),
    ):
        if paths:
            more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            note(f"{paths[0]}{more}: {what}")
