"""Registries: members found by listing a folder."""

from __future__ import annotations

import sys

import pytest

from evtp.core.errors import InputError
from evtp.core.registry import Registry


@pytest.fixture
def registry(tmp_path, monkeypatch):
    package = tmp_path / "kettles"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "whistling_one.py").write_text('"""Whistles.\n\nLoudly."""\nmember = 1\n')
    (package / "broken.py").write_text('"""Leaks."""\nraise RuntimeError("imported")\n')
    (package / "_lid.py").write_text('"""No kettle."""\n')
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("kettle", "kettles", "member")
    for name in [name for name in sys.modules if name.startswith("kettles")]:
        del sys.modules[name]


def test_files_are_members_under_their_names_with_hyphens(registry):
    assert registry.names() == ["broken", "whistling-one"]
    assert registry.load("whistling-one") == 1


def test_names_and_summaries_need_no_import(registry):
    assert registry.summary("broken") == "Leaks."
    assert registry.summary("whistling-one") == "Whistles."
    assert "kettles.broken" not in sys.modules


def test_an_unknown_name_is_refused_with_the_nearest_one(registry):
    with pytest.raises(InputError, match=r"kettle wistling-one.*did you mean whistling-one"):
        registry.load("wistling-one")


def test_a_file_that_is_added_is_a_member(registry, tmp_path):
    (tmp_path / "kettles" / "new.py").write_text("member = 2\n")
    assert "new" in registry.names()
    assert registry.load("new") == 2
