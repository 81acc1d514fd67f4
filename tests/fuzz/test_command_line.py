"""Any options and values: exit code 0, 1 or 2, one line of error, and no file but the one named."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from evtp.flops import datasets, model_names
from evtp.flops.conventions import CONVENTIONS
from evtp.pruners.method import names
from evtp.reports.renderers import FORMATS, SUFFIXES

pytestmark = pytest.mark.slow

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# What a shell can pass: anything but NUL; lone surrogates are bytes that are no UTF-8.
characters = st.characters(exclude_characters="\0", exclude_categories=()).filter(
    lambda c: not "\ud800" <= c <= "\udfff" or "\udc80" <= c <= "\udcff"
)
rubbish = st.text(characters, max_size=12) | st.sampled_from(
    [
        *("", " ", "-", "--", "-1", "0", "1", "1e999", "1e99999999999", "-0.0", "nan", "inf"),
        *("9" * 30, "9" * 5000, "1:2:3:4", "1:99999999999", "0:1e999999999", ":", "1:0", "a,b,,"),
        *("٣", "²", "\udcff", "x\ny", "../x", "/dev/null", "[red]", "é λ", "a" * 300, "{}", "%"),
    ]
)
ratios = st.sampled_from(["0.1", "10%", "1", "3", "1.0", "5%:20%:5%", "0.05:1.0:0.5", "2,20%"])
small = st.integers(-2, 3000).map(str) | st.sampled_from(["1:4", "1:9:2", "0"])
formats = st.sampled_from(FORMATS.names())
ENDINGS = [ending for _, endings in SUFFIXES for ending in endings]
outputs = st.sampled_from(
    [
        *(f"out/x{ending}" for ending in ENDINGS),
        "out",
        "out/no/x.csv",
        "out/link.csv",
        "out/a b'\"é%.tex",
        "out/x",
    ]
)
methods = st.sampled_from(
    [*names(), "all", "kcenter-spatial:scale=2", "kcenter-spatial:scale=nan", "evtp:", "evtp:x=1"]
)


# A command may write where --output says; what is watched is everything else.
inside = rubbish.map(lambda text: f"out/x{text.replace('/', '_')}")


def options(**values):
    """A command's options: each absent, rarely repeated, its value mostly sensible."""
    each = [
        st.tuples(st.just(name), value | value | value | (inside if name == "output" else rubbish))
        if value is not None
        else st.tuples(st.just(name))
        for name, value in values.items()
    ]
    spelt = st.lists(st.one_of(each), max_size=4)
    return spelt.map(
        lambda chosen: [
            word
            for name, *value in chosen
            for word in (f"--{name.replace('_', '-').strip('-')}", *value)
        ]
    )


SHAPES = {
    "model": st.sampled_from(model_names()),
    "dataset": st.sampled_from([*datasets(), "all"]),
    "keep": ratios,
    "layout": st.sampled_from(["concat", "ovp"]),
    "head": st.sampled_from(["all", "last", "none"]),
    "set": st.sampled_from(["tiles=2", "vision_encoder.layers=26", "name=3", "paper=1", "x.y=[]"]),
    "format": formats,
    "output": outputs,
}
EXPLAINED = {name: SHAPES[name] for name in ("model", "dataset", "keep", "format", "output")}
WORKLOAD = {"frames": small, "text_tokens": small, "visual_tokens": small}
FRAMES = {"keep": ratios, "method": methods, "format": formats, "output": outputs}
RECOVERY = {
    "space": st.sampled_from(["joint", "feature", "spatial"]),
    "nearest": small,
    "threshold": st.sampled_from(["0", "0.5", "1", "nan"]),
}
figures = st.sampled_from([*CONVENTIONS, "paper", "architecture", "decoder", "fastv:keep=0.5"])

LIGHT = st.one_of(
    st.lists(rubbish, max_size=3),
    st.sampled_from(["pruners", "datasets", "models", "conventions", "hardware", "formats"])
    .map(lambda kind: ["list", kind])
    .flatmap(lambda head: options(format=formats, output=outputs).map(lambda o: [*head, *o])),
    options(
        **SHAPES,
        **WORKLOAD,
        accounting=st.sampled_from(["paper", "architecture", "decoder"]),
        convention=st.sampled_from([*CONVENTIONS]),
        prune_at=st.sampled_from(["0", "2", "8,16,24", "31", "-1"]),
        method=methods,
        summary=None,
    ).map(lambda o: ["flops", *o]),
    options(
        **SHAPES,
        hardware=st.sampled_from(["a100-80gb", "h100"]),
        dtype=st.sampled_from(["float32", "bfloat16", "int4"]),
    ).map(lambda o: ["flops", "cost", *o]),
    st.tuples(figures | rubbish, figures | rubbish, options(**EXPLAINED, **WORKLOAD)).map(
        lambda parts: (
            ["flops", "explain", "--", *parts[:2]]
            if any(part.startswith("-") for part in parts[:2])
            else ["flops", "explain", *parts[:2], *parts[2]]
        )
    ),
)

ON_FRAMES = st.one_of(
    st.tuples(
        methods | rubbish,
        options(
            **{k: v for k, v in FRAMES.items() if k != "method"},
            scope=st.sampled_from(["frame", "clip"]),
            seed=small,
            threads=st.sampled_from(["1", "2"]),
        ),
    ).map(lambda parts: ["prune", *parts[1], "--", parts[0]]),
    options(**FRAMES, baseline=methods | st.just("none"), seeds=st.just("2"), per_frame=None).map(
        lambda o: ["coverage", *o]
    ),
    options(**FRAMES, seeds=st.just("2")).map(lambda o: ["compare", *o]),
    options(
        **FRAMES,
        **RECOVERY,
        per_object=None,
    ).map(lambda o: ["recover", "--seeds", "1", *o]),
    options(
        **FRAMES,
        **RECOVERY,
        outcome=st.sampled_from(["iou", "f", "lost"]),
        bootstrap=st.sampled_from(["0", "3"]),
        plot=st.sampled_from(["out/p.svg", "out/p.x"]),
    ).map(lambda o: ["correlate", "--seeds", "1", *o]),
    st.tuples(
        st.sampled_from(["set/0", "set/9", "rocket", "secret"]) | rubbish,
        options(
            keep=ratios,
            method=methods,
            frame=small,
            seed=small,
            output=st.sampled_from(["out/x.png", "out/x.pdf", "out/x.csv", "out/link.csv"]),
        ),
    ).map(lambda parts: ["show", "--output", "out/y.svg", *parts[1], "--", parts[0]]),
    options(per_sample=None, format=formats, output=outputs).map(
        lambda o: ["features", "info", *o]
    ),
    options(format=formats, output=outputs).map(lambda o: ["features", "verify", *o]),
)


SHOWN = {"format": formats, "output": outputs}

# What takes seconds each, at sizes that take the fewest.
BENCH_PRUNERS = ["bench", "pruners", "--method", "topk", "--rounds", "2", "--grid", "3x3"]
BENCH_PRUNERS += ["--width", "4", "--frames", "1"]
BENCH_MODEL = ["bench", "model", "--model", "own.toml", "--method", "topk", "--rounds", "1"]
BENCH_MODEL += ["--limit", "0"]
SWEEP = ["sweep", "--output", "out/run", "--method", "topk", "--workers", "1"]
REPORT = ["report", "--output", "out/report", "--method", "topk"]
LONG = st.one_of(
    options(**SHOWN).map(lambda o: ["flops", "check", *o]),
    options(**{**SHAPES, **WORKLOAD}, strict=None).map(
        lambda o: ["flops", "verify", "--model", "own.toml", *o]
    ),
    options(**{**SHAPES, **WORKLOAD}, module=st.sampled_from(["language_model", "vmtf", "x"])).map(
        lambda o: ["flops", "operations", *o]
    ),
    st.tuples(methods | rubbish, options(**SHOWN)).map(
        lambda parts: ["check-pruner", *parts[1], "--", parts[0]]
    ),
    options(
        grid=st.sampled_from(["3x3", "1x2", "1x1", "0x3", "3x"]),
        width=st.sampled_from(["1", "4", "0"]),
        frames=st.sampled_from(["1", "2", "0"]),
        threads=st.sampled_from(["1", "2", "-1"]),
        hardware=st.sampled_from(["a100-80gb", "h100"]),
        dataset=SHAPES["dataset"],
        **FRAMES,
    ).map(lambda o: [*BENCH_PRUNERS, *o]),
    options(
        **{name: value for name, value in SHAPES.items() if name != "head"},
        stage=st.sampled_from(["vision_encoder", "language_model", "vmtf"]),
        layers=st.sampled_from(["1", "2", "all", "0"]),
        clock=st.sampled_from(["wall", "processor"]),
        dtype=st.sampled_from(["float32", "bfloat16", "int4"]),
        positions=st.sampled_from(["kept", "renumbered"]),
        device=st.sampled_from(["cpu", "cuda:9", "tpu"]),
        limit=st.sampled_from(["0", "1", "nan"]),
        plot=st.sampled_from(["out/p.svg", "out/p.x"]),
        per_stage=None,
    ).map(lambda o: [*BENCH_MODEL, *o]),
    options(
        **{name: value for name, value in FRAMES.items() if name != "output"},
        seeds=st.just("2"),
        indices=None,
        workers=st.just("1"),
        shard_frames=small,
        engine=st.sampled_from(["local", "cloud"]),
        address=st.just("nowhere:1"),
    ).map(lambda o: [*SWEEP, *o]),
    options(
        method=methods,
        seeds=st.just("2"),
        siunitx=None,
        style=st.sampled_from(["ggplot", "secret", "nope"]),
        records=st.sampled_from(["secret", "nope", "x.csv"]),
        output=st.sampled_from(["out/report", "out", "secret", "."]),
    ).map(lambda o: [*REPORT, *o]),
)


def checked(folder, arguments, result):
    """Nothing is left half-written, and no option is fuzzed that its command has not."""
    for word in arguments:
        assert f"No such option: {word} " not in result.stderr, result.stderr
    left = [path.name for path in folder.rglob("*") if path.name != "link.csv"]
    assert not [name for name in left if name.startswith(".")], left
    if result.exit_code == 2:
        assert not left


@fuzzed
@given(LIGHT)
def test_commands_that_need_no_features_end_well(ends_well, room, arguments):
    with room() as folder:
        checked(folder / "out", arguments, ends_well(arguments))


@fuzzed
@given(ON_FRAMES)
def test_commands_on_features_end_well(ends_well, room, small_cache, arguments):
    at = 2 if arguments[0] == "features" else 1
    with room() as folder:
        cached = [*arguments[:at], "--cache", str(small_cache), *arguments[at:]]
        checked(folder / "out", cached, ends_well(cached))


@settings(fuzzed, max_examples=max(10, fuzzed.max_examples // 10))
@given(LONG)
def test_long_commands_end_well(ends_well, room, tiny_model, small_cache, arguments):
    with room() as folder:
        (folder / "own.toml").write_text(tiny_model)
        if arguments[0] in ("sweep", "report"):
            arguments = [arguments[0], "--cache", str(small_cache), *arguments[1:]]
        checked(folder / "out", arguments, ends_well(arguments))


STORED = {
    "cache_dtype": st.sampled_from(["float16", "bfloat16", "float32", "int8"]),
    "shard_size": small,
}
MAKING = st.one_of(
    options(
        **STORED,
        encoder=st.just("descriptors"),
        frames=small,
        every=small,
        at=st.sampled_from(["0.5", "1,2", "nan", "-1"]),
        key_frame=st.sampled_from(["all", "0", "-1", "99"]),
        batch=small,
        image_size=small,
    ).map(lambda o: ["features", "extract", "--encoder", "descriptors", *o]),
    options(
        **STORED, grid=st.sampled_from(["3x3", "1x9", "0x0", "3x"]), skip_tokens=small, stacked=None
    ).map(lambda o: ["features", "import", *o]),
)


def inputs_in(folder):
    """A picture, an array, and lists of them."""
    Image.new("RGB", (8, 8), "red").save(folder / "x.png")
    np.save(folder / "x.npy", np.ones((9, 5), np.float32))
    (folder / "x.txt").write_text("x.png\n")
    (folder / "x.jsonl").write_text('{"image": "x.png"}\n')


@fuzzed
@given(
    MAKING,
    st.lists(st.sampled_from(["x.png", "x.txt", "x.jsonl", "x.npy", "nope", "."]), max_size=2),
)
def test_commands_that_make_features_end_well(ends_well, room, asked, inputs):
    with room() as folder:
        inputs_in(folder)
        given = [word for name in inputs for word in ("--input", name)]
        arguments = [*asked, "--output", "out/cache", *given]
        result = ends_well(arguments)
        for word in arguments:
            assert f"No such option: {word} " not in result.stderr, result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["flops", "--keep", "10%", "--method", "evtp", "--accounting", "architecture"],
        ["flops", "cost", "--hardware", "h100", "--dtype", "bfloat16"],
        ["flops", "explain", "fastv", "llm-viewer:keep=0.5,prune_at=2"],
        ["list", "hardware"],
        ["prune", "topk", "--scope", "clip"],
        ["coverage", "--per-frame", "--baseline", "none"],
        ["compare", "--keep", "2"],
        ["recover", "--per-object", "--space", "joint", "--keep", "2"],
        ["correlate", "--outcome", "iou", "--bootstrap", "0", "--plot", "out/p.svg"],
        ["show", "x.png", "--keep", "2", "--output", "out/y.png"],
        ["features", "info", "--per-sample"],
        ["features", "verify"],
        ["features", "extract", "--encoder", "descriptors", "-i", "x.jsonl", "-o", "out/a"],
        ["features", "extract", "--encoder", "descriptors", "-i", "x.txt", "-o", "out/a"],
        ["features", "import", "-i", "x.npy", "-o", "out/a", "--grid", "3x3"],
        ["flops", "--model", "own.toml"],
        ["flops", "check"],
        ["flops", "verify", "--model", "own.toml"],
        ["check-pruner", "topk"],
        [*BENCH_PRUNERS, "--keep", "2"],
        [*BENCH_MODEL, "--per-stage"],
        [*SWEEP, "--indices"],
        [*REPORT, "--siunitx"],
    ],
    ids=" ".join,
)
def test_what_is_fuzzed_works_when_it_is_sound(ends_well, room, tiny_model, small_cache, command):
    if command[:2] in (["flops", "verify"], ["bench", "model"]):
        pytest.importorskip("transformers")
    with room() as folder:
        inputs_in(folder)
        (folder / "own.toml").write_text(tiny_model)
        alone = command[0] in ("flops", "list", "show", "bench", "check-pruner")
        alone = alone or command[1] in ("extract", "import")
        done = ends_well(command if alone else [*command, "--cache", small_cache])
        assert done.exit_code == 0, done.stderr
