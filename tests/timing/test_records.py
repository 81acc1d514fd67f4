"""Records of a run: what was measured beside what was counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("transformers")

from evtp.flops import count
from evtp.timing.plan import Plan, Setting
from evtp.timing.records import records
from evtp.timing.run import Timings
from evtp.timing.samples import Timing
from evtp.timing.stage import Stage, shape_of


@pytest.fixture(scope="module")
def found(timings):
    return list(records(timings))


def of(found, stage, **wanted):
    wanted = {"stage": stage, **wanted}
    return [r for r in found if all(r.get(key) == value for key, value in wanted.items())]


def test_a_whole_is_the_sum_of_its_stages_and_the_shares_make_one(found):
    for whole in of(found, "total"):
        about = {key: whole[key] for key in ("dataset", "layout", "keep", "method")}
        parts = [r for r in found if r["stage"] != "total" and about.items() <= r.items()]
        assert sum(r["seconds"] for r in parts) == pytest.approx(whole["seconds"])
        assert sum(r["share"] for r in parts) == pytest.approx(1)
        assert sum(r["macs"] for r in parts) == whole["macs"]


def test_there_is_one_whole_without_pruning_and_one_a_method_and_ratio(found):
    wholes = of(found, "total", layout="ovp")
    assert [(r["keep"], r["method"]) for r in wholes] == [
        *((1.0, None), (0.1, "evtp"), (0.1, "tome"), (0.5, "evtp"), (0.5, "tome"))
    ]


def test_without_pruning_there_is_neither_a_pruner_nor_a_speed_up(found):
    assert not of(found, "token_pruning", method=None)
    assert "speedup_measured" not in of(found, "total", method=None)[0]


def test_an_image_has_no_stage_for_time(found):
    assert not of(found, "temporal_reasoning", dataset="refcoco")
    assert of(found, "temporal_reasoning", dataset="revos")


def test_quartiles_enclose_the_median(found):
    for record in found:
        if record["stage"] != "total":
            assert record["seconds_low"] <= record["seconds"] <= record["seconds_high"]


def test_rates_are_the_counted_cost_over_the_time(found, timings):
    stage = of(found, "mask_encoder")[0]
    cost = timings.plan.count(timings.plan.settings[0]).by_module["mask_encoder"]
    assert stage["macs"] == cost
    assert stage["macs_per_second"] == pytest.approx(cost / stage["seconds"])


class Clockwork:
    """Timings of InstructSeg in which every module takes what it is told."""

    def __init__(self, seconds, keeps=(0.1, 0.2, 0.5), method="evtp"):
        from evtp.pruners.method import load
        from evtp.timing.device import Cpu

        setting = Setting("revos", "concat")
        plan = Plan("instructseg", [setting], list(keeps), [load(method)], Cpu())
        self.timings = Timings(plan)
        for name in plan.modules:
            stage = Stage(name, "float32", {}, {}, reference=1e9)
            for keep in (1.0, *keeps):
                counted = plan.count(setting, keep)
                if name == "token_pruning" and not counted.work.pruned:
                    continue
                shape = shape_of(counted, name, plan.pruners[0])
                stage.times[shape] = Timing((seconds(name, counted),) * 2)
                stage.peaks[shape] = None
            self.timings.stages[name] = stage

    def wholes(self):
        return [r for r in records(self.timings) if r["stage"] == "total"][1:]


def test_if_time_followed_the_count_the_measured_speed_up_would_be_the_counted_one():
    clock = Clockwork(lambda name, counted: counted.by_module[name] / 1e9)
    for whole in clock.wholes():
        counted = count(
            "instructseg", dataset="revos", keep=whole["keep"], accounting="architecture"
        )
        expected = counted.full.total / counted.total
        assert whole["speedup_measured"] == pytest.approx(expected)
        assert whole["speedup_architecture"] == pytest.approx(expected)
        language_model = [c.by_module["language_model"] for c in (counted.full, counted)]
        expected = language_model[0] / language_model[1]
        assert whole["language_model_speedup_measured"] == pytest.approx(expected)
        assert whole["language_model_speedup_architecture"] == pytest.approx(expected)


def test_the_papers_own_count_stands_beside_ours():
    whole = Clockwork(lambda name, counted: 1.0).wholes()[0]
    # Table 2 of EVTP-IVS: 9.609 and 1.161 at a tenth of the tokens.
    assert whole["speedup_paper"] == pytest.approx(9.609 / 1.161, rel=2e-3)


def test_the_paper_counted_no_other_layout(found):
    assert of(found, "total", layout="ovp", keep=0.1)[0]["speedup_paper"] is None


def test_break_even_is_where_the_pruner_costs_what_it_saves():
    def seconds(name, counted):
        kept = counted.work.kept / counted.work.visual_tokens
        return {"language_model": 1 + 10 * kept, "token_pruning": 2.0}.get(name, 5.0)

    for whole in Clockwork(seconds).wholes():
        assert whole["break_even_keep"] == pytest.approx(0.8)
        assert whole["pruning_seconds"] == 2.0


def test_a_pruner_slower_than_the_model_never_breaks_even():
    clock = Clockwork(lambda name, counted: 1e3 if name == "token_pruning" else 1.0)
    for whole in clock.wholes():
        assert whole["break_even_keep"] is None
        assert whole["speedup_measured"] < 1
        assert whole["pruning_share"] > 0.9


def test_a_users_own_pruner_is_timed_though_its_cost_is_unknown(plan, tmp_path):
    from evtp.pruners.method import from_file
    from evtp.timing.run import time_stages

    file = tmp_path / "first.py"
    file.write_text("def prune(frame, k):\n    return range(k)\n")
    one = plan(pruners=[from_file(file)], settings=plan().settings[:1])
    found = list(records(time_stages(one)))
    (stage, _) = of(found, "token_pruning")
    assert stage["seconds"] > 0
    assert stage["macs"] is None
    assert of(found, "total", method="first")[0]["speedup_architecture"] is None


def test_a_partial_run_compares_the_same_stages_by_count_and_by_time(timings):
    some = {name: timings.stages[name] for name in ("token_pruning", "language_model")}
    partial = Timings(replace(timings.plan, stages=list(some)), some)
    for whole in of(list(records(partial)), "total", method="evtp"):
        setting = Setting(whole["dataset"], whole["layout"])
        counted = timings.plan.count(setting, whole["keep"], "evtp")
        before = counted.full.by_module["language_model"]
        after = counted.by_module["language_model"] + counted.by_module["token_pruning"]
        assert whole["speedup_architecture"] == pytest.approx(before / after)
        assert whole["speedup_paper"] is None
        assert "mask_encoder" in whole["stages_left_out"].split()


def test_with_the_pruner_alone_nothing_is_faster_or_slower(timings):
    some = {"token_pruning": timings.stages["token_pruning"]}
    alone = Timings(replace(timings.plan, stages=list(some)), some)
    whole = of(list(records(alone)), "total", method="evtp")[0]
    assert whole["pruning_seconds"] > 0
    assert whole["speedup_measured"] is None
    assert whole["speedup_architecture"] is None
