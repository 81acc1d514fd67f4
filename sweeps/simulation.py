"""A sweep on machines that are not there: how long it takes, with stragglers and lost machines.

A discrete simulation, event by event. Its figures for a task come from measurements
(``benchmarks/sweep_scale.py``); those for faults and networks are assumptions, and arguments.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Work:
    """What is to be done.

    Args:
        tasks: how many shards.
        seconds: of one core for a shard, its features in memory.
        spread: standard deviation of the logarithm of that.
        bytes: of features that a shard reads.
        dispatch_seconds: of the driver for a task, one after the other.

    """

    tasks: int
    seconds: float
    spread: float = 0.0
    bytes: float = 0.0
    dispatch_seconds: float = 0.0


@dataclass(frozen=True)
class Machines:
    """What it is done on.

    Args:
        count: machines, all alike.
        cores: of each.
        network: bytes a second into each.
        storage: bytes a second that the storage gives all together.
        straggler_share: share of tasks that run slower.
        straggler_factor: by how much.
        mean_life: seconds after which a machine is lost, exponentially distributed.
        replacement: seconds until another takes its place.

    """

    count: int
    cores: int
    network: float = float("inf")
    storage: float = float("inf")
    straggler_share: float = 0.0
    straggler_factor: float = 1.0
    mean_life: float = float("inf")
    replacement: float = 0.0

    def read_seconds(self, size: float) -> float:
        """Reading `size` bytes with every core of every machine reading as well."""
        return size * max(self.cores / self.network, self.cores * self.count / self.storage)


@dataclass(frozen=True)
class Outcome:
    """How it went.

    Args:
        seconds: from the first task to the last.
        efficiency: core seconds of computing that counted, over all core seconds.
        lost_tasks: how often a task was begun in vain.
        lost_machines: how often a machine was lost.

    """

    seconds: float
    efficiency: float
    lost_tasks: int
    lost_machines: int


def simulate(work: Work, machines: Machines, seed: int = 0) -> Outcome:
    """One run of the sweep.

    The driver hands tasks to whichever core is free first. Losing a machine loses the tasks that
    run on it, which are handed out again.
    """
    rng = np.random.default_rng(seed)
    compute = work.seconds * np.exp(rng.normal(-(work.spread**2) / 2, work.spread, work.tasks))
    slow = rng.random(work.tasks) < machines.straggler_share
    durations = compute * np.where(slow, machines.straggler_factor, 1.0)
    durations += machines.read_seconds(work.bytes)
    waiting = list(range(work.tasks))[::-1]
    # Events are (time, what, machine, life, core, task); life numbers a machine's replacements,
    # so that what was planned for a lost one is void.
    core_free, machine_lost, machine_back = 0, 1, 2
    life = [0] * machines.count
    running: list[dict[int, int]] = [{} for _ in range(machines.count)]
    events: list[tuple[float, int, int, int, int]] = []
    for machine in range(machines.count):
        events += [(0.0, core_free, machine, 0, core) for core in range(machines.cores)]
        if machines.mean_life < float("inf"):
            lost = float(rng.exponential(machines.mean_life))
            events.append((lost, machine_lost, machine, 0, 0))
    heapq.heapify(events)
    idle: list[tuple[int, int]] = []
    driver, finished, end, lost_tasks, lost_machines = 0.0, 0, 0.0, 0, 0

    def start(now: float, machine: int, core: int) -> None:
        nonlocal driver
        driver = max(driver, now) + work.dispatch_seconds
        task = waiting.pop()
        running[machine][core] = task
        done = driver + float(durations[task])
        heapq.heappush(events, (done, core_free, machine, life[machine], core))

    while finished < work.tasks:
        now, what, machine, born, core = heapq.heappop(events)
        if born != life[machine]:
            continue
        if what == core_free:
            if running[machine].pop(core, None) is not None:
                finished, end = finished + 1, now
            if waiting:
                start(now, machine, core)
            else:
                idle.append((machine, core))
        elif what == machine_lost:
            lost_machines += 1
            lost_tasks += len(running[machine])
            waiting += running[machine].values()
            running[machine] = {}
            life[machine] += 1
            idle = [place for place in idle if place[0] != machine]
            back = now + machines.replacement
            heapq.heappush(events, (back, machine_back, machine, life[machine], 0))
            while waiting and idle:
                start(now, *idle.pop())
        else:
            lost = now + float(rng.exponential(machines.mean_life))
            heapq.heappush(events, (lost, machine_lost, machine, life[machine], 0))
            for each in range(machines.cores):
                heapq.heappush(events, (now, core_free, machine, life[machine], each))
    useful = float(compute.sum())
    cores = machines.count * machines.cores
    return Outcome(end, useful / (end * cores), lost_tasks, lost_machines)
