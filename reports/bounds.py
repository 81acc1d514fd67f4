"""The table of `evtp flops cost`, from its records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.budget import keep_text
from .cost import module_title
from .subjects import model_names
from .table import Column, Record, Table


def cost_table(
    records: Sequence[Record], meta: Mapping[str, object], notes: Sequence[str]
) -> Table:
    """Bytes, intensity and the roofline's bound of each module, and of one token decoded.

    Args:
        records: of the modules in prefill, their total, and the language model in decoding, of
            each keep ratio.
        meta: the model and the hardware among it.
        notes: sentences printed below.

    """
    pruned = any(record["speed_up"] is not None for record in records)
    decodes = any(record["phase"] == "decode" for record in records)
    cache = Column("kv_cache_bytes", "KV cache", "number", "GB", 3, 1e9)
    meta = {**meta, "model": model_names([meta["model"]])[meta["model"]]}
    return Table(
        title=f"Cost beyond FLOPs of {meta['model']} on {meta['hardware']}",
        columns=[
            Column("keep_shown", "Keep", once=True),
            Column("module_shown", "Module"),
            Column("weight_bytes", "Weights", "number", "GB", 3, 1e9),
            *([cache] if decodes else []),
            Column("activation_bytes", "Moved", "number", "GB", 2, 1e9),
            Column("intensity", "FLOP/B", "number", digits=0),
            Column("bound_seconds", "At least", "number", "ms", 2, 1e-3),
            *([Column("speed_up", "Ratio", "number", digits=2)] if pruned else []),
            Column("limited_by", "Limited by"),
        ],
        rows=[
            {
                **r,
                "keep_shown": keep_text(r["keep"]),
                "module_shown": _with_phase(r),
                # Only decoding reads a cache, and only the total says how large it has become.
                "kv_cache_bytes": r["kv_cache_bytes"] or None,
            }
            for r in records
        ],
        records=records,
        meta=meta,
        notes=[
            "Up to the total: prefill, the whole prompt once. Moved: activations read and written, "
            "beside the weights.",
            *notes,
            *(["Ratio: the bound without pruning over this one."] if pruned else []),
        ],
        block="keep",
    )


def _with_phase(record: Record) -> str:
    """The module of a row, or what decoding is, which only the language model does."""
    return module_title(record["module"]) if record["phase"] == "prefill" else "Decoding a token"
