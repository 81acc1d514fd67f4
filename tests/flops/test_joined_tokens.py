"""Models whose tokens are joined before the projector, and whose heads are as wide as they like."""

import pytest

from evtp.core.errors import InputError
from evtp.flops import count
from evtp.flops.explain import explain
from evtp.flops.recipe import recipe

JOINING = """
summary = "InternVL's form: a pixel shuffle of 2 x 2, and heads wider than the states"
[vision_encoder]
kind = "vit"
image = 448
patch = 14
width = 1024
layers = 24
heads = 16
ffn_width = 4096
[projector]
inputs = 4096
width = 2304
merge = 2
input_norm = true
[language_model]
layers = 26
width = 2304
heads = 8
kv_heads = 4
head_width = 256
ffn_width = 9216
ffn_matrices = 3
vocabulary = 256000
norm = "rms_norm"
norms_per_layer = 2
attention_bias = "none"
ffn_bias = false
head_bias = false
head = "last"
tied_head = true
"""


@pytest.fixture
def written(tmp_path):
    def write(text=JOINING):
        path = tmp_path / "joining.toml"
        path.write_text(text)
        return str(path)

    return write


def by_hand(n, head=1):
    """MACs of the language model over n tokens, written out."""
    d, q, kv, m = 2304, 8 * 256, 4 * 256, 9216
    layer = n * d * q + 2 * n * d * kv + n * q * d + 2 * n * n * q + 3 * n * d * m
    return 26 * layer + head * d * 256000


def test_a_square_of_tokens_is_one_token_that_is_pruned_and_projected(written):
    counted = count(written(), keep=0.25, text_tokens=9)
    assert counted.work.visual_tokens == 32 * 32 // 4
    assert counted.by_module["projector"] == 64 * (4096 * 2304 + 2304 * 2304)
    # EVTP's distances: K picks of N tokens, as wide as four of the encoder's and two coordinates.
    assert counted.by_module["token_pruning"] == 64 * 256 * (4 * 1024 + 2)
    assert counted.by_module["language_model"] == by_hand(64 + 9)


def test_a_projector_may_be_one_map(written):
    text = JOINING.replace("input_norm = true", "maps = 1")
    assert count(written(text)).by_module["projector"] == 256 * 4096 * 2304


def test_the_cache_and_the_weights_follow_the_width_of_a_head(written):
    counted = count(written(), text_tokens=1)
    lm = counted.counted.model.language_model
    assert lm.cache_elements(counted.counted.segments(counted.work)) == 257 * 26 * 2 * 4 * 256


def test_explain_says_the_step_from_heads_of_the_usual_width(written):
    a, b = (
        recipe(name, model=written(), frames=1, text_tokens=9, keep=1.0, prune_at=(0,))
        for name in ("divprune", "architecture")
    )
    steps = {step.change: step.cost for step in explain(a, b)}
    assert steps["heads of keys and values: 8 of 288 → 4 of 256"] == by_hand(265, head=0)
    assert list(steps.values())[-1] == count(written(), text_tokens=9).total


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("merge = 2", "", "projector.inputs 4096 is not vision_encoder.width 1024; make them"),
        ("inputs = 4096", "inputs = 1024", "is not vision_encoder.width 1024 x projector.merge 2"),
        ("image = 448", "image = 462", "merge 2 does not divide the 33 x 33 tokens"),
        ("ffn_matrices = 3", "ffn_matrices = 5", "ffn_matrices 5 is no choice; choose from 2, 3"),
        ("ffn_matrices = 3", "ffn_matrices = 3.0", "ffn_matrices 3.0 is no choice"),
        ("maps", "", ""),
    ],
)
def test_what_does_not_fit_is_named(written, old, new, words):
    if not words:
        text = JOINING.split("[projector]")[0] + "[language_model]" + JOINING.split("model]")[1]
        words = "vision_encoder.width 1024 is not language_model.width 2304; add `.projector.`"
    else:
        text = JOINING.replace(old, new)
    with pytest.raises(InputError, match=words):
        count(written(text))


def test_pruning_of_a_merging_tower_sees_its_merged_tokens():
    """Qwen2.5-VL's tokens come out 3584 wide, of layers that are 1280 wide."""
    counted = count("qwen2.5-vl-7b", keep=0.1, text_tokens=5)
    assert counted.by_module["token_pruning"] == 58 * 576 * (3584 + 2)


def test_the_tower_of_qwen2_vl_is_counted_without_gate_and_windows():
    n, d, m = 48 * 48, 1280, 5120
    layer = 4 * n * d * d + 2 * n * n * d + 2 * n * d * m
    patches, merged = 3 * 2 * 14 * 14, 4 * d
    merger = n // 4 * (merged * merged + merged * 3584)
    assert count("qwen2-vl-7b", text_tokens=5).by_module["vision_encoder"] == (
        n * patches * d + 32 * layer + merger
    )


@pytest.mark.slow
def test_joined_tokens_and_wide_heads_agree_with_both_counters(written):
    pytest.importorskip("transformers", reason="needs the extra siglip")
    from evtp.flops.live.verify import verify

    towers = '"sam"', "window = 14\nglobal_layers = 4\nneck_width = 256"
    sam = JOINING.replace('"vit"', towers[0]).replace("patch = 14", f"patch = 16\n{towers[1]}")
    sam = sam.replace("inputs = 4096", "inputs = 4096").replace("merge = 2", "merge = 4")
    (eighth,) = verify(count(written(sam), text_tokens=5), modules=["projector"])
    assert eighth.agrees
    found = list(verify(count(written(), text_tokens=5, keep=0.25)))
    assert {c.module for c in found} == {"vision_encoder", "projector", "language_model"}
    assert all(comparison.agrees for comparison in found)
