"""Processes of this machine, one a core unless told otherwise."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import wait as wait_for

from ...core.errors import CheckFailed, InputError
from ..work import Done, Job, Task
from ..worker import compute

# Enough that no worker waits for the driver, few enough that memory does not grow with the sweep.
_AHEAD = 2

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def execute(
    job: Job, tasks: Iterator[Task], *, workers: int | None = None, address: str | None = None
) -> Generator[Done, None, None]:
    """Carries out the tasks.

    Args:
        job: of the sweep.
        tasks: taken as workers come free.
        workers: processes; one a core that this process may use where left out.
        address: not for this engine.

    Raises:
        InputError: for an address.
        CheckFailed: where a worker dies, as when memory runs out.

    """
    if address is not None:
        raise InputError("address", address, "is of no use to engine local", "add --engine ray")
    workers = workers or _cores()
    # Spawned, not forked: a fork copies the locks of threads that it does not copy.
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_settle
    )
    pending: set[Future[Done]] = set()
    # A worker a core: threads of their own would only get in each other's way. Set here, since
    # the libraries read it when they are first imported in a worker.
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        while True:
            for task in islice(tasks, workers * _AHEAD - len(pending)):
                pending.add(pool.submit(compute, job, task))
            if not pending:
                break
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    except BrokenProcessPool:
        raise CheckFailed(
            "a worker died, as it does when memory runs out; what is finished stays: run the same "
            "command again, with fewer --workers or smaller --shard-frames"
        ) from None
    finally:
        if pending:
            # Stopped, not waited for: a shard may take minutes, and a part not begun is no loss.
            for child in multiprocessing.active_children():
                child.terminate()
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _cores() -> int:
    """The cores that this process may use, fewer than there are in a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _settle() -> None:
    """Prepares a worker."""
    # Ctrl-C reaches all processes of a terminal; the one that was asked stops the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_leave_with, args=(parent.sentinel,), daemon=True).start()


def _leave_with(sentinel: int) -> None:
    """Ends this process with its parent, which may be killed without a chance to say so."""
    wait_for([sentinel])
    os._exit(1)
