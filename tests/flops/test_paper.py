"""The accounting `paper` against the totals that the paper prints, and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evtp.core.errors import InputError
from evtp.flops import count, datasets
from evtp.flops.published import published_total, published_totals

TOTALS = published_totals().values()


@pytest.mark.parametrize(
    "total", [t for t in TOTALS if t.consistent], ids=lambda t: f"{t.dataset}-{t.keep}"
)
def test_eleven_published_totals_come_out_within_a_tenth_of_a_percent(total):
    ours = count("instructseg", dataset=total.dataset, keep=total.keep, accounting="paper")
    assert abs(total.error(ours.total)) < 1e-3


def test_the_twelfth_is_said_to_be_inconsistent_and_not_bent_to():
    (odd,) = [t for t in TOTALS if not t.consistent]
    assert (odd.dataset, odd.keep) == ("refcoco", 0.05)
    ours = count("instructseg", dataset="refcoco", keep=0.05, accounting="paper").total
    assert -0.05 < odd.error(ours) < -0.048
    assert "inconsistent" in odd.sentence(ours)


def test_there_are_twelve_totals():
    assert len(TOTALS) == 12


def test_the_modules_by_hand():
    counted = count("instructseg", dataset="revos", keep=0.1, accounting="paper")
    n = 4 * 73 + 25 + 56
    assert counted.sequence_length == n
    assert counted.by_module == {
        "vision_encoder": 27 * (4 * 729 * 1152**2 + 2 * 729**2 * 1152),
        "token_pruning": 4 * 729 * 73 * 1152,
        "language_model": 32 * (4 * n * 2560**2 + 2 * n**2 * 2560 + 2 * n * 2560 * 10240)
        + n * 2560 * 51200,
        "temporal_reasoning": 3 * (12 * 128 * 1024**2 + 2 * 128 * 512 * 1024),
        "vmtf": 3 * (6 * n * 1024**2 + 2 * n * 25 * 1024),
        "mask_decoder": 9 * (4 * 100 * 256**2 + 2 * 100**2 * 256),
    }
    assert all(type(macs) is int for macs in counted.by_module.values())
    assert counted.total == sum(counted.by_module.values())


@pytest.mark.parametrize(("keep", "kept"), [(0.05, 36), (0.1, 73), (0.2, 146), (1.0, 729)])
def test_the_paper_rounds_its_ratios_so(keep, kept):
    assert count(dataset="revos", keep=keep).work.kept == kept


def test_nothing_is_spent_on_pruning_that_does_not_happen():
    whole = count(dataset="revos", keep=1.0)
    assert whole.by_module["token_pruning"] == 0
    assert whole.reduction == 0


def test_one_frame_needs_no_temporal_reasoning():
    assert count(dataset="refcoco").by_module["temporal_reasoning"] == 0


@given(
    st.sampled_from(sorted(datasets())),
    st.integers(1, 729),
    st.integers(1, 729),
)
def test_keeping_more_never_costs_less(dataset, a, b):
    low, high = sorted((a, b))
    assert count(dataset=dataset, keep=low).total <= count(dataset=dataset, keep=high).total or (
        high == 729  # the pruner's own cost goes when nothing is pruned
    )


def test_arithmetic_is_exact_at_any_size():
    n = 10**12
    total = count(frames=1, text_tokens=n - 56 - 729, keep=1.0).by_module["language_model"]
    assert (
        total == 32 * (4 * n * 2560**2 + 2 * n**2 * 2560 + 2 * n * 2560 * 10240) + n * 2560 * 51200
    )


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"keep": 0}, "keep"),
        ({"keep": 1.5}, "keep"),
        ({"keep": -1}, "keep"),
        ({"keep": float("nan")}, "keep"),
        ({"keep": "ten"}, "keep"),
        ({"keep": 730}, "keep"),
        ({"dataset": "revo"}, "dataset"),
        ({"model": "instructsge"}, "model"),
        ({"accounting": "papr"}, "accounting"),
        ({"frames": 0}, "frames"),
        ({"text_tokens": -1}, "text_tokens"),
        ({"visual_tokens": 2.5}, "visual_tokens"),
    ],
    ids=str,
)
def test_bad_input_is_refused_by_name(arguments, name):
    with pytest.raises(InputError) as caught:
        count(**arguments)
    assert caught.value.name == name
    assert caught.value.remedy


def test_one_token_is_not_the_published_figure_of_all_of_them():
    assert published_total("revos", 1) is None
    assert published_total("revos", 1.0) is not None
