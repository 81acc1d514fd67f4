"""Mask decoders as torch modules, with InstructSeg's and LISA's changes where a part has them."""

from __future__ import annotations

import torch
import transformers
from torch import Tensor, nn
from transformers.models.mask2former.modeling_mask2former import (
    Mask2FormerPixelDecoder,
    Mask2FormerTransformerModule,
)
from transformers.models.sam.modeling_sam import SamMaskDecoder as TransformersSamMaskDecoder
from transformers.models.sam.modeling_sam import SamMaskDecoderConfig

from ...core.errors import InputError
from ..parts.mask_decoder import MaskDecoder
from ..parts.pixel_decoder import Map, PixelDecoder
from ..parts.sam_decoder import SamMaskDecoder
from .kinds import kind_of


class LivePixelDecoder(nn.Module):
    """The maps of a backbone, finest first, into mask features and three coarse maps.

    Raises:
        InputError: for another number of points than that of the class, or a width that its norms
            cannot divide into their 32 groups.

    """

    def __init__(self, part: PixelDecoder, maps: tuple[Map, ...]) -> None:
        super().__init__()
        kind_of(part, "pixel_decoder", {"Mask2Former": {"points": (4,)}})
        if part.width % 32:
            problem = f"has a width of {part.width}, which its norms cannot divide into 32 groups"
            remedy = "give it a multiple of 32; evtp flops counts it as it is"
            raise InputError("model", "pixel_decoder", problem, remedy)
        config = transformers.Mask2FormerConfig(
            feature_size=part.width,
            mask_feature_size=part.mask_width,
            encoder_layers=part.layers,
            encoder_feedforward_dim=part.ffn_width,
            num_attention_heads=part.heads,
        )
        self.model = Mask2FormerPixelDecoder(config, feature_channels=[c for _, _, c in maps])

    def forward(self, *maps: Tensor) -> tuple[Tensor, ...]:
        """[1, C, h, w] each to mask features, then the maps, coarsest first."""
        output = self.model(list(maps), output_hidden_states=False, return_dict=True)
        return (output.mask_features, *output.multi_scale_features)


class _Projected(nn.Module):
    """Stands where the learnt queries are, and holds those of the current call."""

    weight: Tensor


class LiveMaskDecoder(nn.Module):
    """Queries into masks; InstructSeg's queries and classes come from the language model."""

    def __init__(self, part: MaskDecoder) -> None:
        super().__init__()
        d = part.width
        config = transformers.Mask2FormerConfig(
            hidden_dim=d,
            feature_size=d,
            mask_feature_size=part.mask_width,
            num_queries=part.queries,
            num_attention_heads=part.heads,
            dim_feedforward=part.ffn_width,
            decoder_layers=part.layers + 1,  # this class counts the predictions
        )
        self.model = Mask2FormerTransformerModule(in_features=d, config=config)
        self.class_predictor = nn.Linear(d, part.classes) if part.classes else None
        self.query_projection = self.prompt_projection = None
        if part.prompt_width:
            self.model.queries_features = _Projected()
            self.query_projection = nn.Linear(part.prompt_width, d)
        if part.prompt_classifier:
            self.prompt_projection = nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, d))

    def forward(
        self,
        mask_features: Tensor,
        maps: list[Tensor],
        states: Tensor | None = None,
        prompt: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        """Mask features [1, C, h, w] and coarse maps to masks and classes of every prediction.

        Args:
            mask_features: [1, C, h, w], at stride 4.
            maps: [1, d, h, w] each, coarsest first.
            states: [Q, prompt width], what queries are projected from.
            prompt: [1, d], the embedding that classifies them.

        """
        if self.query_projection is not None:
            assert states is not None
            self.model.queries_features.weight = self.query_projection(states)
        output = self.model(maps, mask_features)
        predictions = list(output.masks_queries_logits)
        for queries in output.intermediate_hidden_states:
            if self.class_predictor is not None:
                predictions.append(self.class_predictor(queries.transpose(0, 1)))
            if self.prompt_projection is not None:
                assert prompt is not None
                projected = self.prompt_projection(queries.transpose(0, 1))
                predictions.append(projected @ prompt.T)
        return tuple(predictions)


class LiveSamMaskDecoder(nn.Module):
    """SAM's map and prompts into masks; LISA's prompts come from the language model."""

    def __init__(self, part: SamMaskDecoder) -> None:
        super().__init__()
        config = SamMaskDecoderConfig(
            hidden_size=part.width,
            mlp_dim=part.ffn_width,
            num_hidden_layers=part.layers,
            num_attention_heads=part.heads,
            num_multimask_outputs=part.masks - 1,
            iou_head_hidden_dim=part.width,
            attn_implementation="eager",
        )
        self.model = TransformersSamMaskDecoder(config)
        self.prompt_projection: nn.Module = nn.Identity()
        if wide := part.prompt_width:
            self.prompt_projection = nn.Sequential(
                nn.Linear(wide, wide), nn.ReLU(), nn.Linear(wide, part.width)
            )

    def forward(self, feature_map: Tensor, prompts: Tensor) -> tuple[Tensor, Tensor]:
        """[1, d, h, w] and [prompts, prompt width] to masks and how good each is.

        Masks are [1, 1, masks - 1, 4 h, 4 w], their qualities [1, 1, masks - 1]: of the masks that
        are predicted, the class hands out all but the one for an unambiguous prompt.
        """
        # Both are returned: what leads to no result is left out of a trace, and so of a count.
        masks, qualities = self.model(
            image_embeddings=feature_map,
            image_positional_embeddings=torch.zeros_like(feature_map),
            sparse_prompt_embeddings=self.prompt_projection(prompts)[None, None],
            dense_prompt_embeddings=torch.zeros_like(feature_map),
            multimask_output=True,
        )
        return masks, qualities
