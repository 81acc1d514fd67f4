"""`evtp features`: extract, import, info and verify, as users call them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from evtp.features import open_cache

MAIN = [sys.executable, "-c", "from evtp.cli.main import main; main()"]


@pytest.fixture
def pictures(tmp_path):
    """Six small pictures."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(6):
        pixels = random.integers(0, 255, (40, 30, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def test_extract_info_and_verify(evtp, tmp_path, pictures):
    cache = tmp_path / "cache"
    result = evtp(
        "features", "extract", "--encoder", "descriptors", "--input", pictures, "--output", cache
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == str(cache)
    assert f"samples in {tmp_path / 'cache'}: 6" in result.stderr
    info = json.loads(evtp("features", "info", "--cache", cache, "--format", "json").stdout)[
        "records"
    ][0]
    assert (info["samples"], info["frames"], info["width"]) == (6, 6, 1152)
    assert info["encoder"] == "descriptors"
    assert info["bytes"] == sum(path.stat().st_size for path in cache.glob("*.safetensors"))
    rows = json.loads(
        evtp("features", "info", "--cache", cache, "--per-sample", "--format", "json").stdout
    )["records"]
    assert [row["sample"] for row in rows] == [f"{n}.png" for n in range(6)]
    assert evtp("features", "verify", "--cache", cache).exit_code == 0


def test_no_size_of_a_small_sample_is_shown_as_zero(evtp, tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(16, 8)).astype(np.float32))
    cache = tmp_path / "c"
    result = evtp("features", "import", "--input", tmp_path / "x.npy", "--output", cache)
    assert result.exit_code == 0, result.stderr
    shown = evtp("features", "info", "--cache", cache, "--per-sample", "--format", "table").stdout
    assert "0.3" in shown  # 16 x 8 numbers of two bytes are 256 B
    assert "0.00" not in shown


def test_features_are_not_kept_under_another_picture(evtp, refused, tmp_path, pictures):
    cache = tmp_path / "cache"
    extract = ("features", "extract", "--encoder", "descriptors", "--output", cache, "--input")
    assert "already" not in evtp(*extract, pictures / "0.png").stderr
    again = evtp(*extract, pictures)
    assert again.exit_code == 0, again.stderr
    assert f"samples in {cache}: 6, 1 were there already" in again.stderr
    (tmp_path / "others").mkdir()
    Image.new("RGB", (40, 30)).save(tmp_path / "others" / "0.png")
    Image.new("RGB", (40, 30)).save(tmp_path / "others" / "new.png")
    line = refused(*extract, tmp_path / "others")
    for said in (tmp_path / "others" / "0.png", pictures / "0.png", "another --output"):
        assert str(said) in line
    assert len(open_cache(cache)) == 6, "nothing was encoded, nothing lost"
    Image.new("RGB", (40, 30)).save(pictures / "0.png")
    assert "has changed since" in refused(*extract, pictures)
    drawn = refused("show", "0.png", "--cache", cache, "-o", tmp_path / "drawn.png")
    assert "has changed since it was encoded" in drawn


def test_two_folders_with_a_picture_of_one_name_are_told_what_works(evtp, refused, tmp_path):
    for folder in "xy":
        (tmp_path / "two" / folder).mkdir(parents=True)
        Image.new("RGB", (40, 30), "red" if folder == "x" else "blue").save(
            tmp_path / "two" / folder / "a.png"
        )
    extract = ("features", "extract", "--encoder", "descriptors", "-o", tmp_path / "c", "-i")
    two = tmp_path / "two"
    line = refused(*extract, two / "x", two / "y")
    assert f"of {two / 'x' / 'a.png'} and of {two / 'y' / 'a.png'}; name {two}" in line
    assert not (tmp_path / "c").exists()
    assert evtp(*extract, two).exit_code == 0
    assert list(open_cache(tmp_path / "c")) == ["x/a.png", "y/a.png"]


def test_further_paths_may_follow_an_input(evtp, tmp_path, pictures):
    names = [pictures / f"{n}.png" for n in range(3)]
    result = evtp(
        "features", "extract", "--encoder", "descriptors", "--output", tmp_path / "c",
        "--input", *names,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert list(open_cache(tmp_path / "c")) == ["0.png", "1.png", "2.png"]


def test_broken_inputs_are_named_at_the_end_and_the_exit_code_is_1(evtp, tmp_path, pictures):
    (pictures / "zero.png").write_bytes(b"")
    arguments = ["features", "extract", "--encoder", "descriptors", "-i", pictures]
    for _ in range(2):
        result = evtp(*arguments, "-o", tmp_path / "c")
        assert result.exit_code == 1
        assert "zero.png: is an empty file" in result.stderr
        assert "1 of 7 inputs" in result.stderr
        assert len(open_cache(tmp_path / "c")) == 6


def test_verify_names_the_damage_and_exits_with_1(evtp, tmp_path, pictures):
    evtp("features", "extract", "--encoder", "descriptors", "-i", pictures, "-o", tmp_path / "c")
    shard = tmp_path / "c" / "shard-00000.safetensors"
    content = bytearray(shard.read_bytes())
    content[-1] ^= 1
    shard.write_bytes(bytes(content))
    result = evtp("features", "verify", "--cache", tmp_path / "c", "--format", "json")
    assert result.exit_code == 1
    (record,) = json.loads(result.stdout)["records"]
    assert record["file"] == "shard-00000.safetensors"
    assert record["sample"] == "5.png"


def test_import_takes_a_folder_of_arrays(evtp, tmp_path):
    (tmp_path / "arrays").mkdir()
    for number in range(3):
        np.save(tmp_path / "arrays" / f"{number}.npy", np.ones((17, 4), np.float32) * number)
    result = evtp(
        "features", "import", tmp_path / "arrays", "-o", tmp_path / "c",
        "--skip-tokens", 1, "--encoder", "mine", "--layer", 23,
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    cache = open_cache(tmp_path / "c")
    assert (cache.encoder["model"], cache.encoder["block"]) == ("mine", 23)
    assert cache["2"].clip.shape == (4, 4)


def test_other_commands_read_the_cache(evtp, tmp_path, pictures):
    evtp("features", "extract", "--encoder", "descriptors", "-i", pictures, "-o", tmp_path / "c")
    result = evtp("coverage", "--cache", tmp_path / "c", "--keep", "5%", "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["records"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--encoder", "descriptors", "--output", "c"], "--input"),
        (["--encoder", "descriptors", "--output", "c", "-i", "nothing"], "does not exist"),
        (["--encoder", "no/such", "--output", "c", "-i", "."], "hf download no/such"),
        (["--encoder", "./no-such", "--output", "c", "-i", "."], "./no-such: is no folder"),
        (["--encoder", "no-such/", "--output", "c", "-i", "."], "no-such/: is no folder"),
        (
            ["--encoder", "descriptors", "--output", "c", "-i", ".", "--cache-dtype", "int8"],
            "--cache-dtype int8",
        ),
        (["--encoder", "descriptors", "--output", "c", "-i", ".", "--frames", "0"], "--frames 0"),
        (
            ["--encoder", "descriptors", "--output", "c", "-i", ".", "--every", "2", "--at", "1"],
            "--at",
        ),
        (["--encoder", "descriptors", "--output", "c", "-i", ".", "--at", "soon"], "--at soon"),
        (["--encoder", "descriptors", "--output", "pictures", "-i", "."], "holds other files"),
        (["--encoder", "descriptors", "--output", "file", "-i", "pictures"], "is a file"),
    ],
)
def test_bad_input_is_one_line(refused, tmp_path, pictures, monkeypatch, arguments, named):
    if "descriptors" not in arguments:
        pytest.importorskip("transformers")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert named in refused("features", "extract", *arguments)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("command", ["info", "verify"])
def test_a_cache_that_is_not_there_is_one_line(refused, tmp_path, command):
    assert "does not exist" in refused("features", command, "--cache", tmp_path / "nothing")
    assert "is empty" in refused("features", command, "--cache", tmp_path)


def test_a_grid_that_is_none_is_refused(refused, tmp_path):
    np.save(tmp_path / "a.npy", np.ones((6, 2), np.float32))
    line = refused("features", "import", tmp_path / "a.npy", "-o", tmp_path / "c", "--grid", "6")
    assert "--grid 6" in line
    line = refused("features", "import", tmp_path / "a.npy", "-o", tmp_path / "c")
    assert "6 tokens make no square" in line
    assert "--skip-tokens" not in line


def test_an_import_says_which_option_leaves_the_class_token_out(refused, tmp_path):
    np.save(tmp_path / "a.npy", np.ones((6, 11, 2), np.float32))
    importing = ("features", "import", tmp_path / "a.npy", "-o", tmp_path / "c")
    assert "--skip-tokens 2" in refused(*importing, "--skip-tokens", 1)
    assert "--skip-tokens 11: leaves none of 11 tokens" in refused(*importing, "--skip-tokens", 11)
    assert "--output" in refused(*importing[:-1], tmp_path / "a.npy", "--skip-tokens", 2)


def test_a_refused_import_leaves_no_empty_cache(refused, tmp_path):
    np.save(tmp_path / "a.npy", np.full((9, 2), np.nan, np.float32))
    refused("features", "import", tmp_path / "a.npy", "-o", tmp_path / "c" / "d")
    assert not (tmp_path / "c" / "d").exists()
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "mine").write_text("")
    refused("features", "import", tmp_path / "a.npy", "-o", tmp_path / "e")
    assert (tmp_path / "e" / "mine").exists()


def test_a_refused_import_says_what_it_has_done_so_far(refused, evtp, tmp_path):
    for name, value in (("a", 1), ("b", 2), ("c", np.nan)):
        np.save(tmp_path / f"{name}.npy", np.full((9, 2), value, np.float32))
    importing = ("features", "import", "-i", tmp_path, "-o", tmp_path / "cache")
    line = refused(*importing)
    assert "c.npy" in line
    assert f"{tmp_path / 'cache'} holds 2 samples by now, and the same command goes on" in line
    np.save(tmp_path / "c.npy", np.full((9, 2), 3, np.float32))
    assert "samples in" in evtp(*importing).stderr


@pytest.mark.slow
def test_ctrl_c_leaves_a_valid_cache_that_the_next_run_continues(evtp, tmp_path, pictures):
    random = np.random.default_rng(1)
    for number in range(6, 40):
        pixels = random.integers(0, 255, (40, 30, 3), np.uint8)
        Image.fromarray(pixels).save(pictures / f"{number:02}.png")
    arguments = ["features", "extract", "--encoder", "descriptors", "--batch", "1", "-i", pictures]
    evtp(*arguments, "-o", tmp_path / "whole")
    process = subprocess.Popen(
        [*MAIN, *map(str, arguments), "-o", str(tmp_path / "cut")],
        stderr=subprocess.PIPE,
        text=True,
    )
    while not list(tmp_path.glob("cut/part-*")) and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130, said
    assert "the same command goes on from there" in said
    assert 0 < len(open_cache(tmp_path / "cut")) < 40
    assert evtp(*arguments, "-o", tmp_path / "cut").exit_code == 0
    for name in ("shard-00000.safetensors", "index.json"):
        whole, cut = (tmp_path / folder / name for folder in ("whole", "cut"))
        assert whole.read_bytes() == cut.read_bytes()


def test_a_cache_without_its_option_is_told_the_option(refused, tmp_path):
    for command in ("info", "verify"):
        assert "a cache is named by --cache" in refused("features", command, tmp_path / "cache")


def test_a_sound_cache_is_said_to_be_sound_also_into_a_pipe(evtp, tmp_path, pictures):
    extracted = ("features", "extract", pictures, "--encoder", "descriptors")
    assert evtp(*extracted, "--output", tmp_path / "cache").exit_code == 0
    done = evtp("features", "verify", "--cache", tmp_path / "cache")
    assert done.stdout == "file,sample,problem\n"
    assert "every hash, shape and value is as it was written" in done.stderr


def test_a_broken_picture_is_named_once(evtp, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"x")
    arguments = ["--encoder", "descriptors", "--output", tmp_path / "cache"]
    done = evtp("features", "extract", tmp_path / "bad.png", *arguments)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("not done")]
    assert line.count("bad.png") == 1


def test_what_an_import_leaves_as_it_was_is_said(evtp, tmp_path):
    arguments = ("features", "import", tmp_path / "a.npy", "-o", tmp_path / "c")
    for factor, left in ((1, False), (2, True)):
        np.save(tmp_path / "a.npy", factor * np.ones((9, 2), np.float32))
        done = evtp(*arguments)
        assert done.exit_code == 0
        assert ("left as they were" in done.stderr) is left


def test_imported_features_with_a_manifest_are_as_extracted_ones(
    evtp, tmp_path, pictures, monkeypatch
):
    mask = np.zeros((40, 30), np.uint8)
    mask[5:25, 5:20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    lines = [{"id": str(n), "image": f"pictures/{n}.png", "masks": {"it": "mask.png"}}
             for n in range(2)]  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = evtp("features", "extract", "set.jsonl", "--encoder", "descriptors", "-o", "extracted")
    assert done.exit_code == 0, done.stderr
    (tmp_path / "arrays").mkdir()
    extracted = open_cache("extracted")
    for name, sample in extracted.items():
        np.save(f"arrays/{name}.npy", sample.clip.features)
    np.save("arrays/bare.npy", extracted["0"].clip.features)
    with open("set.jsonl", "a") as file:
        file.write("\n" + json.dumps({"id": "lost", "image": "pictures/3.png"}))
    done = evtp("features", "import", "arrays", "-o", "imported", "--manifest", "set.jsonl")
    assert done.exit_code == 0, done.stderr
    assert "that no sample is called like: lost" in done.stderr
    assert "has no line of: bare" in done.stderr
    imported = open_cache("imported")
    for name, sample in extracted.items():
        for field in ("source", "source_sha256", "image_size", "masks", "expressions"):
            assert getattr(imported[name], field) == getattr(sample, field)
    monkeypatch.chdir("arrays")
    found = {}
    for cache in ("extracted", "imported"):
        asked = ("--cache", tmp_path / cache, "--method", "evtp,stride", "--keep", "5%,20%")
        done = evtp("recover", *asked, "--format", "json")
        assert done.exit_code == 0, done.stderr
        found[cache] = json.loads(done.stdout)["records"]
    assert found["imported"] == found["extracted"]
    assert evtp("show", "1", "--cache", tmp_path / "imported", "-o", "x.png").exit_code == 0


def test_a_refused_import_names_the_file(refused, tmp_path):
    np.save(tmp_path / "a.npy", np.full((9, 2), np.nan, np.float32))
    assert "a.npy" in refused("features", "import", tmp_path / "a.npy", "-o", tmp_path / "c")
