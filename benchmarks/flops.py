"""How long `evtp flops` takes, beside what it is measured against.

    python benchmarks/flops.py

Prints the time of a whole query beside that of `import torch`, and of counting ten thousand
configurations beside that of the query's process. Ratios, because machines differ; processor time
and the best of several runs, because machines are shared.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from itertools import islice, product

from evtp.flops import count

RUNS = 5
QUERY = [
    sys.executable,
    "-c",
    "from evtp.cli.main import main; main()",
    *("flops", "--dataset", "revos", "--keep", "0.1", "--format", "json"),
]
IMPORT = [sys.executable, "-c", "import torch"]


def process_seconds(command: list[str]) -> float:
    """The least processor time of a process, user and system."""
    times = []
    for _ in range(RUNS):
        before = os.times()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        user = after.children_user - before.children_user
        times.append(user + after.children_system - before.children_system)
    return min(times)


def sweep_seconds(accounting: str, configurations: int) -> float:
    """The time to count the totals of as many different workloads, from nothing cached."""
    names = ("revos", "refcoco", "mm_conv", "reasonseg", "refytvos")
    workloads = product(range(1, 729), names, (1, 4, 8))
    start = time.process_time()
    for keep, name, frames in islice(workloads, configurations):
        _ = count(dataset=name, frames=frames, keep=keep, accounting=accounting).total
    return time.process_time() - start


def main() -> None:
    """Prints the ratios."""
    query, torch = process_seconds(QUERY), process_seconds(IMPORT)
    print(f"evtp flops --dataset revos --keep 0.1   {query:6.2f} s")
    print(f"python -c 'import torch'                {torch:6.2f} s   {query / torch:.2f} of it")
    for accounting in ("paper", "architecture"):
        sweep = sweep_seconds(accounting, 10_000)
        name = f"10,000 counts, {accounting}"
        print(f"{name:40}{sweep:6.2f} s   {sweep / query:.2f} of a query")


if __name__ == "__main__":
    main()
