"""What a run times: every module, every pruner, in every setting once."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("transformers")

from evtp.core.errors import InputError
from evtp.pruners.method import from_file, load
from evtp.timing.modules import module_of
from evtp.timing.plan import settings_of
from evtp.timing.run import time_stages
from evtp.timing.stage import shape_of


def test_every_module_is_timed_in_the_order_of_the_forward_pass(timings):
    assert list(timings.stages) == [
        *("vision_encoder", "token_pruning", "projector", "temporal_reasoning"),
        *("language_model", "vmtf", "mask_encoder", "pixel_decoder", "mask_decoder"),
    ]


def test_every_shape_of_every_setting_has_its_time(timings):
    plan = timings.plan
    for setting in plan.settings:
        for keep in (1.0, *plan.keeps):
            counted = plan.count(setting, keep)
            for name, stage in timings.stages.items():
                if name == "token_pruning":
                    continue
                runs = module_of(counted, name).passes > 0
                assert (shape_of(counted, name) in stage.times) == runs, (setting, keep, name)


def test_times_are_positive_and_of_every_round(timings):
    for stage in timings.stages.values():
        assert stage.reference > 0
        for timing in stage.times.values():
            assert len(timing.samples) == 2
            assert min(timing.samples) > 0


def test_only_parts_with_layers_all_alike_run_in_part(timings):
    ran = {s.name: (s.layers_run, s.layers) for s in timings.stages.values()}
    assert ran.pop("vision_encoder") == (1, 4)
    assert ran.pop("language_model") == (1, 4)
    assert ran.pop("pixel_decoder") == (1, 2)
    assert set(ran.values()) == {(None, None)}


def test_a_pruner_really_runs_on_what_the_encoder_made(plan, tmp_path):
    file = tmp_path / "spy.py"
    file.write_text(
        "seen = []\n"
        "def prune(frame, k):\n"
        "    seen.append((frame.tokens, frame.x.shape[1], k, float(frame.x.std())))\n"
        "    return range(k)\n"
    )
    spy = from_file(file)
    one = plan(
        pruners=[spy], settings=plan().settings[1:2], stages=["vision_encoder", "token_pruning"]
    )
    time_stages(one)
    seen = spy.prune.__globals__["seen"]
    assert {entry[:3] for entry in seen} == {(49, 48, 5), (49, 48, 25)}
    # Four frames, two keep ratios; once to compile, once for the peak, and two rounds.
    assert len(seen) == 4 * 2 * 4
    assert all(spread > 0 for *_, spread in seen)


def test_in_the_layout_of_the_public_code_only_the_key_frame_is_pruned(plan):
    concat, ovp = (plan().count(setting, 0.1) for setting in plan().settings[1:])
    pruner = load("evtp")
    assert shape_of(concat, "token_pruning", pruner)[-1] == 4
    assert shape_of(ovp, "token_pruning", pruner)[-1] == 1


def test_a_video_runs_in_both_layouts_and_an_image_in_one(plan):
    assert [tuple(setting) for setting in plan().settings] == [
        ("refcoco", "concat"),
        ("revos", "concat"),
        ("revos", "ovp"),
    ]


def test_a_model_without_a_video_perceiver_runs_in_one_layout():
    settings = settings_of("llava-1.5-7b", (), ["revos"], [])
    assert [setting.layout for setting in settings] == ["concat"]
    with pytest.raises(InputError, match="no video perceiver"):
        settings_of("llava-1.5-7b", (), ["revos"], ["ovp"])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_every_dtype_runs(plan, dtype):
    found = time_stages(plan(dtype=dtype, rounds=1, keeps=[0.5], layers=None))
    own = str(dtype).removeprefix("torch.")
    dtypes = {stage.name: stage.dtype for stage in found.stages.values()}
    assert dtypes.pop("pixel_decoder") == "float32"
    assert set(dtypes.values()) == {own}


def test_positions_that_are_kept_have_gaps_and_the_rest_follows_the_frames(plan, monkeypatch):
    from evtp.flops.live.language_models import LiveLanguageModel

    seen = []
    forward = LiveLanguageModel.forward

    def spy(self, tokens, position_ids):
        seen.append(position_ids[0].tolist())
        return forward(self, tokens, position_ids)

    monkeypatch.setattr(LiveLanguageModel, "forward", spy)
    one = plan(
        settings=plan().settings[1:2], stages=["language_model"], keeps=[0.1], positions="kept"
    )
    time_stages(one)
    full, pruned = max(seen, key=len), min(seen, key=len)
    assert full == list(range(len(full)))
    visual, rest = pruned[:20], pruned[20:]  # 5 tokens of each of 4 frames
    assert visual == sorted(set(visual))
    assert [sum(49 * f <= p < 49 * (f + 1) for p in visual) for f in range(4)] == [5] * 4
    assert rest == list(range(4 * 49, 4 * 49 + len(rest)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": 0}, "layers 0"),
        ({"rounds": 0}, "rounds 0"),
        ({"stages": ["langauge_model"]}, "did you mean language_model"),
        ({"model": "sam-vit-h"}, "no tokens to prune"),
    ],
)
def test_a_plan_that_cannot_run_is_refused(plan, changes, message):
    with pytest.raises(InputError, match=message):
        plan(**changes)


def accelerator():
    raise torch.OutOfMemoryError


def processor():
    torch.empty((1 << 32, 1 << 16))  # a petabyte: its allocator has an error of its own


@pytest.mark.parametrize("allocate", [accelerator, processor])
def test_memory_that_runs_out_is_one_line(plan, monkeypatch, allocate):
    def full(*_):
        allocate()

    monkeypatch.setattr("evtp.timing.run.build", full)
    with pytest.raises(InputError, match="run fewer --layers or another --dtype"):
        time_stages(plan())


def test_a_pruner_that_lacks_an_input_says_so(plan, tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text("def prune(frame, k):\n    return [0] * k\n")
    with pytest.raises(InputError, match="distinct indices"):
        time_stages(plan(pruners=[from_file(file)], stages=["token_pruning"]))


def test_a_plan_needs_no_pruner_to_time_the_language_model(plan):
    found = time_stages(plan(stages=["language_model"], pruners=[]))
    assert list(found.stages) == ["language_model"]


def test_a_module_that_cannot_be_built_is_refused_before_any_is_timed(plan, monkeypatch):
    monkeypatch.setattr("evtp.timing.run.timed", pytest.fail)
    odd = ("language_model.ffn_matrices=3",)
    with pytest.raises(
        InputError,
        match=r"language_model is no Phi or .*: Phi does not have ffn_matrices 3",
    ):
        time_stages(plan(overrides=odd, stages=()))
