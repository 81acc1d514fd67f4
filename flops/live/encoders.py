"""Vision encoders as torch modules: the classes of transformers at a part's shapes."""

from __future__ import annotations

import transformers
from torch import Tensor, nn
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import (
    Qwen2_5_VisionTransformerPretrainedModel,
    Qwen2_5_VLVisionConfig,
)
from transformers.models.qwen2_vl.modeling_qwen2_vl import (
    Qwen2VisionTransformerPretrainedModel,
    Qwen2VLVisionConfig,
)
from transformers.models.sam.modeling_sam import SamVisionConfig, SamVisionEncoder
from transformers.vision_utils import get_vision_position_ids

from ...core.errors import InputError
from ..parts.qwen_vision import QwenVision
from ..parts.sam import SamEncoder
from ..parts.swin import Swin
from ..parts.vit import VisionTransformer
from .kinds import Choices, kind_of

VITS: dict[str, Choices] = {
    "SigLIP": {
        "class_token": (False,),
        "input_norm": (False,),
        "output_norm": (True,),
        "patch_bias": (True,),
    },
    "CLIP": {
        "class_token": (True,),
        "input_norm": (True,),
        "output_norm": (False,),
        "patch_bias": (False,),
        "pooling_head": (False,),
    },
}

QWENS: dict[str, Choices] = {
    "Qwen2.5-VL": {"ffn_matrices": (3,), "norm": ("rms_norm",)},
    "Qwen2-VL": {"ffn_matrices": (2,), "norm": ("layer_norm",)},
}

SWINS: dict[str, Choices] = {
    "Swin backbone": {"map_norms": (True,), "classes": (0,)},
    "Swin classifier": {"map_norms": (False,)},
}


class _LastStates(nn.Module):
    """An encoder of transformers that gives its last block's states."""

    model: nn.Module

    def forward(self, pixels: Tensor) -> Tensor:
        """[1, 3, image, image] to the states, shaped as the class says."""
        output: Tensor = self.model(pixels).last_hidden_state
        return output


class LiveVit(_LastStates):
    """SigLIP or CLIP, whichever has the part's norms and biases; states are [1, tokens, width].

    Raises:
        InputError: where neither has.

    """

    def __init__(self, part: VisionTransformer, attention: str) -> None:
        super().__init__()
        shapes = {
            "image_size": part.image,
            "patch_size": part.patch,
            "hidden_size": part.width,
            "num_hidden_layers": part.layers,
            "num_attention_heads": part.heads,
            "intermediate_size": part.ffn_width,
            "attn_implementation": attention,
        }
        if kind_of(part, "vision_encoder", VITS) == "CLIP":
            clip = transformers.CLIPVisionModel(transformers.CLIPVisionConfig(**shapes))
            # Normalises the pooled [CLS] only, which an encoder of patches does not return.
            getattr(clip, "vision_model", clip).post_layernorm = nn.Identity()
            self.model = clip
        else:
            config = transformers.SiglipVisionConfig(**shapes, vision_use_head=part.pooling_head)
            self.model = transformers.SiglipVisionModel(config)


class LiveSam(_LastStates):
    """SAM's image encoder; states are [1, neck width, side, side]."""

    def __init__(self, part: SamEncoder, attention: str) -> None:
        super().__init__()
        every = part.layers // part.global_layers
        config = SamVisionConfig(
            image_size=part.image,
            patch_size=part.patch,
            hidden_size=part.width,
            num_hidden_layers=part.layers,
            num_attention_heads=part.heads,
            mlp_dim=part.ffn_width,
            window_size=part.window,
            global_attn_indexes=list(range(every - 1, part.layers, every))[: part.global_layers],
            output_channels=part.neck_width,
            attn_implementation=attention,
        )
        self.model = SamVisionEncoder(config)


class LiveQwenVision(nn.Module):
    """The vision tower of Qwen2.5-VL or Qwen2-VL, whichever has the part's norms and FFN.

    Raises:
        InputError: where neither has; for heads whose width its rotary positions, of rows and
            columns, cannot quarter; for windows, or an FFN that is no multiple of the width, in
            the tower of Qwen2-VL, whose class has neither.

    """

    def __init__(self, part: QwenVision, attention: str) -> None:
        super().__init__()
        if (head_width := part.width // part.heads) % 4:
            raise InputError(
                "model",
                "vision_encoder",
                f"has heads of {head_width}, which rotary positions of rows and columns cannot "
                "quarter",
                "give them a width that is a multiple of 4",
            )
        shared = {
            "depth": part.layers,
            "num_heads": part.heads,
            "patch_size": part.patch,
            "temporal_patch_size": part.patch_frames,
            "spatial_merge_size": part.merge,
            "attn_implementation": attention,
        }
        self.model: nn.Module
        if kind_of(part, "vision_encoder", QWENS) == "Qwen2-VL":
            odd = [
                *["windows"] * (part.global_layers < part.layers),
                *["an FFN that is no multiple of its width"] * bool(part.ffn_width % part.width),
            ]
            if odd:
                raise InputError(
                    "model",
                    "vision_encoder",
                    f"has {odd[0]}, which the tower of Qwen2-VL has not",
                    "count it with evtp flops, which builds none",
                )
            config = Qwen2VLVisionConfig(
                **shared,
                embed_dim=part.width,
                mlp_ratio=part.ffn_width // part.width,
                hidden_size=part.output_width,
            )
            self.model = Qwen2VisionTransformerPretrainedModel(config)
        else:
            every = part.layers // part.global_layers
            indexes = list(range(every - 1, part.layers, every))[: part.global_layers]
            self.model = Qwen2_5_VisionTransformerPretrainedModel(
                Qwen2_5_VLVisionConfig(
                    **shared,
                    hidden_size=part.width,
                    intermediate_size=part.ffn_width,
                    window_size=part.window * part.patch,
                    fullatt_block_indexes=indexes,
                    out_hidden_size=part.output_width,
                )
            )
        self.merge = part.merge

    def forward(self, patches: Tensor, grid: Tensor) -> Tensor:
        """[patches, pixels of one] and [1, 3] (frames, rows, columns) to [tokens, width]."""
        # Made where the grid is, on the CPU, and then moved: on the meta device it has no values.
        positions = get_vision_position_ids(grid, self.merge).to(patches.device)
        output: Tensor = self.model(patches, grid_thw=grid, position_ids=positions).pooler_output
        return output


class LiveSwin(nn.Module):
    """Swin as a backbone of four maps, or with its classifier.

    Raises:
        InputError: for the maps' norms and a classifier at once, or a map smaller than a window,
            which Swin fills up, and the class of transformers cannot run.

    """

    def __init__(self, part: Swin, attention: str) -> None:
        super().__init__()
        for rows, columns, _ in part.maps:
            if min(rows, columns) < part.window:
                raise InputError(
                    "model",
                    "mask_encoder",
                    f"has a map of {rows} x {columns}, smaller than its window of {part.window}",
                    "give it a larger image; evtp flops counts it as it is",
                )
        config = transformers.SwinConfig(
            image_size=part.height,
            patch_size=part.patch,
            embed_dim=part.channels,
            depths=list(part.depths),
            num_heads=list(part.heads),
            window_size=part.window,
            mlp_ratio=float(part.ffn_multiple),
            out_features=["stage1", "stage2", "stage3", "stage4"],
            num_labels=part.classes,
            attn_implementation=attention,
        )
        self.model: nn.Module
        if kind_of(part, "mask_encoder", SWINS) == "Swin backbone":
            backbone = transformers.SwinBackbone(config)
            backbone.swin.layernorm = nn.Identity()  # the maps have norms of their own
            self.model = backbone
        else:
            self.model = transformers.SwinForImageClassification(config)

    def forward(self, pixels: Tensor) -> tuple[Tensor, ...] | Tensor:
        """[1, 3, height, width] to the maps [1, C, h, w], or to [1, classes]."""
        output = self.model(pixels)
        maps: tuple[Tensor, ...] | Tensor = getattr(output, "feature_maps", None) or output.logits
        return maps
