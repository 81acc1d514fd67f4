"""The house: what is packaged, which way imports go, what start-up costs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PICTURE = ElementTree.parse(ROOT / "docs" / "pictures" / "architecture.svg")
ARROWS = {
    (path.attrib["data-from"], path.attrib["data-to"])
    for path in PICTURE.iter("{http://www.w3.org/2000/svg}path")
    if "data-from" in path.attrib
}


def reached(part: str) -> set[str]:
    """The parts that arrows lead to, one after another: those that `part` may import."""
    return {end for start, to in ARROWS if start == part for end in {to, *reached(to)}}


def folders() -> dict[str, Path]:
    """Top-level parts by their import name, with their folders."""
    return {
        name.removeprefix("evtp."): ROOT / folder
        for name, folder in SETUPTOOLS["package-dir"].items()
    }


def sources(part: str):
    return sorted(folders()[part].rglob("*.py"))


def imported_parts(path: Path, part: str) -> set[str]:
    """The parts of evtp that a file imports, inside functions too."""
    depth = len(path.relative_to(folders()[part]).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            if node.level > depth:  # `from ..x` at the right depth leaves the part
                names = [node.module] if node.module else [alias.name for alias in node.names]
                found |= {name.split(".")[0] for name in names}
            elif node.level == 0 and (node.module or "").startswith("evtp."):
                found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("evtp.")}
    return found - {part}


def test_the_packages_listed_are_the_folders_on_disk():
    on_disk = set()
    for part, folder in folders().items():
        for directory in [folder, *(d for d in folder.rglob("*") if d.is_dir())]:
            if any(directory.glob("*.py")):
                inner = directory.relative_to(folder).parts
                on_disk.add(".".join(("evtp", part, *inner)))
    assert set(SETUPTOOLS["packages"]) == on_disk


def test_every_part_is_in_the_picture():
    assert {part for arrow in ARROWS for part in arrow} == set(folders())


def test_every_arrow_is_an_import_and_says_what_no_others_do():
    for start, end in ARROWS:
        assert any(end in imported_parts(path, start) for path in sources(start)), (start, end)
        others = {to for begin, to in ARROWS if begin == start and to != end}
        assert end not in {far for to in others for far in reached(to)}, (start, end)


def test_the_page_says_of_every_part_what_it_may_import():
    rows = dict(re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", PAGE, re.MULTILINE))
    assert set(rows) == set(folders())
    for part, said in rows.items():
        named = (
            set(folders()) - {part} if said == "all of them" else set(re.findall(r"`(\w+)`", said))
        )
        assert named == reached(part), part


def test_what_the_page_names_is_there():
    for part, rest in re.findall(r"`([a-z]+)\.([\w.]+)`", PAGE):
        *modules, name = rest.split(".")
        place = folders()[part].joinpath(*modules)
        path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        defined = {getattr(node, "name", "") for node in ast.parse(path.read_text("utf-8")).body}
        assert name in defined, f"{part}.{rest}"
    for path in re.findall(r"`(\w+/[\w./]*)`", PAGE):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("part", folders())
def test_imports_go_one_way(part):
    for path in sources(part):
        forbidden = imported_parts(path, part) - reached(part)
        assert not forbidden, f"{path.relative_to(ROOT)} imports {sorted(forbidden)}"


@pytest.mark.parametrize("part", folders())
def test_inside_the_library_imports_are_relative(part):
    for path in sources(part):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        absolute = [
            node.lineno
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            and node.level == 0
            and (node.module or "").split(".")[0] in {"evtp", *(f.name for f in folders().values())}
            and (node.module or "") != "coverage"
        ]
        assert not absolute, f"{path.relative_to(ROOT)}, lines {absolute}"


@pytest.mark.parametrize("part", folders())
def test_no_kernel_is_compiled_into_another_files(part):
    """Numba's cache knows the text of a function's own file only: it would keep an older one."""
    for path in sources(part):
        if not path.stem.endswith("_kernel"):
            continue
        taken = {
            node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.level and node.module
        }
        assert taken <= {"core.kernel_types"}, f"{path.relative_to(ROOT)} imports {sorted(taken)}"


def test_import_coverage_from_the_project_root_is_coverage_py():
    """Also without the extras: numba imports it, and fails on our folder of that name."""
    assert any(line.startswith("coverage>") for line in PROJECT["project"]["dependencies"])
    done = subprocess.run(
        [sys.executable, "-c", "import coverage; print(coverage.__file__, coverage.Coverage)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "site-packages" in done.stdout


HEAVY = {
    "numpy",
    "torch",
    "pandas",
    "matplotlib",
    "numba",
    "scipy",
    "skimage",
    "pyarrow",
    "transformers",
}


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["flops", "--help"], ["flops", "--dataset", "revos", "--keep", "0.1"]],
    ids=" ".join,
)
def test_light_commands_import_nothing_heavy(arguments):
    code = (
        "import sys, json, io, contextlib\n"
        "from evtp.cli.main import app\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        f"    app({arguments!r}, standalone_mode=False)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not HEAVY & set(json.loads(done.stdout.splitlines()[-1]))


def test_the_readme_opens_with_the_two_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.index("make demo") < readme.index("make test") < 2500
