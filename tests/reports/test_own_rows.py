"""A user's tables as they are written: columns, lines, numbers and marks between them."""

from __future__ import annotations

import pytest

from evtp.core.errors import InputError
from evtp.reports.own import read_own


@pytest.fixture
def written(tmp_path):
    def write(text, name="mine.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_column_that_is_not_read_is_named(written):
    own = read_own([written("method,keep,dataset,spilt,jf\nm,10%,revos,reasoning,50\n")])
    assert own.notes == ["mine.csv: columns that are not read: spilt"]


@pytest.mark.parametrize("header", ["part", "Split", "PART"])
def test_the_heading_of_our_own_table_is_read(written, header):
    own = read_own([written(f"Method,Keep,Data set,{header},J & F\nm,10%,revos,reasoning,50\n")])
    assert [(f["split"], f["metric"]) for f in own.figures] == [("reasoning", "jf")]
    assert own.notes == []


@pytest.mark.parametrize("header", ["giou,gIoU", "J&F,jf", "jf,jf"])
def test_two_columns_for_one_figure_are_refused(written, header):
    with pytest.raises(InputError, match=f"has two columns for .*{header.split(',')[1]}"):
        read_own([written(f"method,keep,dataset,{header}\nm,10%,revos,50,60\n")])


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_is_named(written, mark, name):
    text = "method,keep,dataset,giou\nm,10%,revos,50\n".replace(",", mark)
    with pytest.raises(InputError, match=f"is separated by {name}; separate columns by commas"):
        read_own([written(text)])


def test_lines_are_counted_as_an_editor_does(written):
    text = 'method,keep,dataset,giou\n\n"m",10%,revos,50\n,,,\n\nm,10%,revos,51\n'
    with pytest.raises(InputError, match=r"mine\.csv, line 6: .* and 50 in .*mine\.csv, line 3"):
        read_own([written(text)])


def test_nan_in_a_cell_of_accuracy_is_a_missing_one(written):
    own = read_own([written("method,keep,dataset,giou,ciou\nm,10%,reasonseg,NaN,50\n")])
    assert [f["metric"] for f in own.figures] == ["ciou"]


def test_narrow_floats_are_the_numbers_that_they_were_made_of(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    columns = {
        "method": ["m"], "keep": pa.array([0.2], pa.float32()), "dataset": ["refcoco"],
        "split": ["val"], "giou": pa.array([76.1], pa.float32()),
    }  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "mine.parquet")
    (figure,) = read_own([tmp_path / "mine.parquet"]).figures
    assert (figure["keep"], figure["value"]) == (0.2, 76.1)


@pytest.mark.parametrize("keep", ["73", "73.0", "0.10013717421124829", "10%", "0.1"])
def test_as_many_tokens_are_one_ratio_however_they_are_written(written, keep):
    (figure,) = read_own([written(f"method,keep,dataset,giou\nm,{keep},reasonseg,50\n")]).figures
    assert figure["keep"] == 0.1


def test_an_ending_in_capitals_is_found_in_a_folder(written, tmp_path):
    written("method,keep,dataset,giou\nm,10%,reasonseg,50\n", "A.CSV")
    assert len(read_own([tmp_path]).figures) == 1
