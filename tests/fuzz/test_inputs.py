"""What users bring: models, manifests, pictures, arrays, pruners, records of their own."""

from __future__ import annotations

import io
import json
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.reports.own import read_own

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

VALUES = st.sampled_from(
    ["0", "-1", "1", "7", "1e3", "nan", "[]", "[1]", "{}", '"x"', "true", "9" * 400, "10000000"]
) | st.text(max_size=6)


@fuzzed
@given(st.data())
def test_a_model_file_is_counted_or_refused(ends_well, room, damages, tiny_model, data):
    lines = tiny_model.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        key = lines[at].partition("=")[0]
        new = data.draw(
            VALUES.map(lambda value, key=key: f"{key}= {value}")
            | st.sampled_from(["", "[ovp]", "[paper]", "tiles = 3", "x" * 9, "[[x]]", "a = " + "["])
            | st.just("deep = " + "[" * 5000)
        )
        lines = [*lines[:at], new, *lines[at + 1 :]]
    text = "\n".join(lines).encode("utf-8", "surrogatepass")
    if not data.draw(st.integers(0, 4)):
        text = data.draw(damages(text))
    with room():
        Path("own.toml").write_bytes(text)
        keep = data.draw(st.sampled_from([[], ["--keep", "50%"], ["--keep", "2"]]))
        for command in (["flops"], ["flops", "cost"]):
            ends_well([*command, "--model", "own.toml", *keep, "--format", "table"])


ENTRY = {
    "id": "a",
    "image": "x.png",
    "masks": {"dog": "m.png", "cat": [[0, 0, 5, 0, 5, 5]], "cow": {"size": [4, 4], "counts": [16]}},
    "expressions": ["the dog", {"text": "the cat"}],
}


@fuzzed
@given(st.data())
def test_a_manifest_or_list_is_encoded_or_refused(ends_well, room, damages, changed, picture, data):
    lines = [json.dumps(data.draw(changed(ENTRY))) for _ in range(data.draw(st.integers(1, 2)))]
    manifest = "\n".join(lines).encode()
    if not data.draw(st.integers(0, 2)):
        manifest = data.draw(damages(manifest))
    image = data.draw(damages(picture)) if data.draw(st.booleans()) else picture
    with room():
        Path("x.png").write_bytes(image)
        Path("m.png").write_bytes(picture)
        name = data.draw(st.sampled_from(["x.jsonl", "x.jsonl", "x.txt"]))
        Path(name).write_bytes(manifest)
        ends_well(
            ["features", "extract", "--encoder", "descriptors", "-i", name, "-o", "out/cache"]
        )


def tensor_file(array, buffer):
    import torch

    torch.save({"features": torch.from_numpy(array)}, buffer)


def safetensors_file(array, buffer):
    from safetensors.numpy import save

    buffer.write(save({"features": array}))


def hdf5_file(array, buffer):
    import h5py

    with h5py.File(buffer, "w") as file:
        file["a/features"] = array


SAVED = {"pt": tensor_file, "safetensors": safetensors_file}
if find_spec("h5py"):
    SAVED["h5"] = hdf5_file


@fuzzed
@given(st.data())
def test_features_of_others_are_imported_or_refused(ends_well, room, damages, data):
    shape = data.draw(st.lists(st.integers(0, 9), max_size=4).map(tuple) | st.just((9, 5)))
    dtype = data.draw(st.sampled_from(["f4", "f2", "i8", "?", "c8", "U3", "S2", "M8[s]", "f8"]))
    array = np.zeros(shape, dtype)
    names = st.sampled_from(["features", "attention", "a/keys", "a/features", "x", "", "..", "é\n"])
    buffer = io.BytesIO()
    ending = data.draw(st.sampled_from(["npy", "npy", "npz", *SAVED]))
    if ending == "npy":
        np.save(buffer, array)
    elif ending in SAVED:
        SAVED[ending](np.zeros(shape, "f4" if array.dtype.kind in "USM" else dtype), buffer)
    else:
        chosen = data.draw(st.lists(names, unique=True, max_size=3))
        arrays = {
            n: data.draw(st.sampled_from([array, np.zeros((9, 5)), np.zeros(9)])) for n in chosen
        }
        np.savez(buffer, **arrays)
    content = buffer.getvalue()
    if data.draw(st.booleans()):
        content = data.draw(damages(content))
    elif ending == "npy" and data.draw(st.booleans()):
        huge = data.draw(st.sampled_from([b"99999999999", b"4294967296", b"-1", b"9e9"]))
        content = content.replace(b"(", b"(" + huge + b", ", 1)
    stem = data.draw(
        st.sampled_from(["x", "a b'\"", "é%$&_#{}~^\\", "<b>&lt;", "..x", "x\ny", "-", "\udcff"])
    )
    with room() as folder:
        path = folder / f"{stem}.{ending}"
        path.write_bytes(content)
        ends_well(["features", "import", "-i", path, "-o", "out/cache"])
        if (folder / "out/cache/index.json").exists():
            assert ends_well(["features", "verify", "--cache", "out/cache"]).exit_code == 0


PRUNERS = [
    "def prune(frame, k): return {}",
    "prune = {}",
    "def prune(frame, k, *, a={}): return range(k)",
    "NESTED = True\ndef prune(frame, k): return {}",
    "NEEDS = {}\ndef prune(frame, k): return range(k)",
    "def prune(frame, k): raise {}",
    "raise {}",
    "{}",
]
THINGS = [
    *(
        "None",
        "0",
        "k",
        "range(k)",
        "[[1], [1, 2]]",
        "'x'",
        "[0.5] * k",
        "[0] * k",
        "(1, 2)",
        "int",
    ),
    *("list(range(k))[::-1]", "SystemExit(3)", "ValueError('a\\nb')", "KeyboardInterrupt()", "{1}"),
    *("len", "type('T', (), {'__module__': 'gone'})()", "RecursionError()", "['keys']", "def ("),
    *(
        "lambda f, k: range(k)",
        "float('nan')",
        "[1 << 80] * k",
        "object()",
        "MemoryError()",
        "open",
    ),
]


@fuzzed
@given(st.sampled_from(PRUNERS), st.sampled_from(THINGS), st.data())
def test_a_pruner_of_ones_own_runs_or_is_refused(
    ends_well, room, damages, small_cache, shape, thing, data
):
    source = shape.replace("{}", thing).encode()
    if not data.draw(st.integers(0, 5)):
        source = data.draw(damages(source))
    if b"KeyboardInterrupt" in source:
        source = b""
    with room():
        Path("own.py").write_bytes(source)
        cache = ["--cache", str(small_cache)]
        ends_well(["prune", "--pruner", "own.py", *cache])
        ends_well(["coverage", "--pruner", "own.py", "--baseline", "none", *cache])
        ends_well(["check-pruner", "./own.py"])


TABLE = b"""method,keep,dataset,split,giou,j
mine,0.1,revos,overall,41.5,40
mine,73,reasonseg,val,0.5,
"""


@fuzzed
@given(st.data())
def test_records_of_ones_own_are_read_or_refused(bounded, room, damages, data):
    with room():
        content = data.draw(damages(TABLE)) if data.draw(st.booleans()) else TABLE
        name = "x.csv"
        if data.draw(st.booleans()):
            cells = st.none() | st.sampled_from([0.1, 73, "x", True, b"\xff", [1], 10**300, "nan"])
            keys = ["method", "keep", "dataset", "giou", "tokens", "feature_radius", "seed"]
            keys += ["tokens_kept", "sample", "frame", "keep_ratio", "keep_count"]
            row = {key: data.draw(cells) for key in keys if data.draw(st.integers(0, 4))}
            name = "x.parquet"
            try:
                buffer = io.BytesIO()
                pq.write_table(pa.Table.from_pylist([row]), buffer)
            except (pa.ArrowException, OverflowError):
                return
            content = buffer.getvalue()
            if not data.draw(st.integers(0, 2)):
                content = data.draw(damages(content))
        Path(name).write_bytes(content)
        try:
            with bounded():
                own = read_own([Path(name)])
        except InputError:
            return
        assert all(0 <= figure["value"] <= 100 for figure in own.figures)
        for figure in own.figures:
            assert 0 < figure["keep"] <= 1


def test_what_is_damaged_is_sound(ends_well, room, tiny_model, picture):
    with room():
        Path("own.toml").write_text(tiny_model)
        assert ends_well(["flops", "--model", "own.toml"]).exit_code == 0
        Path("x.png").write_bytes(picture)
        Path("m.png").write_bytes(picture)
        Path("x.jsonl").write_text(json.dumps(ENTRY))
        asked = ["features", "extract", "--encoder", "descriptors", "-i", "x.jsonl"]
        assert ends_well([*asked, "-o", "out/cache"]).exit_code == 0
        Path("x.csv").write_bytes(TABLE)
        assert len(read_own([Path("x.csv")]).figures) == 3
