"""How many cases, and what a call may do: end soon, in few bytes, and never in a traceback."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import resource
import signal
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, is_hypothesis_test, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

SECONDS = 60
"""What a call may compute. It may wait ten times as long: a machine may be busy, or stopped."""
BYTES = 1 << 30
"""What a call may take beyond what the process has already."""

CASES = 10_000
"""What a whole run under the profile `fuzz` comes to at least."""

_COMMON = {
    "phases": [Phase.generate],
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": True,
}
settings.register_profile("quick", max_examples=10, derandomize=True, **_COMMON)
settings.register_profile("fuzz", max_examples=1000, database=None, **_COMMON)


cases: Counter[str] = Counter()
"""The cases of each property that ran to their end; what `assume` rejects is none."""

left_out = False


def pytest_configure(config):
    global left_out
    left_out = not all(Path(argument).is_dir() for argument in config.args)


def pytest_deselected(items):
    global left_out
    left_out = True


def pytest_collection_modifyitems(items):
    fuzzed = [item.function for item in items if item.path.parent.name == "fuzz"]
    for function in dict.fromkeys(filter(is_hypothesis_test, fuzzed)):
        property_of = function.hypothesis
        property_of.inner_test = counted(function.__name__, property_of.inner_test)


def counted(name, test):
    @functools.wraps(test)
    def run(*arguments, **named):
        test(*arguments, **named)
        cases[name] += 1

    return run


def too_few() -> bool:
    whole = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz" and not left_out
    return whole and cases.total() < CASES


def pytest_sessionfinish(session):
    if too_few() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    failed = sum("/fuzz/" in report.nodeid for report in terminalreporter.stats.get("failed", []))
    if os.environ.get("HYPOTHESIS_PROFILE") == "fuzz":
        for name, count in cases.items():
            terminalreporter.write_line(f"{count:>7,}  {name}")
    terminalreporter.write_line(
        f"fuzz: {len(cases)} properties, {cases.total():,} cases, {failed} failures"
        + (f"; fewer than {CASES:,}" if too_few() else "")
    )


class Hangs(BaseException):
    """Raised into a call that takes too long; no `except Exception` swallows it."""


@pytest.fixture(scope="session")
def bounded():
    """``with bounded():`` ends a hang, and turns a blow-up into `MemoryError`."""

    @contextlib.contextmanager
    def bound():
        def stop(*_):
            raise Hangs(f"more than {SECONDS} seconds")

        timers = {
            signal.SIGPROF: (signal.ITIMER_PROF, SECONDS),
            signal.SIGALRM: (signal.ITIMER_REAL, 10 * SECONDS),
        }
        before = {number: signal.signal(number, stop) for number in timers}
        limits = resource.getrlimit(resource.RLIMIT_DATA)
        for timer, seconds in timers.values():
            signal.setitimer(timer, seconds)
        pages = int(Path("/proc/self/statm").read_text().split()[5])
        allowed = pages * resource.getpagesize() + BYTES
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, limits)
            for timer, _ in timers.values():
                signal.setitimer(timer, 0)
            for number, handler in before.items():
                signal.signal(number, handler)

    return bound


watched: list[Path] = []
"""Folders in which no command may change anything, but for what is under a folder `out`."""


def watched_state():
    def about(path):
        found = path.lstat()
        return found.st_mode, found.st_mtime_ns, found.st_size

    return {
        path: about(path)
        for root in watched
        for path in (root, *root.rglob("*"))
        if "out" not in path.relative_to(root).parts
    }


@pytest.fixture(scope="session")
def room():
    """``with room() as folder:`` works in a new folder, whose ``out`` alone commands may write."""

    @contextlib.contextmanager
    def new():
        with tempfile.TemporaryDirectory() as outer, contextlib.chdir(outer):
            folder = Path(outer, "room")
            (folder / "out").mkdir(parents=True)
            (folder / "secret").write_text("kept")
            (folder / "out" / "link.csv").symlink_to(folder / "secret")
            os.chdir(folder)
            watched.append(Path(outer))
            try:
                yield folder
            finally:
                watched.remove(Path(outer))

    return new


@pytest.fixture(scope="session")
def ends_well(bounded):
    """``ends_well(["list", "models"])``: runs a command, and holds its end to the contract."""
    from evtp.cli.main import app

    def run(arguments):
        arguments = [str(argument) for argument in arguments]
        before = watched_state()
        with bounded():
            result = CliRunner().invoke(app, arguments)
        said = f"evtp {arguments}\n{result.stderr}"
        assert watched_state() == before, said
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(said) from result.exception
        assert result.exit_code in (0, 1, 2), said
        assert "Traceback" not in result.stderr, said
        lines = result.stderr.splitlines()
        if result.exit_code == 2:
            assert len(lines) == 1, said
            assert lines[0].startswith("error: "), said
            assert "out of memory" not in lines[0], said
            assert result.stdout == "", said
        elif result.exit_code == 1:
            assert lines[-1].startswith("error: "), said
        elif "json" in arguments and result.stdout.startswith("{"):
            json.loads(result.stdout)
        return result

    return run


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory):
    """A cache of three samples, with every input, masks and expressions."""
    folder = write_cache(tmp_path_factory.mktemp("small") / "cache")
    watched.append(folder)
    return folder


@pytest.fixture(scope="session")
def new_cache():
    """``new_cache(folder)`` writes the same cache again; ``shard_bytes`` splits it."""
    return write_cache


def write_cache(folder, shard_bytes: int = 1 << 28):
    from evtp.features import Clip, Sample
    from evtp.features.cache_writer import CacheWriter

    random = np.random.default_rng(0)

    def one(number: int) -> Sample:
        shape = (2, 9)
        extras = {
            name: random.random(shape).astype(np.float32)
            for name in ("attention", "probe_attention", "middle_attention")
        }
        return Sample(
            f"set/{number}",
            Clip(
                random.standard_normal((*shape, 16)).astype(np.float32),
                keys=random.standard_normal((*shape, 16)).astype(np.float32),
                **extras,
            ),
            source=(f"{number}.png",),
            source_sha256=("0" * 64,),
            image_size=(30, 40),
            masks={"dog": [None, [[0, 0, 5, 0, 5, 5]]]},
            expressions=({"text": "the dog"},),
        )

    encoder = {"encoder": "test", "model": "none", "block": 3}
    with CacheWriter(folder, encoder, shard_bytes=shard_bytes) as writer:
        for number in range(3):
            writer.add(one(number))
    return folder


@pytest.fixture(scope="session")
def tiny_model():
    """The text of a sound model file, small enough to run."""
    return """
summary = "a model"
tiles = 1
[vision_encoder]
kind = "vit"
image = 28
patch = 14
width = 8
layers = 2
heads = 2
ffn_width = 16
[language_model]
layers = 2
width = 8
heads = 2
kv_heads = 2
ffn_width = 16
ffn_matrices = 3
vocabulary = 10
norm = "rms_norm"
norms_per_layer = 2
attention_bias = "none"
ffn_bias = false
head_bias = false
head = "last"
"""


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 12)
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
    | st.sampled_from([10**18, 10**30, "a\0b", "../../x", "\ud800", "x\ny"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@pytest.fixture(scope="session")
def damages():
    """``damages(content)``: bytes cut, a bit flipped, some replaced or repeated, or others."""

    @st.composite
    def damaged(draw, content: bytes):
        kind = draw(st.sampled_from(["flip", "flip", "cut", "splice", "grow", "other", "deep"]))
        if kind == "other" or not content:
            return draw(st.binary(max_size=200) | JSON.map(lambda x: json.dumps(x).encode()))
        if kind == "deep":
            return b"[" * 100_000
        at = draw(st.integers(0, min(len(content), 4000) - 1) | st.integers(0, len(content) - 1))
        if kind == "cut":
            return content[:at]
        if kind == "grow":
            return content + draw(st.binary(min_size=1, max_size=9))
        if kind == "splice":
            end = min(len(content), at + draw(st.integers(0, 30)))
            return content[:at] + draw(st.binary(max_size=12)) + content[end:]
        changed = bytearray(content)
        changed[at] ^= 1 << draw(st.integers(0, 7))
        return bytes(changed)

    return damaged


@pytest.fixture(scope="session")
def picture():
    """The bytes of a small PNG file."""
    buffer = io.BytesIO()
    Image.new("L", (4, 4), 1).save(buffer, "png")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def changed():
    """``changed(value)``: the JSON value with one place in it replaced, or removed."""

    @st.composite
    def other(draw, value):
        if isinstance(value, dict) and value and draw(st.integers(0, 9)):
            key = draw(st.sampled_from(sorted(value)))
            if not draw(st.integers(0, 5)):
                return {k: v for k, v in value.items() if k != key}
            return {**value, key: draw(other(value[key]))}
        if isinstance(value, list) and value and draw(st.integers(0, 4)):
            at = draw(st.integers(0, len(value) - 1))
            return [*value[:at], draw(other(value[at])), *value[at + 1 :]]
        return draw(JSON)

    return other
