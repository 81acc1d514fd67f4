"""Samples with masks, for the commands that recover them: a cache's, or synthetic scenes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import InputError, unknown
from .options import REPEAT, split
from .output import note

if TYPE_CHECKING:
    from ..features.cache import Sample

ScenesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scenes",
        metavar="NAME",
        help="Synthetic scenes instead of a cache: `many-small`, `flat`, `clutter`, `salient`, "
        f"`alike`, `moving` or `all`. {REPEAT}",
    ),
]
_PER_KIND = 4
PerKindOption = Annotated[
    int | None,
    typer.Option(
        "--per-kind", metavar="N", min=1, help=f"Scenes of each kind. \\[default: {_PER_KIND}]"
    ),
]
SpaceOption = Annotated[
    str,
    typer.Option(
        "--space",
        metavar="NAME",
        help="Where a dropped token looks for the nearest kept ones: `joint`, `feature` or "
        "`spatial`.",
    ),
]
NearestOption = Annotated[
    int,
    typer.Option(
        "--nearest",
        metavar="N",
        help="Kept tokens that a dropped one takes its value from, weighted by inverse distance.",
    ),
]
ThresholdOption = Annotated[
    float,
    typer.Option(
        "--threshold",
        metavar="SHARE",
        help="Share of an object above which a pixel belongs to its mask.",
    ),
]


class Scenes:
    """The first scenes of some kinds, drawn and encoded one at a time."""

    def __init__(self, kinds: Sequence[str], per_kind: int) -> None:
        self._asked = [(kind, seed) for kind in kinds for seed in range(per_kind)]

    def __len__(self) -> int:
        return len(self._asked)

    def __iter__(self) -> Iterator[Sample]:
        from ..features.encoders.descriptors import Descriptors
        from ..features.scenes import make_scene

        encoder = Descriptors()
        return (make_scene(kind, seed).sample(encoder) for kind, seed in self._asked)


def kind_of(sample: object) -> str:
    """The kind of the scene that a sample of `Scenes` is."""
    return str(sample).rpartition("-")[0]


def masked_samples(
    cache: str | None, scenes: list[str] | None, per_kind: int | None
) -> tuple[Scenes | Sequence[Sample], dict[str, object], Collection[str]]:
    """The samples, what a table says of them, and what inputs they have beside features.

    Raises:
        InputError: where both a cache and scenes are asked for, a kind is unknown, or no sample of
            the cache has masks.

    """
    if scenes is None:
        from .sources import open_source, provenance

        source = open_source(cache)
        what = "photographs" if cache is None else cache
        inputs: Collection[str] = source.encoder.get("inputs", ())
        if per_kind is not None:
            raise InputError("per_kind", per_kind, "is of scenes", "add --scenes, or leave it out")
        samples = list(source.values())
        masked = [sample for sample in samples if sample.masks]
        if not masked:
            raise InputError(
                "cache",
                what,
                f"has masks to recover in none of its {len(samples)} samples",
                "extract with a manifest that names masks, or leave --cache out",
            )
        about: dict[str, object] = {"source": what, **provenance(source)}
        if bare := [sample.id for sample in samples if not sample.masks]:
            note(f"left out for want of masks: {len(bare)} of {len(samples)} samples, as {bare[0]}")
            about["samples"] = len(masked)
            about["frames"] = sum(len(sample.clip) for sample in masked)
        return masked, about, inputs
    if cache is not None:
        raise InputError("scenes", ", ".join(scenes), "goes not with --cache", "leave one out")
    from ..features.scenes import KINDS
    from ..features.types import OPTIONAL_INPUTS

    asked = split(scenes)
    for kind in asked:
        if kind not in (*KINDS, "all"):
            raise unknown("scenes", kind, [*KINDS, "all"])
    kinds = list(KINDS) if "all" in asked else asked
    found = Scenes(kinds, per_kind or _PER_KIND)
    drawn: dict[str, object] = {
        "source": f"scenes {', '.join(kinds)}",
        "encoder": "descriptors",
        "samples": len(found),
    }
    return found, drawn, OPTIONAL_INPUTS


def require_objects(records: Sequence[object], cache: str | None) -> None:
    """Raises `InputError` where nothing was recovered, since every mask is empty."""
    if not records:
        problem = "has masks, but no object in any frame"
        raise InputError("cache", cache or "", problem, "name masks that are not empty")
