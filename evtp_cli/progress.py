"""Progress of long work, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from time import monotonic
from typing import Protocol, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

T = TypeVar("T", covariant=True)


class _Counted(Sized, Protocol[T]):
    def __iter__(self) -> Iterator[T]: ...


def over(items: _Counted[T], what: str) -> Iterator[T]:
    """The items one by one, with a bar that shows how many are done and how long the rest takes.

    The bar is drawn only on a terminal, and goes when the work is done.

    Args:
        items: countable.
        what: the work, in one word or two.
    """
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        yield from progress.track(items, total=len(items), description=what)


@contextmanager
def steps(what: str) -> Iterator[Callable[[str], None]]:
    """A line that names the step under way and the time so far, for work of unlike steps.

    Args:
        what: the work, in one word or two.

    Yields:
        A function to call with the name of the step that begins.

    """
    console = Console(stderr=True)
    with console.status(what) as status:
        began = monotonic()
        yield lambda step: status.update(f"{what}: {step} ({monotonic() - began:.0f} s)")
