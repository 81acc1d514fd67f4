"""Which of the published figures a figure shows: one metric a data set."""

from __future__ import annotations

from collections.abc import Sequence

from .accuracy import accuracy_table
from .published import ACCURACY
from .table import Record

PANELS = {
    "refcoco_val": "RefCOCO val, gIoU",
    "refcoco+_val": "RefCOCO+ val, gIoU",
    "refcocog_val": "RefCOCOg val(U), gIoU",
    "reasonseg_giou": "ReasonSeg, gIoU",
    "overall_jf": "ReVOS, J&F",
    "refytvos_jf": "Ref-YouTube-VOS, J&F",
    "refdavis17_jf": "Ref-DAVIS17, J&F",
}
"""The columns of Tables 1 to 3 that stand for their data set, with the title of the panel."""


def accuracy_points(
    costs: Sequence[Record] = (), own: Sequence[Record] = ()
) -> list[dict[str, object]]:
    """The figures of Tables 1 to 3 that stand for their data set, each with its cost and panel.

    Args:
        costs: FLOPs records, as for `accuracy_table`.
        own: figures measured elsewhere, as for `accuracy_table`.

    """
    return [
        {**record, "panel": PANELS[str(record["key"])]}
        for number in ACCURACY
        for record in accuracy_table(number, costs, own).machine_records
        if record["key"] in PANELS
    ]
