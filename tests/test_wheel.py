"""The built wheel, installed away from the source tree."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """An interpreter that sees the wheel and the dependencies, but not the source tree."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A .pth file lends this environment's packages without its own .pth files, among which is
    # the one that makes an editable install.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def run(python, code, cwd):
    return subprocess.run(
        [python, "-c", code], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_every_module_and_data_file_of_the_parts(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    parts = {"evtp_cli": "cli"}
    outside = {"tests", "docs", ".ci", "benchmarks", ".github", "scripts"}
    expected = set()
    for name in filter(None, tracked):
        top, _, rest = name.partition("/")
        if rest and top not in outside and (ROOT / name).exists():
            expected.add(f"evtp/{parts.get(top, top)}/{rest}")
    assert expected <= names, sorted(expected - names)


def test_the_wheel_runs_where_there_is_no_source(python, tmp_path):
    code = (
        "import evtp.core, evtp.coverage.radii, json;"
        "from evtp.cli.main import app;"
        "print(evtp.core.__file__, evtp.coverage.radii.__file__);"
        "app(['flops', '--dataset', 'revos', '--keep', '0.1', '--format', 'json'])"
    )
    done = run(python, code, tmp_path)
    assert done.returncode == 0, done.stderr
    first, _, rest = done.stdout.partition("\n")
    assert str(ROOT) not in first
    assert json.loads(rest)["records"]


def test_every_command_of_the_wheel_has_its_help(python, tmp_path):
    from evtp.cli.main import app

    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    names += [group.name for group in app.registered_groups]
    for name in names:
        done = run(python, f"from evtp.cli.main import app; app([{name!r}, '--help'])", tmp_path)
        assert done.returncode == 0, done.stderr
        assert "Usage: " in done.stdout
