"""Files that are broken, foreign or hostile: refused in one line, and nothing else is touched."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from evtp.core.errors import InputError
from evtp.features.cache import open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.features.masks import read_mask

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

ENCODER = {"encoder": "test", "model": "none", "block": 3}
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


@st.composite
def damages(draw, content: bytes):
    """The bytes cut, with bits flipped, some replaced, deleted or repeated, or others."""
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


@st.composite
def changed(draw, value):
    """The JSON value with one place in it replaced by another value, or removed."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 5)):
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: draw(changed(value[key]))}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], draw(changed(value[at])), *value[at + 1 :]]
    return draw(JSON)


@contextlib.contextmanager
def a_room():
    with tempfile.TemporaryDirectory() as root, contextlib.chdir(root):
        Path("out").mkdir()
        Path("secret").write_text("kept")
        yield Path(root)
        assert Path("secret").read_text() == "kept"


def rebuilt(content: bytes, data) -> bytes:
    """A shard of valid lengths whose header says something else."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    about = json.loads(header["__metadata__"]["evtp-features"])
    if data.draw(st.booleans()):
        about = data.draw(changed(about))
    else:
        header = data.draw(changed(header))
    if isinstance(header, dict) and isinstance(header.get("__metadata__"), dict):
        header["__metadata__"]["evtp-features"] = json.dumps(about)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


@fuzzed
@given(st.data())
def test_a_damaged_cache_is_read_or_refused_by_every_command(ends_well, small_cache, data):
    with a_room():
        folder = Path(shutil.copytree(small_cache, "cache"))
        name = data.draw(st.sampled_from(["index.json", "shard-00000.safetensors"]))
        file = folder / name
        content = file.read_bytes()
        if data.draw(st.booleans()):
            file.write_bytes(data.draw(damages(content)))
        elif name == "index.json":
            file.write_text(json.dumps(data.draw(changed(json.loads(content))), indent=2))
        else:
            file.write_bytes(rebuilt(content, data))
        if data.draw(st.booleans()):
            (folder / "index.json").unlink(missing_ok=True)
        if not data.draw(st.integers(0, 5)):
            (folder / "shard-00000.safetensors").rename(folder / "part-00000-000000.safetensors")
        where = ["--cache", "cache", "--format", "json"]
        for command in (
            ["features", "info", *where],
            ["features", "info", "--samples", *where],
            ["features", "verify", *where],
            ["prune", "topk", *where],
            ["coverage", "--method", "evtp", "--baseline", "none", *where],
            ["show", "set/0", "--cache", "cache", "-o", "out/x.png"],
        ):
            ends_well(command)


@fuzzed
@given(st.data())
def test_a_damaged_cache_is_continued_or_refused(bounded, small_cache, data):
    with a_room():
        folder = Path(shutil.copytree(small_cache, "cache"))
        file = folder / data.draw(st.sampled_from(["index.json", "shard-00000.safetensors"]))
        content = file.read_bytes()
        file.write_bytes(
            data.draw(damages(content)) if file.suffix == ".json" else rebuilt(content, data)
        )
        with contextlib.suppress(InputError), bounded():
            with CacheWriter(folder, ENCODER, data.draw(st.sampled_from(["float16"]))):
                pass
            for sample_id in open_cache(folder):
                assert open_cache(folder)[sample_id].id == sample_id


MODEL = """
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
ffn_matrices = 2
vocabulary = 10
norm = "layer_norm"
"""
VALUES = st.sampled_from(
    ["0", "-1", "1", "7", "1e3", "nan", "[]", "[1]", "{}", '"x"', "true", "9" * 400, "10000000"]
) | st.text(max_size=6)


@fuzzed
@given(st.data())
def test_a_model_file_is_counted_or_refused(ends_well, data):
    lines = MODEL.splitlines()
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
    with a_room():
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


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (4, 4), 1).save(buffer, "png")
    return buffer.getvalue()


@fuzzed
@given(st.data())
def test_a_manifest_or_list_is_encoded_or_refused(ends_well, data):
    lines = [json.dumps(data.draw(changed(ENTRY))) for _ in range(data.draw(st.integers(1, 2)))]
    manifest = "\n".join(lines).encode()
    if not data.draw(st.integers(0, 2)):
        manifest = data.draw(damages(manifest))
    image = data.draw(damages(picture())) if data.draw(st.booleans()) else picture()
    with a_room():
        Path("x.png").write_bytes(image)
        name = data.draw(st.sampled_from(["x.jsonl", "x.jsonl", "x.txt"]))
        Path(name).write_bytes(manifest)
        ends_well(["features", "extract", "--model", "descriptors", "-i", name, "-o", "out/cache"])
        assert {path.name for path in Path().iterdir()} == {"secret", "out", "x.png", name}


@fuzzed
@given(st.data())
def test_features_of_others_are_imported_or_refused(ends_well, data):
    shape = data.draw(st.lists(st.integers(0, 9), max_size=4).map(tuple) | st.just((9, 5)))
    dtype = data.draw(st.sampled_from(["f4", "f2", "i8", "?", "c8", "U3", "S2", "M8[s]", "f8"]))
    array = np.zeros(shape, dtype)
    names = st.sampled_from(["features", "attention", "a/keys", "a/features", "x", "", "..", "é\n"])
    buffer = io.BytesIO()
    ending = data.draw(st.sampled_from(["npy", "npz"]))
    if ending == "npy":
        np.save(buffer, array)
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
    stem = data.draw(st.sampled_from(["x", "a b'\"", "é%$&", "..x", "x\ny", "-"]))
    with a_room() as room:
        path = room / f"{stem}.{ending}"
        path.write_bytes(content)
        ends_well(["features", "import", "-i", path, "-o", "out/cache"])
        if (room / "out/cache/index.json").exists():
            assert ends_well(["features", "verify", "out/cache"]).exit_code == 0


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
def test_a_pruner_of_ones_own_runs_or_is_refused(ends_well, small_cache, shape, thing, data):
    source = shape.replace("{}", thing).encode()
    if not data.draw(st.integers(0, 5)):
        source = data.draw(damages(source))
    if b"KeyboardInterrupt" in source:
        source = b""
    with a_room():
        Path("own.py").write_bytes(source)
        cache = ["--cache", str(small_cache)]
        ends_well(["prune", "--pruner", "own.py", *cache])
        ends_well(["coverage", "--pruner", "own.py", "--baseline", "none", *cache])
        ends_well(["check-pruner", "./own.py"])


def mask_file(data, name: str) -> bytes:
    values = np.zeros(data.draw(st.sampled_from([(4, 4), (4, 4), (3, 4), (0, 0), (2, 4, 4)])))
    if values.size:
        values.reshape(-1)[data.draw(st.integers(0, values.size - 1))] = data.draw(
            st.sampled_from([1, 2, 255, -1, 300, np.nan])
        )
    ending = name.rpartition(".")[2]
    buffer = io.BytesIO()
    with np.errstate(invalid="ignore"):
        if ending == "png":
            flat = values if values.ndim == 2 and values.size else np.zeros((4, 4))
            mode = data.draw(st.sampled_from(["L", "P", "1", "RGB", "RGBA", "LA", "I;16"]))
            image = Image.fromarray(np.nan_to_num(flat).astype(np.uint8))
            if mode == "I;16":
                image = Image.fromarray(np.nan_to_num(flat).astype(np.uint16))
            else:
                image = image.convert(mode)
            image.save(buffer, "png")
        elif ending == "npy":
            dtype = data.draw(st.sampled_from(["u1", "i4", "?", "f4", "u8"]))
            np.save(buffer, np.nan_to_num(values, nan=0.5).astype(dtype))
        elif ending == "npz":
            np.savez(buffer, a=np.nan_to_num(values).astype("u1"))
        else:
            rle = {"size": [4, 4], "counts": [3, 2, 11]}
            whole = data.draw(
                st.sampled_from(
                    [rle, [rle, None], {"a": rle}, [{"image_id": 1, "segmentation": rle}]]
                )
            )
            return json.dumps(data.draw(changed(whole) | st.just(whole))).encode()
    return buffer.getvalue()


@fuzzed
@given(st.data())
def test_masks_are_scored_or_refused(ends_well, data):
    with a_room():
        name = data.draw(st.sampled_from(["a.png", "a.npy", "a.npz", "a.json", "v/a b'é.png"]))
        for folder in ("truth", "guess"):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            content = mask_file(data, name)
            path.write_bytes(
                data.draw(damages(content)) if not data.draw(st.integers(0, 2)) else content
            )
        asked = data.draw(
            st.lists(
                st.sampled_from(
                    [
                        "--clips",
                        "--objects=each",
                        "--by=sample",
                        "--by=expression",
                        "--groups=g.csv",
                        "--ignore=exclude",
                        "--ignore=foreground",
                        "--groups=g.json",
                    ]
                ),
                max_size=3,
                unique=True,
            )
        )
        groups = data.draw(
            st.sampled_from([b"path,group\na,x\n", b'{"a": "x"}', b"path,group\na\n"])
        )
        for file in ("g.csv", "g.json"):
            Path(file).write_bytes(
                data.draw(damages(groups)) if data.draw(st.booleans()) else groups
            )
        ends_well(["score", "--truth", "truth", "--predicted", "guess", *asked])


@fuzzed
@given(
    changed({"size": [4, 4], "counts": [3, 2, 11]})
    | changed([[0, 0, 5, 0, 5, 5]])
    | st.sampled_from(["x.png", "no.png", "a\0b", {"size": [10**6, 10**6], "counts": [10**12]}]),
    st.data(),
)
def test_a_mask_of_a_cache_is_read_or_refused(bounded, mask, data):
    with a_room():
        Path("x.png").write_bytes(data.draw(damages(picture())))
        try:
            with bounded():
                read = read_mask(mask, (4, 4))
        except InputError:
            pass
        else:
            assert read.shape == (4, 4)
            assert read.dtype == bool


@fuzzed
@given(
    st.sampled_from(["index.json", "writer.lock", "shard-00000.safetensors", ".writing-x"]),
    st.booleans(),
)
def test_writing_a_cache_follows_no_link_out_of_its_folder(ends_well, name, dangling):
    with a_room() as room:
        np.save("x.npy", np.ones((9, 5), np.float32))
        folder = room / "out/cache"
        folder.mkdir()
        (folder / name).symlink_to(room / ("new" if dangling else "secret"))
        ends_well(["features", "import", "-i", "x.npy", "-o", folder])
        assert not (room / "new").exists()


@fuzzed
@given(st.sampled_from(["x.csv", "x.json", "x.tex", "x.safetensors"]), st.booleans())
def test_an_output_that_is_no_plain_file_is_left_alone(ends_well, small_cache, name, linked):
    with a_room() as room:
        special = room / ("pipe" if linked else f"out/{name}")
        os.mkfifo(special)
        if linked:
            (room / f"out/{name}").symlink_to(special)
        result = ends_well(["prune", "evtp", "--cache", small_cache, "-o", f"out/{name}"])
        assert result.exit_code == 2
        assert special.is_fifo()
