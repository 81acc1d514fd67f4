"""The examples of README.md, of docs/ and of the docstrings, run as they stand.

A ``console`` block holds commands after ``$`` and, where a command is followed by text, what it
prints; ``...`` on a line of its own stands for any lines. A ``python`` block is executed; the
blocks of a page share their names, and the first is in the file that the page saves it as. Other
blocks (``sh``, ``py``) need files of the reader's own, or packages that evtp does not ask for.
"""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WIDTH = 88


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )


def examples(page: Path) -> list[tuple[str, str]]:
    """The commands of a page, each with the output that the page shows."""
    return [
        (command.strip(), output)
        for block in blocks(page, "console")
        for command, output in re.findall(
            r"^\$ (.*?(?<!\\)\n)((?:(?!\$ ).*\n)*)", block, re.MULTILINE
        )
    ]


CASES = [
    pytest.param(command, output, id=f"{page.name}: {command}")
    for page in PAGES
    for command, output in examples(page)
]


def test_the_readme_shows_commands_with_their_output():
    assert sum(bool(output) for _, output in examples(ROOT / "README.md")) >= 2


@pytest.mark.parametrize(("command", "output"), CASES)
def test_a_command_prints_what_its_page_shows(command, output, monkeypatch, tmp_path):
    from evtp.cli.main import app

    program, *arguments = shlex.split(command)
    assert program == "evtp", "only evtp's own commands go into console blocks"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    if output:
        pattern = re.escape(output.rstrip("\n")).replace(r"\.\.\.", r"(?s:.*?)")
        assert re.fullmatch(pattern, result.stdout.rstrip("\n")), result.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_python_of_a_page_runs(page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    saved = re.search(r"^Save it as `(\w+\.py)`", page.read_text(encoding="utf-8"), re.MULTILINE)
    if saved:
        Path(saved[1]).write_text(blocks(page, "python")[0], encoding="utf-8")
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec"), names)


PARTS = ["core", "features", "pruners", "coverage", "flops", "segmentation", "sweeps", "reports"]


def modules() -> list[str]:
    found = []
    for part in PARTS:
        package = importlib.import_module(f"evtp.{part}")
        found.append(package.__name__)
        found += [m.name for m in pkgutil.walk_packages(package.__path__, f"evtp.{part}.")]
    return found


def test_the_examples_of_the_docstrings_give_what_they_say():
    attempted = 0
    for name in modules():
        try:
            module = importlib.import_module(name)
        except ImportError:  # an extra that is not installed
            continue
        result = doctest.testmod(module)
        assert result.failed == 0, name
        attempted += result.attempted
    assert attempted > 0
