"""The names in a user's records: methods, data sets and splits as the ids that they stand for."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from .names import METHODS
from .published import method_titles, metrics
from .settings import DATASETS

_DEFAULT_SPLIT = {"revos": "overall"}
_ALIKE = 0.85
"""How alike two words are, of 1, to be taken for a slip."""


def method_of(text: str) -> str:
    """The id of a method that is written by its id or name in any case; any other as it is."""
    return _methods().get(text.casefold(), text)


def near_method(text: str) -> str | None:
    """The method that another was probably meant to be, None where it is known or far from all."""
    known, word = _methods(), text.casefold()
    if any(word.startswith(name) for name in known):
        return None  # known, or named after one, as a variant of it
    swapped = [name for name in known if sorted(name) == sorted(word)]
    near = swapped or get_close_matches(word, known, 1, _ALIKE)
    return known[near[0]] if near else None


def dataset_of(text: str) -> str:
    """The id of a data set that is written by its id or name in any case; others in lower case."""
    ids = {name.casefold(): dataset for dataset, name in DATASETS.items()}
    return ids.get(text.casefold(), text.lower())


def split_of(dataset: str, text: str) -> str:
    """The split as the paper's tables have it; any other as it is.

    Args:
        dataset: the id of the data set.
        text: as written, empty for the data set's usual one.

    """
    if not text:
        return _DEFAULT_SPLIT.get(dataset, "")
    return _splits(dataset).get(text.casefold(), text)


@cache
def _methods() -> dict[str, str]:
    names = {id: title.partition(" (")[0] for id, title in method_titles().items()} | METHODS
    return {text.casefold(): id for id, name in names.items() for text in (id, name)}


@cache
def _splits(dataset: str) -> dict[str, str]:
    """The splits of a data set by whatever they are called."""
    found: dict[str, str] = {}
    for metric in (m for number in (1, 2, 3, 4) for m in metrics(number) if m.dataset == dataset):
        if metric.split:
            found[metric.split.casefold()] = metric.split
            if metric.title.startswith(metric.split):  # val(U); other titles are of metrics
                found[metric.title.casefold()] = metric.split
        elif metric.group.endswith("(val)"):
            found["val"] = ""
    return found
