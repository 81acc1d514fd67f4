"""Files of a few bytes that declare more than any memory holds."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

sides = st.sampled_from([20_000, 40_000, 100_000, 2**31 - 1, 2**31, 2**32, 2**62, 2**63, 10**30])
IMPORT = ["features", "import", "-o", "out/cache", "-i"]
EXTRACT = ["features", "extract", "--encoder", "descriptors", "-o", "out/cache", "-i"]


def npy(rows, columns):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    text = header.ljust(117).encode() + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + b"\0" * 64


def npz(rows, columns):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("features.npy", npy(rows, columns))
    return buffer.getvalue()


def safetensors(rows, columns):
    entry = {"dtype": "F32", "shape": [rows, columns], "data_offsets": [0, rows * columns * 4]}
    header = json.dumps({"features": entry}).encode()
    return struct.pack("<Q", len(header)) + header + b"\0" * 64


def pt(rows, columns):
    """One value, spread over all places by strides of zero."""
    import torch

    buffer = io.BytesIO()
    torch.save(torch.zeros(1).expand(min(rows, 2**30), min(columns, 2**30)), buffer)
    return buffer.getvalue()


def h5(rows, columns):
    """A data set of which no value was ever written."""
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        chunks = (1, 64) if rows % 3 else None
        shape = (min(rows, 2**30), min(columns, 2**30))
        file.create_dataset("features", shape, "f4", chunks=chunks)
    return buffer.getvalue()


def png(width, height):
    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    size = struct.pack(">II", width % 2**32, height % 2**32)
    picture = chunk(b"IHDR", size + bytes([8, 2, 0, 0, 0])) + chunk(b"IDAT", zlib.compress(b"\0"))
    return b"\x89PNG\r\n\x1a\n" + picture + chunk(b"IEND", b"")


IMPORTED = {"npy": npy, "npz": npz, "safetensors": safetensors, "pt": pt}
if find_spec("h5py"):
    IMPORTED["h5"] = h5


@fuzzed
@given(st.sampled_from(sorted(IMPORTED)), sides, sides)
def test_a_declared_array_is_refused_in_little_memory(ends_well, room, kind, rows, columns):
    with room():
        Path(f"x.{kind}").write_bytes(IMPORTED[kind](rows, columns))
        assert ends_well([*IMPORT, f"x.{kind}"]).exit_code == 2


@fuzzed
@given(sides, sides, st.booleans())
def test_a_declared_picture_is_refused_in_little_memory(ends_well, room, width, height, as_mask):
    with room():
        Path("x.png").write_bytes(png(width, height))
        if as_mask:
            asked = ["score", "--truth", "x.png", "--predicted", "x.png"]
        else:
            asked = [*EXTRACT, "x.png"]
        assert ends_well(asked).exit_code in (1, 2)


@fuzzed
@given(sides, sides, st.sampled_from(["[%d]", "[0, %d]", '"%d"']))
def test_a_declared_mask_is_refused_in_little_memory(ends_well, room, height, width, counts):
    with room():
        counts = counts % (height * width)
        for name in ("truth", "guess"):
            Path(name).mkdir()
            Path(name, "a.json").write_text(f'{{"size": [{height}, {width}], "counts": {counts}}}')
        assert ends_well(["score", "--truth", "truth", "--predicted", "guess"]).exit_code in (1, 2)


@fuzzed
@given(sides, sides, st.sampled_from(["shape", "grid", "offsets", "length"]))
def test_a_declared_cache_is_refused_in_little_memory(
    ends_well, room, new_cache, rows, columns, what
):
    with room():
        folder = new_cache(Path("cache"))
        shard = folder / "shard-00000.safetensors"
        content = shard.read_bytes()
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        about = json.loads(header["__metadata__"]["evtp-features"])
        if what == "shape":
            header["set/0/features"]["shape"] = [2, rows, columns]
        elif what == "grid":
            about["samples"][0]["grid"] = [rows, columns]
        elif what == "offsets":
            header["set/0/features"]["data_offsets"] = [0, rows * columns]
        header["__metadata__"]["evtp-features"] = json.dumps(about)
        text = json.dumps(header).encode()
        said = rows % 2**64 if what == "length" else len(text)
        shard.write_bytes(said.to_bytes(8, "little") + text + content[8 + length :])
        (folder / "index.json").unlink()
        assert ends_well(["prune", "evtp", "--cache", "cache"]).exit_code == 2


@fuzzed
@given(
    st.sampled_from(["frames", "text-tokens", "visual-tokens"]),
    st.sampled_from(["0:1e15", "1:9999999999", "1:1e15:1e-9", "1:1e15:1"]),
)
def test_a_declared_range_is_refused_in_little_memory(ends_well, room, option, text):
    with room():
        ends_well(["flops", f"--{option}", text])


@pytest.mark.parametrize("kind", sorted(IMPORTED))
def test_what_holds_as_much_as_it_declares_is_read(ends_well, room, kind):
    with room():
        whole = np.random.default_rng(0).random((9, 5), np.float32)
        if kind == "npy":
            np.save("x.npy", whole)
        elif kind == "npz":
            np.savez("x.npz", features=whole)
        elif kind == "safetensors":
            from safetensors.numpy import save_file

            save_file({"features": whole}, "x.safetensors")
        elif kind == "pt":
            import torch

            torch.save(torch.from_numpy(whole).T.contiguous().T, "x.pt")
        else:
            import h5py

            with h5py.File("x.h5", "w") as file:
                file.create_dataset("features", data=whole, chunks=(4, 2), compression="gzip")
        assert ends_well([*IMPORT, f"x.{kind}"]).exit_code == 0
