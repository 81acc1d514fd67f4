"""How time and memory are read, on this machine and on a GPU that is played by a stand-in."""

from __future__ import annotations

import time

import pytest
import torch

from evtp.core.errors import InputError
from evtp.timing.device import Cpu, Cuda, find_device


def test_the_processor_is_read_by_the_wall_clock():
    assert 0.02 <= Cpu().seconds(lambda: time.sleep(0.02)) < 1


def test_the_peak_of_a_call_has_what_the_call_gave_back():
    device = Cpu()
    before = device.used_bytes()
    if before is None:
        pytest.skip("this system does not tell")
    size = 64 << 20
    peak = device.peak_bytes(lambda: torch.ones(size, dtype=torch.uint8).sum())
    assert peak is None or peak - before > 0.9 * size
    assert device.used_bytes() - before < 0.5 * size


def test_where_the_system_does_not_tell_the_peak_is_missing_and_the_call_is_made(monkeypatch):
    def refuse(*_args, **_named):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.write_text", refuse)
    made = []
    assert Cpu().peak_bytes(lambda: made.append(1)) is None
    assert made


def test_facts_name_what_a_figure_depends_on():
    facts = Cpu().facts()
    assert facts["threads"] == torch.get_num_threads()
    assert facts["torch"] == torch.__version__
    assert facts["device"]


@pytest.mark.parametrize("name", ["tpu9", "mps", "meta"])
def test_another_kind_of_device_is_refused(name):
    with pytest.raises(InputError, match="use auto, cpu or cuda"):
        find_device(name)


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="not on this machine"):
        find_device("cuda")
    assert find_device("auto").name == "cpu"


def test_a_gpu_beyond_those_there_are_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(InputError, match="cuda:2"):
        find_device("cuda:2")


@pytest.fixture
def gpu(monkeypatch):
    """A GPU that writes down what it is asked, and whose events are 1500 ms apart."""
    log = []

    class Event:
        def __init__(self, enable_timing):
            assert enable_timing

        def record(self):
            log.append("event")

        def elapsed_time(self, other):
            log.append("read")
            return 1500.0

    monkeypatch.setattr(torch.cuda, "Event", Event)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: log.append("wait"))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: log.append("reset"))
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 1 << 30)
    return Cuda(torch.device("cuda:0")), log


def test_a_gpu_is_idle_before_the_first_event_and_done_before_they_are_read(gpu):
    device, log = gpu
    assert device.seconds(lambda: log.append("call")) == 1.5
    assert log == ["wait", "event", "call", "event", "wait", "read"]


def test_the_peak_of_a_gpu_is_counted_anew_and_read_when_the_call_is_done(gpu):
    device, log = gpu
    assert device.peak_bytes(lambda: log.append("call")) == 1 << 30
    assert log == ["wait", "reset", "call", "wait"]


def test_on_a_gpu_nothing_is_timed_before_the_third_call():
    assert Cuda.warm_up == 3


def test_the_processors_clock_does_not_count_waiting():
    device = find_device("cpu", "processor")
    assert device.seconds(lambda: time.sleep(0.05)) < 0.04
    assert device.facts()["clock"] == "processor"
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize("clock", ["processor", "sun"])
def test_a_clock_that_does_not_time_the_device_is_refused(clock, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(InputError, match=f"clock {clock}"):
        find_device("cuda", clock)
