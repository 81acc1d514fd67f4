"""The tables of the EVTP-IVS paper, as data.

Figures as printed. ``keep`` is the share of tokens kept; ``method`` takes the names that the
pruners have here, ``original`` being the unpruned model; TFLOPs are the paper's word for what its
Appendix A counts, multiply-accumulates.
"""

from __future__ import annotations

import csv
from importlib.resources import files

TABLES = {
    1: "table1_image",
    2: "table2_revos",
    3: "table3_rvos",
    4: "table4_ablation",
    5: "table5_token_counts",
    6: "table6_instructions",
    7: "table7_dataset_stats",
}
"""The paper's table numbers and the files that hold them."""


def published(table: int) -> list[dict[str, str | float]]:
    """The rows of a table of the paper, numbers as floats, everything else as text."""
    text = files(__name__).joinpath(f"{TABLES[table]}.csv").read_text(encoding="utf-8")
    return [
        {key: _number(value) for key, value in row.items()}
        for row in csv.DictReader(text.splitlines())
    ]


def _number(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
