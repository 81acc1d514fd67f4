"""Features from files that others wrote."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch_file

from evtp.core.errors import InputError
from evtp.features import open_cache
from evtp.features.cache_writer import CacheWriter
from evtp.features.foreign import READERS
from evtp.features.importing import Layout, files_of, import_file, import_files

X = np.random.default_rng(0).standard_normal((6, 16, 8)).astype(np.float32)
A = np.random.default_rng(1).random((6, 16)).astype(np.float32)
MADE = {"encoder": "imported", "model": "unknown", "block": None}


def taken(tmp_path, *paths, dtype="float32", **layout):
    with CacheWriter(tmp_path / "cache", MADE, dtype=dtype) as writer:
        import_files(files_of(map(str, paths)), Layout(**layout), writer)
    return open_cache(tmp_path / "cache")


def write(path, arrays):
    """Named arrays in a file of any kind that holds several."""
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".safetensors":
        save_file(arrays, path)
    elif path.suffix == ".pt":
        torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path)
    else:
        h5py = pytest.importorskip("h5py")
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name] = array


KINDS = [".npz", ".safetensors", ".pt", ".h5"]


def test_every_reader_is_tested():
    assert READERS.names() == ["hdf5", "npy", "safetensors", "torch"]


@pytest.mark.parametrize("ending", KINDS)
def test_arrays_by_input_are_one_sample(tmp_path, ending):
    write(tmp_path / f"cat{ending}", {"features": X[0], "attention": A[0]})
    cache = taken(tmp_path, tmp_path / f"cat{ending}")
    np.testing.assert_array_equal(cache["cat"].clip.features, X[:1])
    np.testing.assert_array_equal(cache["cat"].clip.attention, A[:1])
    assert cache["cat"].source == (str(tmp_path / f"cat{ending}"),)


@pytest.mark.parametrize("ending", KINDS)
def test_arrays_by_id_and_input_are_many_samples(tmp_path, ending):
    arrays = {}
    for n in range(3):
        arrays[f"s{n}/features"], arrays[f"s{n}/attention"] = X[n], A[n]
    write(tmp_path / f"set{ending}", arrays)
    cache = taken(tmp_path, tmp_path / f"set{ending}")
    assert sorted(cache) == ["set/s0", "set/s1", "set/s2"]
    np.testing.assert_array_equal(cache["set/s2"].clip.attention[0], A[2])


@pytest.mark.parametrize("ending", KINDS)
def test_other_names_are_samples(tmp_path, ending):
    write(tmp_path / f"set{ending}", {"one": X[0], "two": X[1:3]})
    cache = taken(tmp_path, tmp_path / f"set{ending}")
    assert {name: len(sample.clip) for name, sample in cache.items()} == {
        "set/one": 1,
        "set/two": 2,
    }


def test_nameless_arrays_tensors_and_lists(tmp_path):
    np.save(tmp_path / "a.npy", X[0])
    torch.save(torch.from_numpy(X[1]), tmp_path / "b.pt")
    old = {"_use_new_zipfile_serialization": False}
    torch.save([torch.from_numpy(x) for x in X[2:4]], tmp_path / "c.pt", **old)
    cache = taken(tmp_path, tmp_path)
    assert list(cache) == ["a", "b", "c/0", "c/1"]
    np.testing.assert_array_equal(cache["c/1"].clip.features[0], X[3])


def test_bfloat16_keeps_its_values(tmp_path):
    half = torch.from_numpy(X[0]).to(torch.bfloat16)
    save_torch_file({"features": half}, tmp_path / "a.safetensors")
    found = taken(tmp_path, tmp_path / "a.safetensors", dtype="bfloat16")["a"].clip.features[0]
    assert torch.equal(found, half)


def test_frames_or_images_and_a_class_token(tmp_path):
    with_class = np.concatenate([np.zeros((6, 1, 8), np.float32), X], axis=1)
    np.save(tmp_path / "v.npy", with_class)
    assert len(taken(tmp_path / "f", tmp_path / "v.npy", skip_tokens=1)["v"].clip) == 6
    stacked = taken(tmp_path / "s", tmp_path / "v.npy", skip_tokens=1, stacked=True)
    assert list(stacked) == [f"v/{n}" for n in range(6)]
    np.testing.assert_array_equal(stacked["v/4"].clip.features[0], X[4])
    wide = taken(tmp_path / "g", tmp_path / "v.npy", skip_tokens=1, grid=(2, 8))
    assert wide["v"].clip.shape == (2, 8)


def refused(tmp_path, path, **layout) -> str:
    with pytest.raises(InputError) as caught:
        taken(tmp_path, path, **layout)
    assert path.name in str(caught.value)
    return str(caught.value)


def test_pickled_code_is_refused(tmp_path):
    class Nasty:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    np.save(tmp_path / "a.npy", np.array([Nasty()], object), allow_pickle=True)
    np.savez(tmp_path / "b.npz", x=np.array([Nasty()], object))
    torch.save({"features": Nasty()}, tmp_path / "c.pt")
    (tmp_path / "d.pt").write_bytes(pickle.dumps(Nasty()))
    for name in ("a.npy", "b.npz", "c.pt", "d.pt"):
        (tmp_path / "ran").unlink(missing_ok=True)
        assert "can run code" in refused(tmp_path, tmp_path / name)
        assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.safetensors", "a.pt", "a.h5"])
@pytest.mark.parametrize("content", [b"", b"not what it says", b"PK\x03\x04torn"])
def test_broken_files_are_refused(tmp_path, name, content):
    if name == "a.h5":
        pytest.importorskip("h5py")
    (tmp_path / name).write_bytes(content)
    refused(tmp_path, tmp_path / name)


@pytest.mark.parametrize("ending", [".npy", *KINDS])
def test_damage_anywhere_is_refused_or_harmless(tmp_path, ending):
    """Never anything but an `InputError`, whatever the library makes of the file."""
    path = tmp_path / f"a{ending}"
    if ending == ".npy":
        np.save(path, X[0])
    else:
        write(path, {"features": X[0]})
    whole, random = path.read_bytes(), np.random.default_rng(0)
    refusals = 0
    for attempt in range(120):
        torn = bytearray(whole)
        for place in random.integers(0, min(len(torn), 400), 3):
            torn[place] = random.integers(256)
        path.write_bytes(bytes(torn[: random.integers(len(torn))] if attempt % 4 == 0 else torn))
        try:
            list(import_file("a", path, Layout()))
        except InputError:
            refusals += 1
    assert refusals > 30


def test_arrays_that_do_not_fit_are_refused(tmp_path):
    np.save(tmp_path / "odd.npy", X[0][:15])
    assert "make no square" in refused(tmp_path, tmp_path / "odd.npy")
    assert "does not hold 15" in refused(tmp_path, tmp_path / "odd.npy", grid=(4, 4))
    np.save(tmp_path / "flat.npy", X[0][0])
    assert "of shape [8]" in refused(tmp_path, tmp_path / "flat.npy")
    np.savez(tmp_path / "lone.npz", attention=A[0])
    assert "no features" in refused(tmp_path, tmp_path / "lone.npz")
    (tmp_path / "x.csv").write_text("1")
    assert "ending" in refused(tmp_path, tmp_path / "x.csv")
    np.save(tmp_path / "nan.npy", np.full((4, 4), np.nan, np.float32))
    with pytest.raises(InputError, match="NaN"):
        taken(tmp_path, tmp_path / "nan.npy")


def test_arrays_of_which_the_file_holds_less_than_they_say_are_refused(tmp_path):
    torch.save(torch.zeros(1).expand(100, 5), tmp_path / "spread.pt")
    assert "holds less of the tensor" in refused(tmp_path, tmp_path / "spread.pt")


def test_data_sets_that_were_not_written_to_their_end_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "begun.h5", "w") as file:
        file.create_dataset("unwritten", (9, 5), "f4")
    assert "holds less of unwritten" in refused(tmp_path, tmp_path / "begun.h5")
    with h5py.File(tmp_path / "torn.h5", "w") as file:
        file.create_dataset("torn", (9, 5), "f4", chunks=(1, 5))[:4] = 1.0
    assert "holds less of torn" in refused(tmp_path, tmp_path / "torn.h5")


@pytest.mark.parametrize("dtype", ["S2", "U3", "c8", "M8[s]"])
def test_arrays_of_anything_but_real_numbers_are_refused(tmp_path, dtype):
    np.save(tmp_path / "odd.npy", np.zeros((4, 4), dtype))
    assert "are no numbers" in refused(tmp_path, tmp_path / "odd.npy")


def test_a_second_import_continues(tmp_path):
    for n in range(3):
        np.save(tmp_path / f"{n}.npy", X[n])
    assert len(taken(tmp_path, tmp_path / "0.npy")) == 1
    assert list(taken(tmp_path, *(tmp_path / f"{n}.npy" for n in range(3)))) == ["0", "1", "2"]


def test_two_files_of_one_name_are_refused_not_dropped(tmp_path):
    for folder, array in (("a", X), ("b", 2 * X)):
        (tmp_path / folder).mkdir()
        np.save(tmp_path / folder / "x.npy", array)
    with pytest.raises(InputError, match=r"x: names two samples, of .*a/x.npy and of .*b/x.npy"):
        taken(tmp_path, tmp_path / "a" / "x.npy", tmp_path / "b" / "x.npy")
    np.savez(tmp_path / "a" / "x.npz", features=X)
    with pytest.raises(InputError, match="names two samples"):
        taken(tmp_path, tmp_path / "a")


@pytest.mark.parametrize("shape", [(9, 5), (2, 9, 5)])
@pytest.mark.parametrize("key", ["keys", "attention"])
def test_an_array_of_too_few_axes_beside_the_features_is_named(tmp_path, shape, key):
    """Found by fuzzing: a scalar for the keys ended in an IndexError."""
    np.savez(tmp_path / "x.npz", features=np.zeros(shape, "f4"), **{key: np.float32(1)})
    with pytest.raises(InputError, match=rf"x\.npz x: has {key} of shape \[\] beside features"):
        taken(tmp_path, tmp_path / "x.npz")
