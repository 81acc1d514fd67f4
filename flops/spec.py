"""Models: the parts that a TOML file describes, every number with the source it comes from."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from ..core.errors import InputError, unknown
from .accountings.paper import Paper
from .parts.language_model import LanguageModel
from .parts.mask_decoder import MaskDecoder
from .parts.perceiver import TextFusion, VideoPerceiver
from .parts.pixel_decoder import PixelDecoder
from .parts.projector import Projector
from .parts.qwen_vision import QwenVision
from .parts.sam import SamEncoder
from .parts.swin import Swin
from .parts.vit import VisionTransformer
from .toml_reader import Reader

VisionEncoder = VisionTransformer | SamEncoder | QwenVision
KINDS = {"vit": VisionTransformer, "sam": SamEncoder, "qwen2.5-vl": QwenVision}


class Model(NamedTuple):
    """A model as its TOML file describes it: the parts it has, and None for those it lacks.

    Args:
        name: the name of its file.
        summary: one line.
        vision_encoder: images into visual tokens.
        tiles: crops that the encoder sees of a frame.
        projector: visual tokens to the language model's width.
        language_model: the decoder.
        prompt_tokens: tokens of every prompt beside the data set's text.
        ovp: InstructSeg's video perceiver.
        vmtf: InstructSeg's text fusion.
        mask_encoder: the backbone of the masks.
        pixel_decoder: its maps into mask features.
        mask_decoder: queries into masks.
        paper: the constants of the accounting `paper`, where that paper accounts for the model.

    """

    name: str
    summary: str
    vision_encoder: VisionEncoder | None = None
    tiles: int = 1
    projector: Projector | None = None
    language_model: LanguageModel | None = None
    prompt_tokens: int = 0
    ovp: VideoPerceiver | None = None
    vmtf: TextFusion | None = None
    mask_encoder: Swin | None = None
    pixel_decoder: PixelDecoder | None = None
    mask_decoder: MaskDecoder | None = None
    paper: Paper | None = None

    def __hash__(self) -> int:
        # Equal models have equal names, and hashing every number of one takes longer than
        # counting what it costs.
        return hash(self.name)

    @property
    def visual_tokens(self) -> int:
        """Tokens that enter the language model from a frame, before any pruning."""
        return self.vision_encoder.tokens * self.tiles if self.vision_encoder else 0


def model_names() -> list[str]:
    """The models that ship, sorted."""
    folder = files(__package__).joinpath("models")
    return sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".toml"))


@cache
def load_model(name: str, overrides: tuple[str, ...] = ()) -> Model:
    """A model that ships, by name, or a user's own, by the path of its TOML file.

    Args:
        name: a name, or a path that ends in ``.toml``.
        overrides: fields to change, as ``vision_encoder.layers=26``.

    Raises:
        InputError: for an unknown name, an unreadable file, or a field that is missing or odd.

    """
    if name.endswith(".toml"):
        path = Path(name)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise InputError(
                "model", name, f"cannot be read ({reason})", "check the path"
            ) from None
        return parse_model(path.stem, text, name, overrides)
    if name not in model_names():
        raise unknown("model", name, model_names())
    file = files(__package__).joinpath("models", f"{name}.toml")
    return parse_model(name, file.read_text(encoding="utf-8"), f"{name}.toml", overrides)


def parse_model(name: str, text: str, where: str, overrides: tuple[str, ...] = ()) -> Model:
    """The model that a TOML text describes.

    Args:
        name: of the model.
        text: the TOML.
        where: what the file is called in messages.
        overrides: fields to change, as ``vision_encoder.layers=26``.

    Raises:
        InputError: for what is no TOML, a field that is missing, unknown or odd, and for parts
            that do not fit together.

    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError("model", where, f"is no TOML: {error}", "mend the file") from None
    for override in overrides:
        _override(data, override)
    by_field = {item.partition("=")[0].strip(): item for item in overrides}
    reader = Reader(text, where, KINDS, by_field)
    model = reader.build(Model, {**data, "name": name}, ())
    _check_widths(model, where)
    return model


def _override(data: dict[str, Any], override: str) -> None:
    """Sets one field of a parsed file, given as ``table.field=value``."""
    path, _, value = (part.strip() for part in override.partition("="))
    *tables, field = path.split(".")
    try:
        for table in tables:
            data = data[table]
        data[field] = tomllib.loads(f"value = {value}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError, KeyError, TypeError):
        raise InputError(
            "set",
            override,
            "names no field of the model's file with a value",
            "write it as vision_encoder.layers=26",
        ) from None


def _check_widths(model: Model, where: str) -> None:
    """Raises `InputError` where the parts of a model do not fit together."""
    lm, encoder = model.language_model, model.vision_encoder
    for part, shapes in (("language_model", lm), ("vision_encoder", encoder)):
        if shapes is not None and shapes.width % shapes.heads:
            raise InputError(
                "model",
                where,
                f"{part}.width {shapes.width} is no multiple of its {shapes.heads} heads",
                "mend one of them",
            )
    if lm is not None and lm.heads % lm.kv_heads:
        raise InputError(
            "model",
            where,
            f"language_model.heads {lm.heads} is no multiple of kv_heads {lm.kv_heads}",
            "mend one of them",
        )
    if model.projector and encoder and model.projector.inputs != encoder.width:
        raise InputError(
            "model",
            where,
            f"projector.inputs {model.projector.inputs} is not the encoder's {encoder.width}",
            "mend one of them",
        )
    if (model.pixel_decoder or model.mask_decoder) and not model.mask_encoder:
        raise InputError(
            "model", where, "has a mask decoder and no mask_encoder", "add `[mask_encoder]`"
        )
