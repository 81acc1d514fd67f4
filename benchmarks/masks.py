"""Time of the mask metrics on a full-HD frame, against DAVIS's way of computing F.

Run: ``python benchmarks/masks.py``. Prints the best of several runs; "copy" is the time to copy
both masks, the floor that memory sets.
"""

from __future__ import annotations

import timeit

import numpy as np
from skimage.morphology import dilation, disk

from evtp.segmentation import boundary_f, overlap
from evtp.segmentation.boundary import boundary, match_radius


def davis_f(predicted, truth):
    """Dilate both boundaries by a disk, as the public evaluation code does."""
    edges = boundary(predicted), boundary(truth)
    footprint = disk(match_radius(*truth.shape))
    wide = [dilation(edge.astype(np.uint8), footprint).astype(bool) for edge in edges]
    precision = (edges[0] & wide[1]).sum() / edges[0].sum()
    recall = (edges[1] & wide[0]).sum() / edges[1].sum()
    return 2 * precision * recall / (precision + recall)


def main() -> None:
    y, x = np.mgrid[:1080, :1920]
    rng = np.random.default_rng(0)
    truth = (y - 500) ** 2 + (x - 900) ** 2 < 300**2
    wobble = 12 * np.sin(x / 9) + rng.normal(0, 3, x.shape)
    predicted = (y - 510 + wobble) ** 2 + (x - 890) ** 2 < 300**2
    print("F of both ways:", boundary_f(predicted, truth), davis_f(predicted, truth))

    def best(call, repeats):
        return min(timeit.repeat(call, number=1, repeat=repeats)) * 1e3

    copy = best(lambda: (predicted.copy(), truth.copy()), 50)
    rows = {
        "copy": copy,
        "overlap (gIoU, cIoU, J)": best(lambda: overlap(predicted, truth), 50),
        "boundary F": best(lambda: boundary_f(predicted, truth), 20),
        "boundary F by dilation": best(lambda: davis_f(predicted, truth), 2),
    }
    for name, milliseconds in rows.items():
        print(f"{name:26s} {milliseconds:9.3f} ms  {milliseconds / copy:8.1f} x copy")


if __name__ == "__main__":
    main()
