"""Which pruner is at work on which frame: a user's own may warn, or never end."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread, get_ident
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from .frame import Frame

AFTER = 10.0
"""Seconds after which a call is spoken of; then each time when twice as many have gone by."""


class Call(NamedTuple):
    """A pruner at work.

    Args:
        method: its name.
        frame: what it works on.
        start: when it began, in seconds of the monotonic clock.

    """

    method: str
    frame: Frame
    start: float

    def __str__(self) -> str:
        return f"{self.method} on {place_of(self.frame)}"


def place_of(frame: Frame) -> str:
    """The frame in words: its tokens, and where it is of a sample which of its frames."""
    sample = frame.source.sample
    return f"{frame.tokens} tokens" + (f" of {sample}, frame {frame.index}" if sample else "")


_calls: dict[int, Call] = {}
"""The calls that have not ended, by their thread."""


@contextmanager
def running(method: str, frame: Frame) -> Iterator[None]:
    """Lets `watched` know for the length of the block what this thread is doing."""
    thread = get_ident()
    outer = _calls.get(thread)  # a pruner may ask another one
    _calls[thread] = Call(method, frame, monotonic())
    try:
        yield
    finally:
        if outer is None:
            del _calls[thread]
        else:
            _calls[thread] = outer


class _Aside:
    """Where stdout was before threads, any number of them, turned it aside."""

    lock = Lock()
    depth = 0
    stdout: TextIO = sys.stdout


@contextmanager
def aside() -> Iterator[None]:
    """Whatever is printed within the block goes to stderr: stdout is for the data of a command."""
    with _Aside.lock:
        if not _Aside.depth:
            _Aside.stdout, sys.stdout = sys.stdout, sys.stderr
        _Aside.depth += 1
    try:
        yield
    finally:
        with _Aside.lock:
            _Aside.depth -= 1
            if not _Aside.depth:
                sys.stdout = _Aside.stdout


@contextmanager
def watched(say: Callable[[str], None]) -> Iterator[None]:
    """Speaks, for the length of the block, of pruners that take long, and names what they warn of.

    Args:
        say: told a line at a time, from any thread.

    """
    done = Event()
    watcher = Thread(target=_watch, args=(say, done), daemon=True)
    shown = warnings.showwarning

    def name(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        call = _calls.get(get_ident())
        if call is None:
            shown(message, category, filename, lineno, file, line)
        else:
            say(f"{call}: {category.__name__}: {message} ({filename}, line {lineno})")

    warnings.showwarning = name
    watcher.start()
    try:
        yield
    finally:
        warnings.showwarning = shown
        done.set()
        watcher.join()


def _watch(say: Callable[[str], None], done: Event) -> None:
    told, due = None, AFTER
    while not done.wait(min(AFTER, 1.0)):
        call = min(_calls.copy().values(), key=lambda call: call.start, default=None)
        if call is None:
            continue
        if call is not told:
            told, due = call, AFTER
        seconds = monotonic() - call.start
        if seconds >= due:
            say(f"{call}: at work for {seconds:.0f} s; Ctrl-C stops it")
            due = 2 * seconds
