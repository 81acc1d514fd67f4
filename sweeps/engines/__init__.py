"""The engines that carry out tasks: a file here is an engine, named after the file.

An engine module holds ``execute(job, tasks, *, workers, address)``, a generator of what each task
gave, in any order. It takes few more tasks off `tasks` than it has workers, and stops its workers
when it is closed. Retrying is its own affair; a task that it cannot get done comes back as failed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

from ...core.registry import Registry
from ..work import Done

Engine = Callable[..., Generator[Done, None, None]]

ENGINES: Registry[Engine] = Registry("engine", __name__, "execute")
