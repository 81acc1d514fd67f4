"""Language models as torch modules: the classes of transformers at a part's shapes."""

from __future__ import annotations

import torch
import transformers
from torch import Tensor, nn

from ...core.errors import InputError
from ..parts.language_model import Head, LanguageModel
from .kinds import Choices, kind_of

_GATED: Choices = {"norm": ("rms_norm",), "norms_per_layer": (2,), "ffn_matrices": (3,)}
KINDS: dict[str, Choices] = {
    "Phi": {
        "norm": ("layer_norm",),
        "norms_per_layer": (1,),
        "ffn_matrices": (2,),
        "attention_bias": ("all",),
        "ffn_bias": (True,),
    },
    "Qwen2": {**_GATED, "attention_bias": ("qkv",), "ffn_bias": (False,)},
    "LLaMA": {**_GATED, "attention_bias": ("all", "none")},
}


class LiveLanguageModel(nn.Module):
    """Phi, Qwen2 or LLaMA, whichever has the part's norms and biases, with its output head.

    Raises:
        InputError: where none of them has, or its heads have an odd width.

    """

    def __init__(self, part: LanguageModel, head: Head, attention: str) -> None:
        super().__init__()
        shapes = {
            "num_hidden_layers": part.layers,
            "hidden_size": part.width,
            "num_attention_heads": part.heads,
            "num_key_value_heads": part.kv_heads,
            "head_dim": part.width_of_head,
            "intermediate_size": part.ffn_width,
            "vocab_size": part.vocabulary,
            "max_position_embeddings": 1 << 17,
            "use_cache": False,
            "attn_implementation": attention,
        }
        self.model: nn.Module
        head_width = part.width_of_head
        if head_width % 2:
            problem = f"has heads of {head_width}, which rotary positions cannot halve"
            raise InputError("model", "language_model", problem, "give them an even width")
        kind = kind_of(part, "language_model", KINDS)
        if kind == "Phi":
            # Phi-2 turns 32 of 80; of any width an even number, or the heads grow.
            turned = max(2, head_width // 5 * 2)
            share = (turned + 0.5) / head_width
            config = transformers.PhiConfig(**shapes, partial_rotary_factor=share)
            self.model = transformers.PhiModel(config)
        elif kind == "Qwen2":
            self.model = transformers.Qwen2Model(transformers.Qwen2Config(**shapes))
        else:
            self.model = transformers.LlamaModel(
                transformers.LlamaConfig(
                    **shapes,
                    attention_bias=part.attention_bias == "all",
                    mlp_bias=part.ffn_bias,
                )
            )
        self.head = nn.Linear(part.width, part.vocabulary, bias=part.head_bias)
        if part.tied_head:
            self.head.weight = self.model.get_parameter("embed_tokens.weight")
        self.positions = head
        self.fused = attention != "eager"

    def forward(self, tokens: Tensor, position_ids: Tensor | None = None) -> Tensor:
        """[1, n, d] to [1, n, d], or to the logits of the positions that the head is asked for.

        Args:
            tokens: embeddings.
            position_ids: [1, n], ascending; 0 to n - 1 where left out.

        """
        n = tokens.shape[1]
        if self.fused:
            # A whole mask lets fused kernels use their own causal one. Without any, a gap in the
            # positions would be taken for the border between two packed sequences.
            mask = torch.ones(1, n, dtype=torch.bool, device=tokens.device)
        else:
            # Made here, because the model's own way to make it looks at values, of which the meta
            # device has none.
            lowest = torch.finfo(tokens.dtype).min
            mask = torch.full((1, 1, n, n), lowest, dtype=tokens.dtype, device=tokens.device)
            mask = mask.triu(1)
        output = self.model(
            inputs_embeds=tokens, attention_mask=mask, position_ids=position_ids, use_cache=False
        )
        states: Tensor = output.last_hidden_state
        if self.positions == "none":
            return states
        logits: Tensor = self.head(states[:, -1:] if self.positions == "last" else states)
        return logits
