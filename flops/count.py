"""What a model costs on a workload: one call for every accounting and convention."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.budget import Keep, keep_key, keep_text
from ..core.errors import InputError
from .forward_pass import Count
from .plan import plan_of
from .workload import Workload
from .workload import dataset as find_dataset


def count(
    model: str = "instructseg",
    *,
    dataset: str | None = None,
    keep: Keep = 1.0,
    accounting: str | None = None,
    convention: str = "mac",
    frames: int | None = None,
    text_tokens: int | None = None,
    visual_tokens: int | None = None,
    layout: str | None = None,
    head: str | None = None,
    method: str | None = None,
    prune_at: int | Sequence[int] | None = None,
    overrides: Sequence[str] = (),
) -> Count:
    """Counts one forward pass.

    Args:
        model: a model that ships, or the path of a TOML file.
        dataset: a data set, which sets `frames` and `text_tokens` where they are not given.
        keep: tokens kept of a frame, a count or a ratio in (0, 1]; with several pruning steps,
            the ratio that each keeps of what the one before has left.
        accounting: what is counted: `paper`, `architecture` or `decoder`. By default `decoder`
            where the convention counts nothing else, otherwise `paper` for the model of that
            paper and `architecture` for the rest.
        convention: the unit, and what of the language model counts.
        frames: F, images shown.
        text_tokens: t, tokens of the prompt.
        visual_tokens: P, tokens that the encoder makes of a frame; by default the model's own.
        layout: how frames reach the language model, `concat` (default) or `ovp`.
        head: where the output head is computed, `all`, `last` or `none`; by default as the model
            says.
        method: the pruner whose own cost is counted; `evtp` by default.
        prune_at: the layer before which tokens are dropped, or several for several steps; 0 (the
            default) is before the language model.
        overrides: fields of the model to change, as ``vision_encoder.layers=26``.

    Raises:
        InputError: where a name is unknown, a number out of range, or an option does not belong
            to the accounting.

    """
    at = prune_at if isinstance(prune_at, int | None) else tuple(prune_at)
    changed = tuple(overrides)
    plan = plan_of(model, changed, convention, accounting, layout, head, method, at)
    if dataset is not None:
        row = find_dataset(dataset)
        frames = row.frames if frames is None else frames
        text_tokens = row.text_tokens if text_tokens is None else text_tokens
    visual = plan.visual_tokens if visual_tokens is None else visual_tokens
    if keep_key(keep) != keep_key(1.0) and not (visual and plan.has_language_model):
        problem = f"{model} has no tokens to prune"
        raise InputError("keep", keep_text(keep), problem, "leave it out")
    try:
        work = Workload.of(
            1 if frames is None else frames,
            visual,
            keep,
            0 if text_tokens is None else text_tokens,
            plan.steps,
        )
    except InputError as error:
        if error.name != "visual_tokens" or visual_tokens is not None:
            raise
        problem = f"makes {visual:,} visual tokens of a frame, which {error.problem}"
        raise error.but(name="model", value=model, problem=problem) from None
    return Count(
        model,
        dataset,
        plan.accounting,
        plan.convention,
        keep,
        work,
        plan.counted,
        plan.layers,
        changed,
    )
