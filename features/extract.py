"""From inputs to a cache: read, encode in batches, write, carry on past what is broken."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ..core.errors import InputError
from .cache import Sample
from .cache_writer import CacheWriter
from .encoders import Encoder
from .inputs.items import Broken, Item, Loaded
from .types import OPTIONAL_INPUTS, Clip

Progress = Callable[[int], None]
"""Called with the number of samples just dealt with."""


def extract(
    items: Iterable[Item | Broken],
    encoder: Encoder,
    writer: CacheWriter,
    batch: int = 8,
    progress: Progress = lambda done: None,
) -> list[Broken]:
    """Encodes what the cache does not hold yet.

    Samples are encoded and written in groups of at least `batch` frames. A group is written as a
    whole, so that the run that continues an interrupted one forms the same groups: what a network
    computes depends, in its last digits, on what else is in its batch.

    Args:
        items: the samples, always in the same order.
        encoder: what encodes them.
        writer: the cache, entered.
        batch: frames that go through the encoder at once.
        progress: told of every sample, also of those there already.

    Returns:
        The inputs that gave no sample, in order.

    Raises:
        InputError: where features cannot be stored: not finite, or no space is left.

    """
    broken: list[Broken] = []
    group: list[tuple[Item, Loaded]] = []
    for item, loaded in _read_ahead(_waiting(items, writer, progress), 2 * batch):
        if isinstance(item, Broken) or isinstance(loaded, InputError):
            error = item.error if isinstance(item, Broken) else loaded
            assert isinstance(error, InputError)
            broken.append(Broken(item.id, error))
            progress(1)
            continue
        assert loaded is not None
        group.append((item, loaded))
        if sum(len(one.images) for _, one in group) >= batch:
            _write(group, encoder, writer, batch)
            progress(len(group))
            group = []
    if group:
        _write(group, encoder, writer, batch)
        progress(len(group))
    return broken


def _waiting(
    items: Iterable[Item | Broken], writer: CacheWriter, progress: Progress
) -> Iterator[Item | Broken]:
    for item in items:
        if item.id in writer:
            progress(1)
        else:
            yield item


def _read_ahead(
    items: Iterable[Item | Broken], limit: int
) -> Iterator[tuple[Item | Broken, Loaded | InputError | None]]:
    """The items in order with their frames, the next ones being read by threads meanwhile."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        waiting: deque[tuple[Item | Broken, Future[Loaded | InputError | None]]] = deque()
        try:
            for item in items:
                waiting.append((item, pool.submit(_load, item)))
                if len(waiting) > limit:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            for _, future in waiting:
                future.cancel()


def _load(item: Item | Broken) -> Loaded | InputError | None:
    if isinstance(item, Broken):
        return None
    try:
        return item.load()
    except InputError as error:
        return error


def _write(
    group: list[tuple[Item, Loaded]], encoder: Encoder, writer: CacheWriter, batch: int
) -> None:
    images = [image for _, loaded in group for image in loaded.images]
    parts = [encoder.encode(images[i : i + batch]) for i in range(0, len(images), batch)]
    clip = _joined(parts)
    samples, start = [], 0
    for item, loaded in group:
        frames = slice(start, start + len(loaded.images))
        start += len(loaded.images)
        samples.append(
            Sample(
                id=item.id,
                clip=_frames(clip, frames),
                source=loaded.source,
                source_sha256=loaded.source_sha256,
                times=loaded.times,
                image_size=(loaded.images[0].height, loaded.images[0].width),
                masks=loaded.masks,
                expressions=item.expressions,
            )
        )
    writer.add(*samples)


def _frames(clip: Clip, frames: slice) -> Clip:
    arrays = {name: getattr(clip, name) for name in OPTIONAL_INPUTS}
    given = {name: array[frames] for name, array in arrays.items() if array is not None}
    return Clip(clip.features[frames], clip.grid, **given)


def _joined(clips: list[Clip]) -> Clip:
    import numpy as np

    if len(clips) == 1:
        return clips[0]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(clip, name) for clip in clips])
        for name in ("features", *OPTIONAL_INPUTS)
        if getattr(clips[0], name) is not None
    }
    return Clip(grid=clips[0].grid, **arrays)
