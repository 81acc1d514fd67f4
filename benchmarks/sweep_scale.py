"""A sweep of ten million frames on 1, 10 and 100 machines, simulated from what was measured.

    python benchmarks/sweep_scale.py SECONDS_PER_FRAME SPREAD DISPATCH_SECONDS

The three figures come from ``benchmarks/sweep.py`` and from the timings of a run; everything
about machines and faults below is assumed, and printed with the result.
"""

from __future__ import annotations

import sys

from evtp.sweeps.simulation import Machines, Work, simulate

FRAMES, SHARD = 10_000_000, 64
FRAME_BYTES = 729 * 1152 * 2
CORES = 32
NETWORK = 25e9 / 8
STORAGE = 100e9
FAULTS = {
    "none": {},
    "stragglers": {"straggler_share": 0.02, "straggler_factor": 4.0},
    "losses": {"mean_life": 8 * 3600.0, "replacement": 180.0},
    "both": {
        "straggler_share": 0.02,
        "straggler_factor": 4.0,
        "mean_life": 8 * 3600.0,
        "replacement": 180.0,
    },
}


def main() -> None:
    per_frame, spread, dispatch = map(float, sys.argv[1:4])
    work = Work(
        -(-FRAMES // SHARD), per_frame * SHARD, spread, float(FRAME_BYTES * SHARD), dispatch
    )
    print(f"{work}\n{CORES} cores a machine, network {NETWORK:.3g} B/s, storage {STORAGE:.3g} B/s")
    print(
        "| machines | faults | hours | efficiency | frames/s | GB/s read | lost machines | tasks |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for count in (1, 10, 100):
        for name, faults in FAULTS.items():
            machines = Machines(count, CORES, NETWORK, STORAGE, **faults)
            out = simulate(work, machines)
            rate = FRAMES / out.seconds
            print(
                f"| {count} | {name} | {out.seconds / 3600:.2f} | {out.efficiency:.1%} | "
                f"{rate:,.0f} | {rate * FRAME_BYTES / 1e9:.2f} | {out.lost_machines} | "
                f"{out.lost_tasks} |"
            )


if __name__ == "__main__":
    main()
