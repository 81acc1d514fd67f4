"""Vision towers of the transformers library: SigLIP, SigLIP 2 (fixed resolution), CLIP, DINOv2.

Source: the classes of Hugging Face transformers; which block is read, InstructSeg's public code.
Features are the hidden states of one block; what else a pruner may ask for is read off the query
and key projections of the blocks concerned while the model runs. No other block computes its
attention weights explicitly, so that the model keeps its fast attention.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from ...core.errors import InputError, unknown
from ..arrays import Array
from ..types import Clip
from .checkpoints import device_of, fingerprint, folder_of, load
from .taps import Taps

KINDS = {
    "siglip": "SiglipVisionModel",
    "siglip_vision_model": "SiglipVisionModel",
    "clip": "CLIPVisionModel",
    "clip_vision_model": "CLIPVisionModel",
    "dinov2": "Dinov2Model",
    "dinov2_with_registers": "Dinov2WithRegistersModel",
}
"""Class of the vision tower by the model type of a checkpoint."""

_NAFLEX = ("siglip2", "siglip2_vision_model")

LAYER = -2
"""What InstructSeg reads (`mm_vision_select_layer` of its public code): the last block but one."""

FITS = ("squash", "crop")
COMPUTE_DTYPES = ("float32", "bfloat16", "float16")

_INSTALL = "install the extra: pip install 'evtp[siglip]'"


@dataclass(frozen=True)
class TowerOptions:
    """How a vision tower is run.

    Args:
        layer: the block whose output the features are, as an index into transformers'
            `hidden_states`: 1 is the first block, -1 the last, before the final norm.
        middle_layer: the block that `middle_attention` is of; half way up by default (ours).
        fit: `squash` resizes the whole picture to the tower's square, as InstructSeg does;
            `crop` follows the checkpoint's own preprocessing, which for CLIP and DINOv2 cuts off
            what lies outside the centre.
        image_size: side of the square in pixels; the checkpoint's by default.
        device: a torch device, or `auto` for a GPU where there is one.
        compute_dtype: float32, bfloat16 or float16.

    """

    layer: int = LAYER
    middle_layer: int | None = None
    fit: str = "squash"
    image_size: int | None = None
    device: str = "auto"
    compute_dtype: str = "float32"


class Tower:
    """A pretrained vision tower, ready to encode.

    Args:
        model: a folder with a checkpoint, or the id of one in the local Hugging Face cache.
            Nothing is downloaded.
        options: how to run it.

    Raises:
        InputError: where transformers is not installed, the checkpoint is not on this machine, is
            of another kind or holds pickled weights only, or an option does not fit it.

    """

    def __init__(self, model: str, options: TowerOptions | None = None) -> None:
        options = options or TowerOptions()
        if options.fit not in FITS:
            raise unknown("fit", options.fit, FITS)
        if options.compute_dtype not in COMPUTE_DTYPES:
            raise unknown("compute_dtype", options.compute_dtype, COMPUTE_DTYPES)
        try:
            import transformers
        except ImportError:
            raise InputError("model", model, "needs the transformers library", _INSTALL) from None
        import torch

        # Its bars and hints would stand between ours on stderr.
        logging.getLogger("transformers").setLevel(logging.ERROR)
        transformers.logging.disable_progress_bar()
        self._options = options
        self._device = device_of(options.device)
        folder = folder_of(model)
        config = load(model, transformers.AutoConfig.from_pretrained, folder)
        if config.model_type not in KINDS:
            kind, read = "", "choose a checkpoint of type "
            if config.model_type in _NAFLEX:
                kind = ", the NaFlex kind of SigLIP 2, whose grid follows the picture"
                read = "take SigLIP 2 at fixed resolution (siglip_vision_model), or one of type "
            raise InputError(
                "model",
                model,
                f"is of type {config.model_type}{kind}",
                read + ", ".join(k for k in KINDS if "_v" not in k),
            )
        tower_class = getattr(transformers, KINDS[config.model_type])
        self._tower = load(
            model,
            tower_class.from_pretrained,
            folder,
            dtype=getattr(torch, options.compute_dtype),
            attn_implementation="sdpa",
            use_safetensors=True,
        )
        self._tower.eval().requires_grad_(False).to(self._device)
        self._processor = load(
            model, transformers.AutoImageProcessor.from_pretrained, folder, backend="pil"
        )
        vision = self._tower.config
        encoder = self._tower.encoder
        self._blocks = list(encoder.layers if hasattr(encoder, "layers") else encoder.layer)
        self._heads = int(vision.num_attention_heads)
        # Tokens ahead of the patches: a class token, and registers where there are any.
        self._prefix = 0 if config.model_type.startswith("siglip") else 1
        self._prefix += int(getattr(vision, "num_register_tokens", 0) or 0)
        self._block = self._resolved("layer", options.layer)
        middle = options.middle_layer
        if middle is None:
            middle = max(1, len(self._blocks) // 2)
        self._middle = self._resolved("middle_layer", middle)
        self._size = self._input_size()
        self._model = model
        self._kind = config.model_type
        self._weights = fingerprint(folder)

    @property
    def description(self) -> Mapping[str, Any]:
        """What a cache records of the tower."""
        size = self._processor.size
        resized = size.get("shortest_edge") or [size.get("height"), size.get("width")]
        return {
            "encoder": self._kind.removesuffix("_vision_model"),
            # However the folder was spelt: `siglip/` continues what `./siglip` began.
            "model": os.path.normpath(self._model),
            "weights_sha256": self._weights,
            "block": self._block,
            "blocks": len(self._blocks),
            "middle_block": self._middle,
            "input_size": list(self._size),
            "patch": int(self._tower.config.patch_size),
            "fit": self._options.fit,
            # Before it is cropped: the short side, or both.
            **({"resized": resized} if self._options.fit == "crop" else {}),
            "attention": "of the class token" if self._prefix else "mean over queries",
            "compute": f"{self._options.compute_dtype} on {self._device.type}",
        }

    def encode(self, images: Sequence[Image.Image]) -> Clip:
        """The features of RGB images, one frame an image."""
        import torch

        pixels = self._pixels(images)
        taps = Taps(self._blocks, {self._block, self._middle}, getattr(self._tower, "head", None))
        interpolate = {}
        if self._prefix == 0 or self._kind.startswith("clip"):
            native = int(self._tower.config.image_size)
            interpolate = {"interpolate_pos_encoding": self._size != (native, native)}
        with torch.inference_mode(), taps:
            self._tower(pixel_values=pixels, **interpolate)
            rows, columns = (side // int(self._tower.config.patch_size) for side in self._size)
            patches = slice(self._prefix, None)
            keys = taps.heads("keys", self._block, self._heads).mean(1)
            probe = taps.probe
            return Clip(
                _host(taps.output[self._block][:, patches]),
                (rows, columns),
                attention=_host(self._attention(taps, self._block)),
                probe_attention=None if probe is None else _host(probe[:, 0]),
                middle_attention=_host(self._attention(taps, self._middle)),
                keys=_host(keys[:, patches]),
            )

    def _attention(self, taps: Taps, block: int) -> Array:
        """Attention on each patch [F, N], mean over heads.

        From the class token where there is one, else the mean over all queries.
        """
        import torch

        queries = taps.heads("queries", block, self._heads)
        keys = taps.heads("keys", block, self._heads)
        if self._prefix:
            queries = queries[:, :, :1]
        received = []
        # Frame by frame: all weights of a batch at once would be its largest array by far.
        for query, key in zip(queries, keys, strict=True):
            scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
            received.append(torch.softmax(scores, dim=-1, dtype=torch.float32).mean((0, 1)))
        return torch.stack(received)[:, self._prefix :]

    def _pixels(self, images: Sequence[Image.Image]) -> Any:
        fit: dict[str, Any] = {}
        if self._options.fit == "squash":
            rows, columns = self._size
            fit = {"size": {"height": rows, "width": columns}, "do_center_crop": False}
        batch = self._processor(images=list(images), return_tensors="pt", **fit)
        return batch["pixel_values"].to(self._device, self._tower.dtype)

    def _resolved(self, name: str, layer: int) -> int:
        """The block counted from 1."""
        count = len(self._blocks)
        # -1 is the last of the hidden states; their first is the embeddings, which no block made.
        block = layer if layer > 0 else count + 1 + layer
        if not 1 <= block <= count:
            raise InputError(
                name,
                layer,
                f"is none of the {count} blocks",
                f"give 1 to {count}, or -1 to -{count}",
            )
        return block

    def _input_size(self) -> tuple[int, int]:
        patch, wanted = int(self._tower.config.patch_size), self._options.image_size
        own = getattr(self._processor, "crop_size", None) or self._processor.size
        if self._options.fit == "crop":
            if wanted is not None:
                raise InputError(
                    "image_size", wanted, "goes with --fit squash only", "leave one of them out"
                )
            if "height" not in own:
                raise InputError(
                    "fit", "crop", "this checkpoint crops nothing", "leave it out, or use squash"
                )
            return int(own["height"]), int(own["width"])
        side = wanted or int(own.get("height") or self._tower.config.image_size)
        if side < patch:
            raise InputError(
                "image_size", side, f"is below one patch of {patch}", f"give {patch} or more"
            )
        return side, side


def _host(tensor: Any) -> Any:
    return tensor.float().cpu().numpy()
