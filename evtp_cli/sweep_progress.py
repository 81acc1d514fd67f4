"""Progress of work that takes hours: a bar on a terminal, now and then a line in a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from .output import note
from .remarks import say_remarks

_SECONDS_PER_LINE = 30.0


def pace_text(done: int, total: int, seconds: float) -> str:
    """How far the work is, how fast it goes and how long the rest takes.

    The rate is the mean since the beginning: shards end in bursts, which say little.

    """
    text = f"{done:,}/{total:,}"
    if not done or not seconds:
        return text
    left = round(seconds * (total - done) / done)
    hours, minutes = divmod(left // 60, 60)
    return f"{text}, {done / seconds:.1f}/s, {hours}:{minutes:02}:{left % 60:02} left"


@contextmanager
def pace(what: str, total: int, unit: str) -> Iterator[Callable[[int, str], None]]:
    """Shows progress, rate and remaining time.

    Args:
        what: the work, in one word or two.
        total: the number of its parts.
        unit: what they are.

    Yields:
        A function to call with the number of parts just done, and a remark to show.

    """
    say_remarks()
    console = Console(stderr=True)
    began = said = monotonic()
    finished = 0
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[text]}"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task(what, total=total, text=f"0/{total:,} {unit}")

        def advance(done: int, remark: str) -> None:
            nonlocal finished, said
            finished += done
            now = monotonic()
            text = f"{pace_text(finished, total, now - began)} ({unit})"
            text = f"{text}, {remark}" if remark else text
            progress.update(task, completed=finished, text=text)
            if not console.is_terminal and now - said > _SECONDS_PER_LINE:
                said = now
                note(f"{what}: {text}")

        yield advance
    if finished:
        seconds = monotonic() - began
        note(f"{finished:,} {unit} in {seconds:.1f} s, {finished / seconds:.1f} {unit}/s")
