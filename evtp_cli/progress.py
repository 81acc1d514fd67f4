"""Progress of long work, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from .output import note

T = TypeVar("T", covariant=True)


class _Counted(Sized, Protocol[T]):
    def __iter__(self) -> Iterator[T]: ...


def over(items: _Counted[T], what: str) -> Iterator[T]:
    """The items one by one, with a bar that shows how many are done and how long the rest takes.

    The bar is drawn only on a terminal, and goes when the work is done. A pruner that takes long
    over a frame, or warns, is named with it on stderr.

    Args:
        items: countable.
        what: the work, in one word or two.
    """
    from ..pruners.running import watched

    with bar(what, len(items)) as advance, watched(note):
        for item in items:
            yield item
            advance(1)


@contextmanager
def bar(what: str, total: int, unit: str = "") -> Iterator[Callable[[int], None]]:
    """A bar for work whose parts are counted by whoever does them.

    The bar is drawn only on a terminal, and goes when the work is done.

    Args:
        what: the work, in one word or two.
        total: the number of its parts.
        unit: what the parts are, to show their rate as well, e.g. "samples".

    Yields:
        A function to call with the number of parts just done.

    """
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        *([_Rate(unit)] if unit else []),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.advance(task, done)


class _Rate(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.2g} {self._unit}/s")


@contextmanager
def resumable(where: str) -> Iterator[None]:
    """Says, where the work is interrupted, that what is done stays in the folder `where`."""
    try:
        yield
    except KeyboardInterrupt:
        note(f"what is done stays in {where}; the same command goes on from there")
        raise


@contextmanager
def steps(what: str) -> Iterator[Callable[[str, float], None]]:
    """A bar for work of unlike steps; drawn only on a terminal, gone when the work is done.

    Args:
        what: the work, in one word or two.

    Yields:
        A function to call with the name of the step that begins, and the share that is done.

    """
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=1.0)
        yield lambda step, done: progress.update(
            task, description=f"{what}: {step}", completed=done
        )
