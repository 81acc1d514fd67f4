"""Masks of others: scored or refused."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from evtp.core.errors import InputError
from evtp.features.masks import read_mask

fuzzed = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def mask_file(data, changed, name: str) -> bytes:
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
def test_masks_are_scored_or_refused(ends_well, room, damages, changed, data):
    with room():
        name = data.draw(st.sampled_from(["a.png", "a.npy", "a.npz", "a.json", "v/a b'é.png"]))
        for folder in ("truth", "guess"):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            content = mask_file(data, changed, name)
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
@given(st.data())
def test_a_mask_of_a_cache_is_read_or_refused(bounded, room, damages, changed, picture, data):
    mask = data.draw(
        changed({"size": [4, 4], "counts": [3, 2, 11]})
        | changed([[0, 0, 5, 0, 5, 5]])
        | st.sampled_from(["x.png", "no.png", "a\0b", {"size": [10**6] * 2, "counts": [10**12]}])
    )
    with room():
        Path("x.png").write_bytes(data.draw(damages(picture)))
        try:
            with bounded():
                read = read_mask(mask, (4, 4))
        except InputError:
            pass
        else:
            assert read.shape == (4, 4)
            assert read.dtype == bool
