"""The site: a page for everything there is, and a build without a warning."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from evtp.cli.main import app
from evtp.pruners.method import METHODS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site():
    spec = importlib.util.spec_from_file_location("site_hook", ROOT / "docs" / "site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(site):
    return site.pages()


def commands(command, path=()):
    for name, child in getattr(command, "commands", {}).items():
        yield (*path, name), child
        yield from commands(child, (*path, name))


def test_every_command_and_subcommand_has_its_help_on_a_page(pages):
    found = list(commands(get_command(app)))
    assert len(found) > 10
    for path, command in found:
        page = pages[f"commands/{path[0]}.md"]
        assert f" evtp {' '.join(path)}\n" in page
        options = [param.opts[0] for param in command.params if param.opts[0].startswith("--")]
        assert all(option in page for option in options if option != "--help")


def test_every_method_has_a_page_with_its_summary(pages):
    for name in METHODS.names():
        assert METHODS.summary(name) in pages[f"methods/{name}.md"]


def test_the_menu_lists_every_page_once(site, pages):
    def paths(entry):
        if isinstance(entry, str):
            return [entry]
        values = entry.values() if isinstance(entry, dict) else entry
        return [path for value in values for path in paths(value)]

    listed = paths(site.menu())
    written = [path.name for path in (ROOT / "docs").glob("*.md")]
    assert sorted(listed) == sorted([*written, *pages])


def test_the_audits_page_names_its_findings(pages):
    assert "54.8 against DivPrune's 55.3" in pages["audit.md"]


@pytest.mark.slow
def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("material")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "site" / "commands" / "flops" / "index.html").is_file()
