"""A user's own records: what is read, and what is refused."""

from __future__ import annotations

import json

import pytest

from evtp.core.errors import InputError
from evtp.reports.own import read_own
from evtp.reports.own_table import own_table, unplaced


@pytest.fixture
def csv_file(tmp_path):
    def write(text, name="mine.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_csv_becomes_one_record_a_figure(csv_file):
    own = read_own(
        [csv_file("method,keep,dataset,split,J,F,J&F\nmine,10%,revos,overall,40,50,45\n")]
    )
    assert own.figures == [
        {
            "method": "mine",
            "keep": 0.1,
            "dataset": "revos",
            "split": "overall",
            "metric": metric,
            "value": value,
        }
        for metric, value in (("j", 40.0), ("f", 50.0), ("jf", 45.0))
    ]
    assert own.notes == []


def test_a_missing_cell_is_left_out_not_zero(csv_file):
    own = read_own([csv_file("method,keep,dataset,giou,ciou\nmine,0.1,reasonseg,,50\n")])
    assert [(f["metric"], f["value"]) for f in own.figures] == [("ciou", 50.0)]


def test_shares_become_per_cent_and_say_so(csv_file):
    own = read_own([csv_file("method,keep,dataset,giou\na,0.1,reasonseg,0.5\nb,0.1,reasonseg,1\n")])
    assert [f["value"] for f in own.figures] == [50.0, 100.0]
    assert "times 100" in own.notes[0]


@pytest.mark.parametrize(("keep", "ratio"), [("36", 0.05), ("73", 0.1), ("146", 0.2), ("0.3", 0.3)])
def test_a_count_falls_on_the_ratio_that_keeps_as_many(csv_file, keep, ratio):
    own = read_own([csv_file(f"method,keep,dataset,giou\nm,{keep},reasonseg,50\n")])
    assert own.figures[0]["keep"] == ratio


@pytest.mark.parametrize(
    ("encoders", "known"),
    [([], {}), ([{"encoder": "a"}], {"encoder": "a"}), ([{"encoder": "a"}, {"encoder": "b"}], {})],
)
def test_the_encoder_of_a_sweep_is_that_of_its_manifest(tmp_path, encoders, known):
    (tmp_path / "mine.csv").write_text("method,keep,dataset,giou\nmine,0.1,reasonseg,50\n")
    (tmp_path / "manifest.json").write_text("[]")  # of another program
    for encoder in encoders:
        run = tmp_path / encoder["encoder"]
        run.mkdir()
        (run / "manifest.json").write_text(json.dumps({"cache": {"encoder": encoder}}))
    assert read_own([tmp_path]).encoder == known


def test_revos_without_a_part_is_overall(csv_file):
    own = read_own([csv_file("method,keep,dataset,jf\nm,0.1,ReVOS,50\n")])
    assert (own.figures[0]["dataset"], own.figures[0]["split"]) == ("revos", "overall")
    assert unplaced(own.figures) == []


def test_a_figure_without_a_place_in_the_paper_is_shown_all_the_same(csv_file):
    own = read_own([csv_file("method,keep,dataset,giou\nm,0.1,my_set,50\n")])
    assert len(unplaced(own.figures)) == 1
    assert own_table(own.figures).rows[0]["giou"] == 50.0


def test_a_sweeps_parquet_is_read_and_its_timings_are_not(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "records").mkdir()
    (tmp_path / "timings").mkdir()
    row = {
        "sample": "a",
        "frame": 0,
        "method": "evtp",
        "seed": 0,
        "keep_ratio": 0.1,
        "keep_count": None,
        "tokens": 729,
        "tokens_kept": 73,
        "feature_radius": 0.5,
        "indices": [1, 2],
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "records" / "part.parquet")
    timing = {"sample": "a", "method": "evtp", "select_seconds": 0.1}
    pq.write_table(pa.Table.from_pylist([timing]), tmp_path / "timings" / "part.parquet")
    (tmp_path / "records" / ".writing-part.parquet").write_bytes(b"half")
    (record,) = read_own([tmp_path]).cover
    assert record["keep"] == 0.1
    assert record["feature_radius"] == 0.5
    assert "indices" not in record


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keep,dataset,giou\n0.1,revos,1\n", "no column method"),
        ("method,keep,dataset\nm,0.1,revos\n", "no column of accuracies"),
        ("method,keep,dataset,giou\n", "holds no row"),
        ("method,keep,dataset,giou\nm,0.1,revos,high\n", "line 2"),
        ("method,keep,dataset,giou\nm,0.1,revos,140\n", "per cent, 0 to 100"),
        ("method,keep,dataset,giou\nm,ten,revos,40\n", "ten"),
        ("method,keep,dataset,giou\nm,0,revos,40\n", "keep 0"),
        ("method,keep,dataset,giou\nm,0.1,,40\n", "no dataset"),
        (
            "method,keep,dataset,giou\nm,0.1,revos,40,7\n",
            "longer than the header; separate columns by commas",
        ),
    ],
)
def test_a_bad_csv_is_refused_with_its_name_and_a_remedy(csv_file, text, said):
    path = csv_file(text)
    with pytest.raises(InputError) as caught:
        read_own([path])
    assert said in str(caught.value)
    assert "mine.csv" in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize("tokens", ["nan", "72.5", "0", ""])
def test_a_cover_record_of_no_whole_number_of_tokens_is_refused(csv_file, tokens):
    header = "method,keep,tokens,tokens_kept,sample,frame,seed,feature_radius"
    text = f"{header}\nevtp,5,{tokens},5,x,0,0,0.5\n"
    if tokens:
        with pytest.raises(InputError, match=f"tokens {tokens}.* no count of tokens"):
            read_own([csv_file(text)])
    else:  # left out: those of the paper's encoder
        assert read_own([csv_file(text)]).cover[0]["tokens"] is None


@pytest.mark.parametrize("key", ["giou", "tokens", "frame"])
def test_true_is_no_number_in_a_parquet_file(tmp_path, key):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    figure = {"method": "m", "keep": 0.1, "dataset": "revos", "giou": 40.0}
    cover = {"method": "m", "keep": 0.1, "sample": "a", "frame": 0, "seed": 0, "tokens": 729}
    cover |= {"tokens_kept": 73, "feature_radius": 0.5}
    row = {**(figure if key in figure else cover), key: True}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "mine.parquet")
    with pytest.raises(InputError, match=f"{key} True is no number"):
        read_own([tmp_path / "mine.parquet"])


def test_files_that_cannot_be_records_are_refused(tmp_path, csv_file):
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    (tmp_path / "empty").mkdir()
    latin = tmp_path / "latin.csv"
    latin.write_bytes("method,keep,dataset,giou\nmé,0.1,revos,1\n".encode("latin-1"))
    for path in ("absent", "bad.parquet", "empty", latin, csv_file("x", "notes.txt")):
        with pytest.raises(InputError):
            read_own([tmp_path / path])


def test_a_sweeps_list_of_failures_is_no_table_of_records(csv_file, tmp_path):
    csv_file("method,keep,dataset,giou\nm,0.1,revos,40\n")
    csv_file("sample,problem\nx,broken\n", "failures.csv")
    with pytest.raises(InputError, match=r"failures\.csv"):
        read_own([tmp_path])
    (tmp_path / "manifest.json").write_text("{}")
    assert len(read_own([tmp_path]).figures) == 1


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["mine,73,refcoco,val,70", "mine,10%,refcoco,val,60"],
            "gIoU of mine at 10% on refcoco val is 60, and 70 in",
        ),
        (["mine,10%,refcoco,val,70", "mine,0.1,refcoco,val,71"], "line 2"),
        (["mine,10%,refcoco,val,70", "mine,0.1,refcoco,val,70"], None),
        (["mine,10%,refcoco,val,70", "mine,0.1,refcoco,testA,71"], None),
    ],
)
def test_a_figure_that_two_lines_give_is_taken_once_or_refused(csv_file, lines, said):
    path = csv_file("\n".join(["method,keep,dataset,split,giou", *lines, ""]))
    if said is None:
        assert len(read_own([path]).figures) == len({tuple(line.split(",")[2:4]) for line in lines})
    else:
        with pytest.raises(InputError, match=said):
            read_own([path])


def test_cover_at_a_count_of_frames_of_unlike_sizes_is_left_out_and_said(tmp_path):
    header = "method,keep,tokens,tokens_kept,sample,frame,seed,feature_radius"
    for number, tokens in enumerate((81, 729)):  # a sweep writes a file a shard
        rows = [f"evtp,8,{tokens},8,{number},0,0,0.5", f"evtp,10%,{tokens},8,{number},0,0,0.5"]
        (tmp_path / f"{number}.csv").write_text("\n".join([header, *rows, ""]))
    own = read_own([tmp_path])
    assert {(record["keep"], record["tokens"]) for record in own.cover} == {(0.1, 81), (0.1, 729)}
    assert own.notes == [
        "left out: the coverage at 8 tokens, which are no one ratio of frames of 81 to 729"
    ]


def test_frames_of_two_caches_are_told_apart_by_more_than_their_ids(tmp_path):
    header = "method,keep,tokens,tokens_kept,sample,frame,seed,feature_radius"
    for run, cache, method in (("a", "1", "evtp"), ("b", "2", "evtp"), ("c", "1", "random")):
        (tmp_path / run / "records").mkdir(parents=True)
        (tmp_path / run / "manifest.json").write_text(json.dumps({"cache": {"digest": cache}}))
        text = f"{header}\n{method},10%,81,8,x,0,0,0.5\n"
        (tmp_path / run / "records" / "part.csv").write_text(text)
    cover = read_own([tmp_path]).cover
    frames = {method: {r["sample"] for r in cover if r["method"] == method} for method in METHODS}
    assert [len(found) for found in frames.values()] == [2, 1]
    assert frames["random"] < frames["evtp"]


METHODS = ("evtp", "random")


@pytest.mark.parametrize(
    ("values", "said"),
    [((0.761, 75.0), "1 of 2 accuracies are up to 1"), ((76.1, 75.0), ""), ((0.7, 0.8), "shares")],
)
def test_accuracies_of_two_units_in_a_file_are_remarked(csv_file, values, said):
    lines = [
        f"mine,{keep},revos,{value}" for keep, value in zip(("10%", "20%"), values, strict=True)
    ]
    notes = read_own([csv_file("\n".join(["method,keep,dataset,giou", *lines, ""]))]).notes
    assert (said in " ".join(notes)) if said else not notes


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("EVTP-IVS,10%,RefCOCO,VAL,70", ("evtp", "refcoco", "val")),
        ("DivPrune,10%,RefCOCOg,val(u),70", ("divprune", "refcocog", "val")),
        ("evtp,10%,ReVOS,Referring,70", ("evtp", "revos", "referring")),
        ("Mine,10%,Ref-YouTube-VOS,val,70", ("Mine", "refytvos", "")),
        ("EVTP-IVS (ours),10%,my set,J,70", ("EVTP-IVS (ours)", "my set", "J")),
    ],
)
def test_names_are_read_as_ids_whatever_their_case(csv_file, line, place):
    (figure,) = read_own([csv_file(f"method,keep,dataset,split,jf\n{line}\n")]).figures
    assert (figure["method"], figure["dataset"], figure["split"]) == place


def notes_of(csv_file, *lines):
    text = "\n".join(["method,keep,dataset,split,giou,j,f,jf", *lines, ""])
    return read_own([csv_file(text)]).notes


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("divprun,10%,refcoco,val,70,,,", "divprun is taken for one of your own; did you mean div"),
        ("evpt,10%,refcoco,val,70,,,", "did you mean evtp?"),
        ("mine,50,refcoco,val,70,,,", "keep 50 is 50 tokens of a frame"),
        (
            "mine,10,refcoco,val,70,,,",
            "keep 10 is 10 tokens of a frame; for a share of them write 10%",
        ),
        ("mine,1,refcoco,val,70,,,", "write 1%, for all of them 100%"),
        ("mine,10%,refcoco,val,,,,", "lines without any accuracy, left out: 1"),
        (
            "mine,10%,revos,,,40.1,50.1,49.8",
            "J&F of mine at 10% on revos overall is 49.8, the mean of its J 40.1 and F 50.1 is",
        ),
    ],
)
def test_what_may_be_a_slip_is_said(csv_file, line, said):
    assert any(said in note for note in notes_of(csv_file, line))


def test_methods_that_differ_by_their_case_are_told(csv_file):
    notes = notes_of(csv_file, "Mine,10%,refcoco,val,70,,,", "mine,10%,refcoco,val,71,,,")
    assert notes == ["mine.csv: methods Mine and mine differ by their case, and are taken for two"]
    assert notes_of(csv_file, "EVTP,10%,refcoco,val,70,,,", "evtp,20%,refcoco,val,71,,,") == []


def test_what_is_no_slip_is_not_remarked(csv_file):
    lines = (
        "evtp2,200,revos,,,40.1,50.2,45.2",
        "mine,73,revos,,,40,50,45",
        "farthest,146,refcoco,val,70,,,",
    )
    assert notes_of(csv_file, *lines) == []


def test_a_line_without_a_keep_is_refused_as_such(csv_file):
    with pytest.raises(InputError, match="line 2: has no keep"):
        notes_of(csv_file, "mine,,revos,,,40,50,45")


def test_a_share_in_one_file_and_per_cent_in_another_are_one_figure(csv_file):
    header = "method,keep,dataset,split,giou"
    a = csv_file(f"{header}\nmine,10%,refcoco,val,0.751\n", "a.csv")
    b = csv_file(f"{header}\nmine,10%,refcoco,val,75.1\n", "b.csv")
    (figure,) = read_own([a, b]).figures
    assert figure["value"] == 75.1
