"""What is released: the source distribution, and the wheel built from it, away from the tree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"evtp_cli": "cli"}
BESIDE_THE_PACKAGES = {"tests", "docs", ".ci", "benchmarks"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A folder with a source distribution, and the wheel built from that."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
        env={**os.environ, "PIP_CONSTRAINT": str(ROOT / "constraints.txt")},
    )
    return folder


@pytest.fixture(scope="module")
def wheel(released):
    (built,) = released.glob("*.whl")
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


def listed(*options):
    """The paths that git knows; what is neither known nor ignored is somebody's work under way."""
    if not (ROOT / ".git").exists():
        pytest.skip("only git knows what belongs to the repository")
    found = subprocess.run(
        ["git", "ls-files", "-z", *options], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return {name for name in found if name and (ROOT / name).exists()}


@pytest.fixture(scope="module")
def tracked():
    return listed("--cached")


@pytest.fixture(scope="module")
def under_way():
    return listed("--others", "--exclude-standard")


def installed(paths):
    """Where the files of the packages are in the wheel."""
    parts = (name.partition("/") for name in paths)
    return {
        f"evtp/{FOLDERS.get(top, top)}/{rest}"
        for top, _, rest in parts
        if rest and top not in BESIDE_THE_PACKAGES
    }


def run(python, code, cwd):
    return subprocess.run(
        [python, "-c", code], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_source_distribution_is_the_repository_and_nothing_else(released, tracked, under_way):
    (built,) = released.glob("*.tar.gz")
    with tarfile.open(built) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    written = {name for name in names if name.startswith("evtp.egg-info/")}
    written |= {"PKG-INFO", "setup.cfg"}
    assert names - written - under_way == tracked - {".gitignore"}


def test_the_wheel_holds_the_packages_and_nothing_else(wheel, tracked, under_way):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names - installed(under_way) == installed(tracked)


def test_the_metadata_are_what_an_index_accepts(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(archive.read(name), validate=True)
    assert metadata.license_expression == "MIT"
    assert metadata.description == (ROOT / "README.md").read_text(encoding="utf-8")


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


def test_every_part_says_that_it_is_typed(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    parts = {name.split("/")[1] for name in names if name.startswith("evtp/")}
    assert {f"evtp/{part}/py.typed" for part in parts} <= names


def test_a_type_checker_of_the_users_sees_the_types(python, tmp_path):
    program = "from evtp.flops import count\nreveal_type(count)\n"
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", python, "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "def (" in done.stdout
