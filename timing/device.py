"""The machine that runs: how its time and memory are read, and what it is."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import torch

from ..core.errors import InputError, unknown

Call = Callable[[], object]


CLOCKS = ("wall", "processor")


class Cpu:
    """The processor, read by a clock and the resident memory of this process.

    Args:
        clock: `wall`; or `processor`, which counts the time that the processor gave this process:
            on a busy machine the fair one, as long as the process has one thread.

    """

    name = "cpu"
    dtype = torch.float32
    layers: int | None = 1  # by default: more take minutes
    warm_up = 1
    reference_side = 1024  # of the square matrices that every stage is compared with

    def __init__(self, clock: str = "wall") -> None:
        self.clock = clock
        self._now = process_time if clock == "processor" else perf_counter

    def seconds(self, call: Call) -> float:
        """What one call takes."""
        start = self._now()
        call()
        return self._now() - start

    def used_bytes(self) -> int | None:
        """Memory in use now, None where the system does not tell."""
        return _status("VmRSS")

    def peak_bytes(self, call: Call) -> int | None:
        """The most memory in use during one call, None where the system does not tell."""
        try:
            # Linux: from here on the peak is counted anew.
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        except OSError:
            call()
            return None
        call()
        return _status("VmHWM")

    def free_bytes(self) -> int | None:
        """Memory that can still be taken, None where the system does not tell."""
        return _kibibytes("/proc/meminfo", "MemAvailable")

    def facts(self) -> dict[str, object]:
        """What a figure depends on: the processor, its threads, the versions."""
        return {
            "device": _processor(),
            "threads": torch.get_num_threads(),
            "clock": self.clock,
            "torch": torch.__version__,
        }


class Cuda:
    """A GPU, read by its own events and its allocator."""

    dtype = torch.bfloat16
    layers: int | None = None
    warm_up = 3
    reference_side = 8192

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.name = str(device)

    def seconds(self, call: Call) -> float:
        """What one call takes, from the start of its first kernel to the end of its last."""
        start: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        end: Any = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        torch.cuda.synchronize(self.device)
        start.record()
        call()
        end.record()
        torch.cuda.synchronize(self.device)
        return float(start.elapsed_time(end)) / 1e3  # events count milliseconds

    def used_bytes(self) -> int:
        """Memory that tensors take now."""
        torch.cuda.synchronize(self.device)
        return torch.cuda.memory_allocated(self.device)

    def peak_bytes(self, call: Call) -> int:
        """The most memory that tensors take during one call."""
        torch.cuda.synchronize(self.device)
        torch.cuda.reset_peak_memory_stats(self.device)
        call()
        torch.cuda.synchronize(self.device)
        return torch.cuda.max_memory_allocated(self.device)

    def free_bytes(self) -> int:
        """Memory that can still be taken."""
        torch.cuda.empty_cache()
        return int(torch.cuda.mem_get_info(self.device)[0])

    def facts(self) -> dict[str, object]:
        """What a figure depends on: the GPU, its driver, the versions."""
        return {
            "device": torch.cuda.get_device_name(self.device),
            "driver": _driver(),
            "cuda": torch.version.cuda or "",
            "torch": torch.__version__,
            "tf32": torch.backends.cuda.matmul.allow_tf32,
            "host": _processor(),
        }


Device = Cpu | Cuda


def find_device(name: str = "auto", clock: str = "wall") -> Device:
    """The device of that name; `auto` is a GPU where there is one.

    Args:
        name: auto, cpu, cuda or cuda:1.
        clock: what a processor is timed by, see `Cpu`; `processor` leaves torch one thread.

    Raises:
        InputError: where it is not on this machine, or has no such clock.

    """
    if clock not in CLOCKS:
        raise unknown("clock", clock, CLOCKS)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise InputError("device", name, "is no device", "use auto, cpu or cuda") from None
    if device.type == "cpu":
        if clock == "processor":
            torch.set_num_threads(1)
        return Cpu(clock)
    if clock != "wall":
        raise InputError("clock", clock, "does not time a GPU", "use wall, or --device cpu")
    if device.type != "cuda":
        raise InputError("device", name, "cannot be timed here", "use auto, cpu or cuda")
    if not torch.cuda.is_available() or (device.index or 0) >= torch.cuda.device_count():
        raise InputError("device", name, "is not on this machine", "use auto or cpu")
    torch.cuda.set_device(device)
    return Cuda(device)


def _status(field: str) -> int | None:
    return _kibibytes("/proc/self/status", field)


def _kibibytes(file: str, field: str) -> int | None:
    """A line such as ``VmRSS:   1024 kB``, in bytes."""
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), None)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def _driver() -> str:
    """The version of NVIDIA's driver, empty where it cannot be asked."""
    if shutil.which("nvidia-smi") is None:
        return ""
    done = subprocess.run(
        ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout else ""
