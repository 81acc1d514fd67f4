"""Predicted masks against true ones: a frame, a sample, a group of samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

import numpy as np

from ..core.errors import InputError
from .boundary import boundary_f
from .folder import Unit, mask_of
from .labels import Ignore, Objects, read_labels
from .mask_files import Loader
from .overlap import Mask, Overlap, ciou, giou, overlap


class FrameScore(NamedTuple):
    """One object in one frame.

    Args:
        frame: its name.
        object: its label, or None for all objects as one.
        overlap: pixels shared and in either.
        j: region similarity, 0 for a missing prediction.
        f: boundary F, 0 for a missing prediction.
        missing: whether the prediction has no such frame.

    """

    frame: str
    object: int | None
    overlap: Overlap
    j: float
    f: float
    missing: bool


@dataclass(frozen=True)
class Scored:
    """A sample (one image or clip with one expression) and the scores of its frames."""

    path: str
    frames: Sequence[FrameScore]

    @property
    def missing(self) -> bool:
        """Whether nothing at all was predicted."""
        return all(frame.missing for frame in self.frames)

    def overlaps(self) -> list[Overlap]:
        """An overlap for each object, its pixels summed over the frames."""
        return [_total(frame.overlap for frame in frames) for frames in self._objects()]

    def metrics(self) -> Metrics:
        """The sample's own; J and F are means over frames, then over objects."""
        objects = self._objects()
        overlaps = self.overlaps()
        return Metrics(
            # A missing prediction of an empty truth scores 0 as well, which I and U cannot say.
            giou=0.0 if self.missing else giou(overlaps),
            ciou=ciou(overlaps),
            j=fmean(fmean(frame.j for frame in frames) for frames in objects),
            f=fmean(fmean(frame.f for frame in frames) for frames in objects),
        )

    def _objects(self) -> list[list[FrameScore]]:
        found: dict[int | None, list[FrameScore]] = {}
        for frame in self.frames:
            found.setdefault(frame.object, []).append(frame)
        return list(found.values())


@dataclass(frozen=True)
class Metrics:
    """Scores from 0 to 1, larger is better."""

    giou: float
    ciou: float
    j: float
    f: float

    @property
    def jf(self) -> float:
        """J&F, their mean."""
        return (self.j + self.f) / 2

    def record(self) -> dict[str, float]:
        """By record key, as fractions."""
        return {"giou": self.giou, "ciou": self.ciou, "j": self.j, "f": self.f, "jf": self.jf}


def metrics_of(samples: Sequence[Scored]) -> Metrics:
    """The metrics of a group: means over its samples, cIoU from their summed pixels.

    Raises:
        InputError: where there is no sample.

    """
    if not samples:
        raise InputError("samples", "", "are empty", "score at least one")
    each = [sample.metrics() for sample in samples]
    return Metrics(
        giou=fmean(one.giou for one in each),
        ciou=ciou([one for sample in samples for one in sample.overlaps()]),
        j=fmean(one.j for one in each),
        f=fmean(one.f for one in each),
    )


def mean_metrics(groups: Sequence[Metrics]) -> Metrics:
    """Groups of equal weight: ReVOS's overall, the mean of referring and reasoning."""
    return Metrics(
        *(fmean(getattr(g, name) for g in groups) for name in ("giou", "ciou", "j", "f"))
    )


def score_sample(
    path: str,
    predicted: Unit | None,
    truth: Unit,
    ignore: Ignore = "auto",
    each_object: bool = False,
) -> Scored:
    """Scores the frames of a sample; the truth says which frames there are.

    Args:
        path: its name, for records and messages.
        predicted: the predicted masks, or None where there are none, which scores 0.
        truth: the true masks.
        ignore: what 255 means in the truth.
        each_object: score every label of the truth by itself, as DAVIS does; otherwise all
            objects are one, as for a referring expression.

    Raises:
        InputError: where a file is damaged or two masks differ in size.

    """
    predicted = predicted or {}
    if not each_object:
        scores = [
            _score(
                FrameName(path, name),
                None,
                _read(predicted.get(name), "predicted", "foreground"),
                _read(truth[name], "truth", ignore),
            )
            for name in truth
        ]
        return Scored(path, scores)
    masks = {name: _read(truth[name], "truth", ignore) for name in truth}
    guesses = {name: _read(predicted.get(name), "predicted", "foreground") for name in truth}
    labels = sorted(
        {int(i) for mask in masks.values() if mask is not None for i in np.unique(mask.ids)} - {0}
    )
    if not labels:
        return score_sample(path, predicted, truth, ignore)
    return Scored(
        path,
        [
            _score(
                FrameName(path, name), label, _one(guesses[name], label), _one(masks[name], label)
            )
            for label in labels
            for name in truth
        ],
    )


class FrameName(NamedTuple):
    """A frame of a sample."""

    sample: str
    frame: str


_EMPTY = Objects(np.zeros((0, 0), bool), None)
"""An empty mask of unknown size."""


def _read(load: Loader | None, option: str, ignore: Ignore) -> Objects | None:
    if load is None:
        return None
    with mask_of(option):
        labels = load()
        return _EMPTY if labels is None else read_labels(labels, ignore)


def _one(mask: Objects | None, label: int) -> Objects | None:
    return mask if mask is None or mask is _EMPTY else Objects(mask.ids == label, mask.ignored)


def _score(
    name: FrameName, label: int | None, predicted: Objects | None, truth: Objects | None
) -> FrameScore:
    assert truth is not None  # its own loader gave it
    missing = predicted is None
    true = truth.foreground
    guess = _EMPTY.foreground if predicted is None else predicted.foreground
    if missing or predicted is _EMPTY:
        guess = np.zeros_like(true)
    elif truth is _EMPTY:
        true = np.zeros_like(guess)
    if guess.shape != true.shape:
        raise InputError(
            "predicted",
            f"{name.sample} (frame {name.frame}) of {_size(guess)} pixels",
            f"does not match the truth's {_size(true)}",
            "resize the prediction to the truth with nearest neighbour",
        )
    if truth.ignored is not None:
        guess = guess & ~truth.ignored
    pixels = overlap(guess, true)
    if missing:
        return FrameScore(name.frame, label, pixels, 0.0, 0.0, True)
    return FrameScore(name.frame, label, pixels, pixels.iou, boundary_f(guess, true), False)


def _size(mask: Mask) -> str:
    return " x ".join(map(str, mask.shape))


def _total(overlaps: Iterable[Overlap]) -> Overlap:
    shared, either = zip(*overlaps, strict=True)
    return Overlap(sum(shared), sum(either))
