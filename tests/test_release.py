"""What a release says of itself, in the files beside the code."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

ROOT = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]


@pytest.fixture(scope="module")
def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))


def test_the_version_is_the_same_everywhere(citation):
    from evtp.cli.main import app

    assert version("evtp") == VERSION, "the metadata are old: pip install -e . --no-deps"
    assert CliRunner().invoke(app, ["--version"]).stdout == f"evtp {VERSION}\n"
    assert citation["version"] == VERSION


def test_the_changelog_has_this_version_with_the_date_of_its_release(citation):
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## (\d\S*) - (\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE)
    assert released[0] == (VERSION, citation["date-released"])


def test_the_citation_names_the_paper_with_its_authors(citation):
    (paper,) = citation["references"]
    assert paper["title"].startswith("EVTP-IVS: Effective Visual Token Pruning")
    assert paper["url"].endswith("2508.11886")
    assert all(author["family-names"] for author in paper["authors"])
    assert [author["name"] for author in citation["authors"]] == ["The evtp developers"]


def test_every_package_that_may_be_installed_has_its_licence_listed():
    path = ROOT / ".ci" / "licences.py"
    spec = importlib.util.spec_from_file_location("licences", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    try:
        needed = module.needed()
    except PackageNotFoundError as missing:
        pytest.skip(f"not every extra is installed: no {missing.name}")
    page = (ROOT / "docs" / "licences.md").read_text("utf-8")
    rows = re.findall(r"^\| (\S+) \| [^|]+ \| ([^|]+) \| ([a-z0-9, ]+) \|$", page, re.MULTILINE)
    listed = {name: set(needs.split(", ")) for name, _, needs in rows}
    assert listed == needed, "run `make licences`"
    assert not [name for name, licence, _ in rows if licence == "not stated"]
