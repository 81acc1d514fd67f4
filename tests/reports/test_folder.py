"""Where a report may be written, and what becomes of what was there."""

from __future__ import annotations

import pytest

from evtp.core.errors import InputError
from evtp.reports.folder import MARKER, check_folder, replacing_folder


def write(place, **files):
    with replacing_folder(place) as folder:
        for name, text in files.items():
            (folder / name).write_text(text)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_report_appears_whole(tmp_path):
    place = check_folder(tmp_path / "report")
    write(place, a="1")
    assert names(tmp_path) == ["report"]
    assert names(place) == ["a", MARKER]


def test_an_earlier_report_is_replaced_and_leaves_nothing(tmp_path):
    place = tmp_path / "report"
    write(place, a="1", b="2")
    write(check_folder(place), a="3")
    assert names(place) == ["a", MARKER]
    assert (place / "a").read_text() == "3"
    assert names(tmp_path) == ["report"]


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "report").mkdir()
    write(check_folder(tmp_path / "report"), a="1")
    assert names(tmp_path / "report") == ["a", MARKER]


def test_a_failure_leaves_the_earlier_report_as_it_was(tmp_path):
    place = tmp_path / "report"
    write(place, a="1")

    def interrupted():
        with replacing_folder(place) as folder:
            (folder / "a").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (place / "a").read_text() == "1"
    assert names(tmp_path) == ["report"]


def foreign(place):
    place.mkdir()
    (place / "thesis.tex").write_text("years of work")


def added(place):
    write(place, a="1")
    (place / "mine.txt").write_text("notes")


def edited(place):
    write(place, a="1")
    (place / "a").write_text("by hand")


def forged(place):
    foreign(place)
    (place / MARKER).write_text("[]")


def a_file(place):
    place.write_text("")


@pytest.mark.parametrize("make", [foreign, added, edited, forged, a_file])
def test_what_is_no_untouched_report_is_refused_and_kept(tmp_path, make):
    place = tmp_path / "report"
    make(place)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    with pytest.raises(InputError) as caught:
        check_folder(place)
    assert caught.value.remedy
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_deleted_file_does_not_stand_in_the_way(tmp_path):
    place = tmp_path / "report"
    write(place, a="1", b="2")
    (place / "a").unlink()
    check_folder(place)


def test_a_missing_parent_is_refused(tmp_path):
    with pytest.raises(InputError, match="parent folder"):
        check_folder(tmp_path / "none" / "report")


def test_the_current_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="you are in"):
        check_folder(tmp_path)
