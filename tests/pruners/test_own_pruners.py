"""Pruners of the user's own: files, entry points, and the check of the contract."""

from __future__ import annotations

import importlib.metadata
import os
import re
from pathlib import Path

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features import Features
from evtp.pruners import method as method_module
from evtp.pruners import select
from evtp.pruners.checking import check
from evtp.pruners.method import METHODS, from_file, load, names, taken

GOOD = '''"""The tokens of largest norm."""
import numpy as np

NESTED = True

def prune(frame, k, *, power=1.0):
    return np.argsort(-(np.linalg.norm(frame.raw, axis=1) ** power), kind="stable")[:k]
'''


@pytest.fixture
def write(tmp_path):
    def write(source, name="largest_norm.py"):
        path = tmp_path / name
        path.write_text(source)
        return path

    return write


def test_a_file_is_a_pruner_like_any_other(write):
    pruner = from_file(write(GOOD))
    assert (pruner.name, pruner.summary) == ("largest-norm", "The tokens of largest norm.")
    assert dict(pruner.options) == {"power": 1.0}
    raw = np.diag(np.arange(1.0, 10))
    assert select(pruner, Features(raw), 3).indices.tolist() == [6, 7, 8]
    assert select(pruner, Features(raw), 3).method == "largest-norm"
    assert [f.problem for f in check(pruner)] == [""] * 8


def test_the_documented_example_holds_to_the_contract(write):
    page = Path(__file__).parents[2] / "docs" / "adding-a-pruner.md"
    example = re.search(r"```python\n(.*?)```", page.read_text(), re.DOTALL).group(1)
    assert [f.problem for f in check(from_file(write(example, "standout.py")))] == [""] * 8


@pytest.mark.parametrize("method", METHODS.names())
def test_the_built_in_methods_pass_the_check(method):
    assert {found.check: found.problem for found in check(load(method)) if found.problem} == {}


@pytest.mark.parametrize(
    ("body", "broken", "problem"),
    [
        ("return np.arange(k) // 2", "exactly K", "returned index 0 more than once"),
        ("return np.arange(k + 1)", "exactly K", "K = 146 of 729: returned 147 indices"),
        ("return np.arange(k) + 0.0", "exactly K", "returned float64"),
        ("return np.arange(frame.tokens) < k", "exactly K", "returned a mask"),
        ("return set(range(k))", "exactly K", "K = 146 of 729: returned a set; return K = 146"),
        ("return None", "exactly K", "K = 146 of 729: returned None; return K = 146 distinct"),
        ("return [None, *range(k - 1)]", "exactly K", "does not hold whole numbers alone"),
        ("return np.arange(frame.tokens) < k", "exactly K", "numpy.flatnonzero of the mask"),
        ("return np.arange(k)[:, None]", "exactly K", "returned an array of shape [146, 1]"),
        ("return list(range(k))[:-1] + [frame.tokens]", "exactly K", "returned index 729"),
        ("return np.arange(min(k, 100))", "exactly K", "returned 100 indices"),
        ("return np.random.permutation(frame.tokens)[:k]", "the same answer twice",
         "draw from numpy.random.default_rng(seed)"),
        ("return frame.nothing", "exactly K", "AttributeError"),
        ("frame.source.features[0] = 0; return np.arange(k)", "its input", "frame.raw was changed"),
        ("frame.raw[0] = 0; return np.arange(k)", "its input", "destination is read-only"),
        ("x = frame.x; x -= x.mean(0); return np.arange(k)", "its input", "is read-only"),
        ("return np.argsort(-frame.attention)[: k] if frame.attention.any() else [0]", "duplicates",
         "no attention"),
    ],
)  # fmt: skip
def test_a_broken_contract_is_found(write, body, broken, problem):
    pruner = from_file(write(f"import numpy as np\ndef prune(frame, k):\n    {body}\n"))
    found = {f.check: f.problem for f in check(pruner) if f.problem}
    assert any(name.startswith(broken) and problem in text for name, text in found.items()), found


def test_a_pruner_without_valid_answers_fails_one_point_and_not_all(write):
    found = list(check(from_file(write("def prune(frame, k): return [1] * k\n"))))
    assert [f.result for f in found] == ["failed"] + ["no answer"] * (len(found) - 1)
    # Answers that only some frames get are a fault of those frames.
    source = 'NEEDS = ("attention",)\n'
    source += "def prune(frame, k): return range(k) if frame.attention.any() else [0] * k\n"
    results = [f.result for f in check(from_file(write(source, "other.py")))]
    assert results == ["ok", "failed", "ok", "ok", "ok", "ok", "ok"]


def test_a_false_promise_of_nested_picks_is_found(write):
    source = "import numpy as np\nNESTED = True\n"
    source += "def prune(frame, k):\n    return np.arange(frame.tokens - k, frame.tokens)\n"
    found = {f.check: f.problem for f in check(from_file(write(source))) if f.problem}
    assert any(name.startswith("NESTED") for name in found), found


def test_surplus_picks_of_a_nested_method_are_not_cut_off_unseen(write):
    source = "NESTED = True\ndef prune(frame, k):\n    return [*range(k), 0, 1]\n"
    with pytest.raises(InputError, match="returned 5 indices; return K = 3 distinct"):
        select(from_file(write(source)), Features(np.eye(9)), 3)


def test_needs_that_are_not_needed_are_found(write):
    source = 'import numpy as np\nNEEDS = ("keys",)\ndef prune(frame, k): return np.arange(k)\n'
    (found,) = [f for f in check(from_file(write(source))) if f.problem]
    assert "answers without keys" in found.problem


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x = 1", "holds no function prune"),
        ("def prune(frame, k", "cannot be imported"),
        (
            "import no_such_module",
            "cannot be imported .* install no_such_module, or name the folder",
        ),
        ("def prune(frame): pass", "does not take"),
        ("def prune(frame, k, option): pass", "does not take"),
        ("def prune(frame, k, option=1): pass", "does not take"),
        ("NEEDS = [[1]]\ndef prune(frame, k): pass", "no inputs"),
    ],
)
def test_a_file_that_is_no_pruner_is_refused(write, source, problem):
    with pytest.raises(InputError, match=problem):
        from_file(write(source))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        from_file(tmp_path / "nothing.py")


def test_an_entry_point_is_a_method(write, monkeypatch):
    write("def prune(frame, k): return range(k)\n", "evtp_a_plugin.py")
    monkeypatch.syspath_prepend(write("", "unused.py").parent)
    point = importlib.metadata.EntryPoint("first-ones", "evtp_a_plugin:prune", "evtp.pruners")
    named_evtp = importlib.metadata.EntryPoint("evtp", "evtp_a_plugin:prune", "evtp.pruners")
    monkeypatch.setattr(method_module, "entry_points", lambda group: [point, named_evtp])
    method_module._entry_points.cache_clear()
    try:
        assert names() == [*METHODS.names(), "first-ones"]
        assert taken() == {"evtp": "evtp_a_plugin"}
        assert select("first-ones", Features(np.eye(9)), 2).indices.tolist() == [0, 1]
        assert load("evtp").prune.__module__ == "evtp.pruners.methods.evtp"
    finally:
        method_module._entry_points.cache_clear()
        method_module.load.cache_clear()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("kcenter-spatial:scale", "scale"),
        ("kcenter-spatial:scale=big", "big"),
        ("kcenter-spatial:size=2", "method kcenter-spatial:size=2: has no option size"),
        ("stride:size=2", "has no option size; stride has no options"),
    ],
)
def test_an_option_in_the_name_that_cannot_be_set_is_refused(name, problem):
    with pytest.raises(InputError, match=problem):
        load(name)


def test_an_option_in_the_name_is_set(smooth_frame):
    named = select("kcenter-spatial:scale=9", smooth_frame, 20)
    assert named.method == "kcenter-spatial:scale=9"
    assert named.indices.tolist() == (
        select("kcenter-spatial", smooth_frame, 20, scale=9.0).indices.tolist()
    )
    assert named.indices.tolist() != select("kcenter-spatial", smooth_frame, 20).indices.tolist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(
            (f"flag={word}", {"flag": word in ("True", "1")})
            for word in ("True", "false", "0", "1")
        ),
        ("count=3", {"count": 3}),
        ("share=0.5", {"share": 0.5}),
        ("word=a b", {"word": "a b"}),
        ("any=x", {"any": "x"}),
    ],
)
def test_an_option_of_a_file_is_read_as_what_its_default_is(write, text, value):
    defaults = "flag=True, count=1, share=1.0, word='w', any=None, pair=(1, 2)"
    pruner = from_file(write(f"def prune(frame, k, *, {defaults}): return range(k)"))
    found = pruner.with_options([text]).options
    assert {key: found[key] for key in value} == value
    assert all(type(found[key]) is type(value[key]) for key in value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flag=no way", "neither true nor false; give one such as flag=True"),
        ("count=1.5", "no whole number; give one such as count=1"),
        ("share=half", "no number; give one such as share=1.0"),
        ("pair=12", "no number, word or truth value"),
    ],
)
def test_an_option_of_a_file_that_cannot_be_read_is_refused(write, text, words):
    defaults = "flag=True, count=1, share=1.0, pair=(1, 2)"
    pruner = from_file(write(f"def prune(frame, k, *, {defaults}): return range(k)"))
    with pytest.raises(InputError, match=re.escape(words)):
        pruner.with_options([text])


def test_a_pruner_that_fails_is_told_its_line(write):
    path = write("def prune(frame, k):\n    return half(k)\ndef half(k):\n    return [1 / 0] * k")
    with pytest.raises(InputError, match=f"ZeroDivisionError in line 4 of {path.name}: division"):
        select(from_file(path), Features(np.eye(4)), 2)


def test_a_file_is_read_anew_and_nothing_is_left_beside_it(write, monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    path = write("def prune(frame, k): return range(k)")
    features = Features(np.eye(4))
    assert select(from_file(path), features, 2).indices.tolist() == [0, 1]
    times = path.stat()
    path.write_text(path.read_text().replace("return range(k)", "return [2, 3] "))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert select(from_file(path), features, 2).indices.tolist() == [2, 3]
    assert [found.name for found in path.parent.iterdir()] == [path.name]


MERGED = """
import numpy as np
from evtp.pruners.method import Merged
def prune(frame, k):
    indices, groups = np.arange(k), np.minimum(np.arange(frame.tokens), k - 1)
    features = np.zeros((k, frame.width), np.float32)
    {change}
    return Merged(indices, groups, features)
"""


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("groups[-1] = k", "returned 3 as a group"),
        ("groups = groups - 1", "returned -1 as a group"),
        ("groups = groups[:-1]", r"returned groups of int64 \[8\]"),
        ("groups = groups.astype(float)", r"returned groups of float64 \[9\]"),
        ("groups[0] = 1", "a token that stands for a group and is not in it"),
        ("features = features[:-1]", r"returned merged features of float32 \[2, 64\]"),
        ("features[0, 0] = np.nan", "merged features that are not finite"),
    ],
)
def test_groups_that_are_none_are_refused(write, change, problem):
    features = Features(np.eye(9, 64))
    assert select(from_file(write(MERGED.format(change=""))), features, 3).groups.max() == 2
    with pytest.raises(InputError, match=problem):
        select(from_file(write(MERGED.format(change=change))), features, 3)


@pytest.mark.parametrize("name", ["evtp:x.py", "a,b.py"])
def test_a_file_whose_name_would_hold_options_is_refused(write, name):
    with pytest.raises(InputError, match="a colon or a comma"):
        from_file(write("def prune(frame, k): return range(k)", name))


@pytest.mark.parametrize("what", ["x", "raw", "p", "centred", "mean", "inverse_norms", "attention"])
def test_a_pruner_that_writes_into_what_all_share_is_refused_by_its_line(write, what):
    path = write(f"def prune(frame, k):\n    frame.{what}[:] = 7\n    return range(k)")
    raw = np.random.default_rng(0).standard_normal((9, 4), np.float32)
    given, attention = raw.copy(), np.ones(9, np.float32)
    with pytest.raises(InputError, match=f"in line 2 of {path.name}: .*read-only"):
        select(from_file(path), Features(given, attention=attention), 2)
    assert (given == raw).all()
    given[0] = 1  # whose own array it is may write


def test_an_input_that_is_read_and_not_named_is_found(tmp_path):
    path = tmp_path / "silent.py"
    path.write_text("def prune(frame, k): return frame.attention.argsort()[:k]\n")
    (found,) = [f for f in check(from_file(path)) if "NEEDS" in f.check]
    assert found.result == "failed"
    assert found.problem == "features alone have no attention, which is needed; name it in NEEDS"
