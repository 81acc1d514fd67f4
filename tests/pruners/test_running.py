"""A pruner that takes long or warns is named with its frame."""

from __future__ import annotations

import threading
import time
import warnings

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Clip
from evtp.pruners import running, select
from evtp.pruners.method import Pruner

CLIP = Clip(np.random.default_rng(0).standard_normal((2, 12, 4)), (3, 4), sample="cat.jpg")


def pruner_of(prune):
    return Pruner.of("mine", prune)


def test_a_call_that_takes_long_is_spoken_of_until_it_ends(monkeypatch):
    monkeypatch.setattr(running, "AFTER", 0.01)
    said: list[str] = []
    heard = threading.Event()

    def say(line):
        said.append(line)
        if len(said) == 3:
            heard.set()

    def slow(frame, k):
        if frame.index == 1:
            assert heard.wait(20)
        return range(k)

    with running.watched(say):
        select(pruner_of(slow), CLIP, 3)
    assert {line.partition(": ")[0] for line in said} == {"mine on 12 tokens of cat.jpg, frame 1"}
    spoken = len(said)
    time.sleep(0.05)
    assert len(said) == spoken


def test_quick_calls_are_not_spoken_of():
    said: list[str] = []
    with running.watched(said.append):
        select("evtp", CLIP, 3)
    assert said == []


@pytest.mark.parametrize("threads", [1, 2])
def test_a_warning_names_the_method_and_the_frame_it_arose_on(threads):
    def warning(frame, k):
        if frame.index == 1:
            np.log(np.zeros(1))
        return range(k)

    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        before = warnings.showwarning
        with running.watched(said.append):
            select(pruner_of(warning), CLIP, 3, threads=threads)
        assert warnings.showwarning is before
    (line,) = said
    assert line.startswith(
        "mine on 12 tokens of cat.jpg, frame 1: RuntimeWarning: divide by zero encountered in log"
    )
    assert __file__ in line


def test_a_warning_from_elsewhere_goes_where_it_would():
    with pytest.warns(UserWarning, match="elsewhere"), running.watched(pytest.fail):
        warnings.warn("elsewhere", stacklevel=1)


def test_a_failure_names_the_frame():
    def failing(frame, k):
        return range(k // (1 - frame.index))

    with pytest.raises(InputError, match=r"of cat\.jpg, frame 1 \(Zero"):
        select(pruner_of(failing), CLIP, 3)


def test_a_pruner_may_ask_another_one():
    said: list[str] = []

    def asking(frame, k):
        kept = select("evtp", frame, k).indices
        warnings.warn("asked", stacklevel=1)
        return kept

    with running.watched(said.append):
        chosen = select(pruner_of(asking), CLIP, 3)
    assert [c.indices.tolist() for c in chosen] == [
        c.indices.tolist() for c in select("evtp", CLIP, 3)
    ]
    assert said[0].startswith("mine on 12 tokens")


def test_what_threads_print_goes_to_stderr_until_the_last_has_ended(capsys):
    begun, ended = threading.Barrier(2), threading.Event()

    def first():
        with running.aside():
            begun.wait()
            ended.wait()
            print("first")

    thread = threading.Thread(target=first)
    thread.start()
    with running.aside():
        begun.wait()
        print("second")
    ended.set()
    thread.join()
    print("after")
    out, err = capsys.readouterr()
    assert (out, err) == ("after\n", "second\nfirst\n")
