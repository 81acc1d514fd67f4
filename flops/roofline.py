"""Cost beyond FLOPs: parameters, bytes, arithmetic intensity, and the roofline's bound on time.

A bound, never a latency. It assumes that operations run one after another; that each reads its
weights and activations from memory and writes its result there once; that attention is one fused
kernel and elementwise work costs nothing; and that a device reaches its dense peak and its full
bandwidth: that of 16 bits also with weights of fewer, which are widened on the way, that of 32 bits
without TF32, as torch computes float32 by default. A real run is slower.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ..core.errors import InputError, unknown
from ..core.shipped import shipped_rows
from .accountings.architecture import Architecture
from .forward_pass import Count
from .ops import Op, Ops, macs, moved, params
from .parts.language_model import Segment

BITS = {"float32": 32, "float16": 16, "bfloat16": 16, "int8": 8, "int4": 4}


class Device(NamedTuple):
    """A row of ``devices.csv``.

    Args:
        name: its name here.
        title: its full name.
        peak: dense 16-bit floating-point operations a second.
        peak_32bit: the same in float32, without TF32.
        bfloat16: whether it multiplies bfloat16.
        bandwidth: bytes of memory traffic a second.
        memory: bytes.
        source: where the figures stand.

    """

    name: str
    title: str
    peak: float
    peak_32bit: float
    bfloat16: bool
    bandwidth: float
    memory: float
    source: str

    def peak_of(self, dtype: str) -> float:
        """Operations a second with weights of a dtype, which those of few bits are widened from.

        Raises:
            InputError: for an unknown dtype, or one that the device does not multiply.

        """
        if dtype not in BITS:
            raise unknown("dtype", dtype, BITS)
        if dtype == "bfloat16" and not self.bfloat16:
            raise InputError(
                "dtype", dtype, f"is not multiplied by {self.title}", "use float16 or float32"
            )
        return self.peak_32bit if BITS[dtype] == 32 else self.peak


@cache
def devices() -> dict[str, Device]:
    """All devices by name."""
    return {
        row["device"]: Device(
            row["device"],
            row["title"],
            float(row["peak_16bit_tflops"]) * 1e12,
            float(row["peak_32bit_tflops"]) * 1e12,
            row["bfloat16"] == "yes",
            float(row["bandwidth_gb_s"]) * 1e9,
            float(row["memory_gb"]) * 1e9,
            row["source"],
        )
        for row in shipped_rows(__package__, "devices.csv")
    }


def find_device(name: str) -> Device:
    """The device called `name`; an unknown name is an `InputError` with suggestions."""
    try:
        return devices()[name]
    except KeyError:
        raise unknown("device", name, devices()) from None


class Bound(NamedTuple):
    """A module in one phase.

    Args:
        phase: prefill (the whole prompt) or decode (one more token).
        module: its name, or total.
        macs: multiply-accumulates.
        params: parameters.
        weight_bytes: bytes of the weights, each read once a phase.
        activation_bytes: activations read and written, keys and values of the cache among them.
        traffic_bytes: these, and the weights that products read: all that the time is bound by.
        kv_cache_bytes: bytes that the language model keeps for decoding.
        compute_seconds: time at the device's peak.
        memory_seconds: time at its bandwidth.
        bound_seconds: sum over operations of the longer of both.

    """

    phase: str
    module: str
    macs: int
    params: int
    weight_bytes: int
    activation_bytes: int
    traffic_bytes: int
    kv_cache_bytes: int
    compute_seconds: float
    memory_seconds: float
    bound_seconds: float

    @property
    def intensity(self) -> float | None:
        """FLOPs a byte of traffic."""
        return 2 * self.macs / self.traffic_bytes if self.traffic_bytes else None

    @property
    def limited_by(self) -> str | None:
        """What takes longer; None where there is nothing to do."""
        if not self.bound_seconds:
            return None
        return "compute" if self.compute_seconds >= self.memory_seconds else "memory"

    def speed_up(self, full: Bound) -> float | None:
        """How many times as long `full`, the same module without pruning, is bound to take."""
        if not (self.bound_seconds and full.bound_seconds):
            return None
        return full.bound_seconds / self.bound_seconds


def bounds(counted: Count, device: Device, dtype: str) -> list[Bound]:
    """Every module in prefill, their total, and the language model in one step of decoding.

    Raises:
        InputError: for a dtype that is unknown or that the device lacks, or a count of another
            accounting than `architecture`.

    """
    how = counted.counted
    device.peak_of(dtype)  # refused before anything is counted
    if not isinstance(how, Architecture):
        raise InputError(
            "accounting", counted.accounting, "does not say what is moved", "use architecture"
        )
    found = [
        _bound("prefill", name, ops, 0, device, dtype)
        for name, ops in how.ops(counted.work).items()
    ]
    lm = how.model.language_model
    cache_bytes = 0
    if lm is not None:
        cache_bytes = _activation_bytes(lm.cache_elements(how.segments(counted.work)), dtype)
    found.append(_total(found, cache_bytes))
    if lm is not None:
        step = tuple(Segment(s.layers, 1, s.context + 1) for s in how.segments(counted.work))
        found.append(
            _bound("decode", "language_model", lm.ops(step, "last"), cache_bytes, device, dtype)
        )
    return found


def _bound(
    phase: str, module: str, ops: Ops, cache_bytes: int, device: Device, dtype: str
) -> Bound:
    computes = [2 * op.macs / device.peak_of(dtype) for op in ops]
    transfers = [_traffic(op, dtype) / device.bandwidth for op in ops]
    return Bound(
        phase,
        module,
        macs(ops),
        params(ops),
        params(ops) * BITS[dtype] // 8,
        _activation_bytes(moved(ops), dtype),
        sum(_traffic(op, dtype) for op in ops),
        cache_bytes,
        sum(computes),
        sum(transfers),
        sum(max(pair) for pair in zip(computes, transfers, strict=True)),
    )


def _traffic(op: Op, dtype: str) -> int:
    # A table of embeddings is looked into, not read through.
    weights = 0 if op.macs == 0 else op.params * BITS[dtype] // 8
    return weights + _activation_bytes(op.moved, dtype)


def _activation_bytes(elements: int, dtype: str) -> int:
    """Activations stay at 16 bits where weights have fewer."""
    return elements * max(16, BITS[dtype]) // 8


def _total(parts: list[Bound], cache_bytes: int) -> Bound:
    return Bound(
        "prefill",
        "total",
        sum(b.macs for b in parts),
        sum(b.params for b in parts),
        sum(b.weight_bytes for b in parts),
        sum(b.activation_bytes for b in parts),
        sum(b.traffic_bytes for b in parts),
        cache_bytes,
        sum(b.compute_seconds for b in parts),
        sum(b.memory_seconds for b in parts),
        sum(b.bound_seconds for b in parts),
    )
