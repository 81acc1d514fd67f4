"""Remarks on a command that works, and none on one that is refused."""

from __future__ import annotations

import pytest

REMARK = "--keep 5 is 5 tokens of a frame; for a share of them write 5%"


def test_a_count_that_may_be_meant_in_per_cent_is_remarked_once(evtp):
    done = evtp("flops", "--keep", "5")
    assert done.exit_code == 0
    assert done.stderr.splitlines().count(REMARK) == 1


def test_a_share_is_not_remarked(evtp):
    assert "write" not in evtp("flops", "--keep", "5%").stderr


def test_a_refusal_has_no_remark_beside_it_nor_leaves_one_to_the_next_command(evtp, refused):
    refused("flops", "explain", "mac", "no-such-convention", "--keep", "5")
    assert REMARK not in evtp("flops", "--keep", "5%").stderr


@pytest.mark.slow
def test_a_sweep_begins_with_the_remark(evtp, tmp_path):
    arguments = ("--method", "stride", "--keep", "5", "--workers", 1, "-o", tmp_path / "run")
    done = evtp("sweep", *arguments)
    assert done.exit_code == 0
    assert done.stderr.splitlines()[0] == REMARK


def test_a_count_that_the_cache_refuses_is_refused_in_one_line(refused):
    refused("coverage", "--method", "stride", "--keep", "5,5000")


@pytest.mark.slow
def test_a_check_that_fails_keeps_the_remark(evtp, tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("def prune(frame, k):\n    raise ValueError('no')\n")
    done = evtp("sweep", "--pruner", mine, "--keep", "5", "--workers", 1, "-o", tmp_path / "run")
    assert done.exit_code == 1
    assert REMARK in done.stderr.splitlines()


PROMPT = "no text tokens are counted; --text-tokens N, or --dataset, adds a prompt"


def test_a_count_without_a_prompt_is_remarked_unless_it_was_asked_for(evtp):
    llava = ("flops", "--model", "llava-1.5-7b")
    for command in (
        llava,
        ("flops", "operations", *llava[1:]),
        ("flops", "cost", *llava[1:]),
        ("flops", "explain", "mac", "flop"),
    ):
        assert PROMPT in evtp(*command).stderr.splitlines()
    for command in (
        ("flops",),
        (*llava, "--text-tokens", 0),
        (*llava, "--dataset", "revos"),
        (*llava, "--convention", "pyramiddrop"),
        ("flops", "--model", "swin-b"),
        ("flops", "explain", "mac:text_tokens=9", "flop:text_tokens=9"),
    ):
        assert PROMPT not in evtp(*command).stderr
