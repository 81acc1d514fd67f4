"""A Ray cluster: one to join, or one started on this machine for the length of the sweep.

Ray places the tasks, runs them again where a worker or a machine is lost, and grows the cluster
where it can. All machines read the cache and write the run, so both lie where all of them see them:
on a shared file system, or behind a URL.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any

from ...core.errors import InputError
from ..work import Done, Failure, Job, Task
from ..worker import compute

RETRIES = 5
"""How often a task is started again after the loss of its worker or machine."""

# More than there are cores: what waits makes an autoscaler start machines.
_AHEAD = 4
_LEAST_AHEAD = 16

_CONNECT_SECONDS = 10


def execute(
    job: Job, tasks: Iterator[Task], *, workers: int | None = None, address: str | None = None
) -> Generator[Done, None, None]:
    """Carries out the tasks.

    Args:
        job: of the sweep.
        tasks: taken as workers come free.
        workers: cores of the cluster that is started here; all of them where left out.
        address: the cluster to join, as `ray.init` takes it.

    Raises:
        InputError: where Ray is not installed, the address is not that of a cluster, or
            `workers` is given with an address.

    """
    ray = _connected(workers, address)
    pending: dict[Any, Task] = {}
    try:
        remote = ray.remote(num_cpus=1, max_retries=RETRIES)(compute)
        shared = ray.put(job)
        while True:
            # Asked anew each time, since machines come and go.
            ahead = max(_LEAST_AHEAD, _AHEAD * int(ray.cluster_resources().get("CPU", 0)))
            for task in islice(tasks, max(0, ahead - len(pending))):
                pending[remote.remote(shared, task)] = task
            if not pending:
                break
            ready, _ = ray.wait(list(pending), num_returns=1)
            for reference in ready:
                yield _result(ray, reference, pending.pop(reference))
    finally:
        # Leaving also ends the tasks that still run for this driver.
        ray.shutdown()


def _connected(workers: int | None, address: str | None) -> Any:
    try:
        # Before Ray is imported, which reads it then.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        import ray
    except ImportError:
        raise InputError(
            "engine", "ray", "is not installed", "run: pip install 'evtp[ray]'"
        ) from None
    if address is not None and workers is not None:
        raise InputError(
            "workers", workers, "is not for a cluster that runs already", "leave it out"
        )
    try:
        _answers(address)
        ray.init(
            # "local" starts a cluster even where the environment names one.
            address=address or "local",
            num_cpus=workers,
            include_dashboard=None if address else False,
            logging_level=logging.ERROR,
            log_to_driver=False,
        )
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            "address", address, f"cannot be joined ({reason})", "start it with `ray start --head`"
        ) from None
    return ray


def _answers(address: str | None) -> None:
    """Raises OSError where nobody listens at HOST:PORT, for which Ray would wait many minutes."""
    host, colon, port = (address or "").removeprefix("ray://").rpartition(":")
    if colon and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()


def _result(ray: Any, reference: Any, task: Task) -> Done:
    try:
        done: Done = ray.get(reference)
        return done
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except (
        ray.exceptions.WorkerCrashedError,
        ray.exceptions.OutOfMemoryError,
        ray.exceptions.NodeDiedError,
    ) as error:
        first = task.shard.first
        problem = (
            f"samples {first} to {first + task.shard.count - 1} of the file: the worker died "
            f"{RETRIES + 1} times ({type(error).__name__})"
        )
        return Done(task, 0, (Failure(task.shard.file, "", "", problem),), 0.0, 0.0)
