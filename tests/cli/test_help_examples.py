"""The examples that end the help of every command, run as they stand."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest
import typer

from evtp.cli.main import app

PRUNER = '''"""Every other token."""


def prune(frame, k):
    return range(k)
'''


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with what the examples name: photographs, masks, features, a pruner, figures."""
    import numpy as np
    from PIL import Image
    from typer.testing import CliRunner

    folder = tmp_path_factory.mktemp("desk")
    random = np.random.default_rng(0)
    (folder / "photos").mkdir()
    for path in ("photos/a.png", "photos/b.png", "photograph.jpg"):
        Image.fromarray(random.integers(0, 255, (60, 80, 3), np.uint8)).save(folder / path)
    for name in ("predicted", "truth"):
        (folder / name).mkdir()
        mask = random.integers(0, 2, (20, 30), np.uint8) * 255
        Image.fromarray(mask).save(folder / name / "a.png")
    np.save(folder / "tokens.npy", random.normal(size=(16, 8)).astype("f4"))
    (folder / "mine.py").write_text(PRUNER, encoding="utf-8")
    (folder / "mine.csv").write_text("method,keep,dataset,giou\nmine,0.1,refcoco,70\n", "utf-8")
    cache = ["features", "extract", "--encoder", "descriptors", "--input", str(folder / "photos")]
    assert CliRunner().invoke(app, [*cache, "--output", str(folder / "cache")]).exit_code == 0
    return folder


def examples(command, path="evtp"):
    found = re.findall(r"^- `evtp (.*)`$", getattr(command, "epilog", "") or "", re.MULTILINE)
    for name, child in getattr(command, "commands", {}).items():
        found += examples(child, f"{path} {name}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("example", examples(typer.main.get_command(app)))
def test_an_example_of_the_help_runs(evtp, desk, tmp_path, monkeypatch, example):
    if example.startswith(("bench model", "flops verify")):
        pytest.importorskip("transformers")
    monkeypatch.chdir(shutil.copytree(desk, tmp_path / "desk"))
    result = evtp(*shlex.split(example))
    assert result.exit_code == 0, result.output[-2000:]
