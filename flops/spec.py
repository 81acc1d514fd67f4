"""Models: the parts that a TOML file describes, every number with the source it comes from."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from ..core.errors import InputError, unknown
from .accountings.paper import Paper
from .fits import misfits
from .parts.language_model import LanguageModel
from .parts.mask_decoder import MaskDecoder
from .parts.perceiver import TextFusion, VideoPerceiver
from .parts.pixel_decoder import PixelDecoder
from .parts.projector import Projector
from .parts.qwen_vision import QwenVision
from .parts.sam import SamEncoder
from .parts.sam_decoder import SamMaskDecoder
from .parts.swin import Swin
from .parts.vit import VisionTransformer
from .toml_reader import Reader

VisionEncoder = VisionTransformer | SamEncoder | QwenVision
MaskEncoder = Swin | SamEncoder
AnyMaskDecoder = MaskDecoder | SamMaskDecoder
KINDS = (
    ("vit", VisionTransformer),
    ("sam", SamEncoder),
    ("qwen2.5-vl", QwenVision),
    ("swin", Swin),
    ("mask2former", MaskDecoder),
    ("sam", SamMaskDecoder),
)
SET = "write it as vision_encoder.layers=26"


class Model(NamedTuple):
    """A model as its TOML file describes it: the parts it has, and None for those it lacks.

    Args:
        name: the name of its file.
        summary: one line.
        vision_encoder: images into visual tokens.
        tiles: crops that the encoder sees of a frame.
        projector: visual tokens to the language model's width, joined before where it says so.
        language_model: the decoder.
        prompt_tokens: tokens of every prompt beside the data set's text.
        ovp: InstructSeg's video perceiver.
        vmtf: InstructSeg's text fusion.
        mask_encoder: the encoder of the masks' image: Swin's four maps, or SAM's one.
        pixel_decoder: its maps into mask features.
        mask_decoder: queries into masks: Mask2Former's, or SAM's.
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
    mask_encoder: MaskEncoder | None = None
    pixel_decoder: PixelDecoder | None = None
    mask_decoder: AnyMaskDecoder | None = None
    paper: Paper | None = None

    def __hash__(self) -> int:
        # Equal models have equal names, and hashing every number of one takes longer than
        # counting what it costs.
        return hash(self.name)

    @property
    def visual_tokens(self) -> int:
        """Tokens that enter the language model from a frame, before any pruning."""
        if self.vision_encoder is None:
            return 0
        return self.vision_encoder.tokens * self.tiles // self.merge**2

    @property
    def merge(self) -> int:
        """Side of the square of the encoder's tokens that become one visual token."""
        return self.projector.merge if self.projector else 1


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
        if Path(name).is_file():
            raise InputError("model", name, "is a file whose name ends otherwise", "name it .toml")
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
    _check_fit(model, reader)
    return model


def _override(data: dict[str, Any], override: str) -> None:
    """Sets one field of a parsed file, given as ``table.field=value``."""
    path, equals, text = (part.strip() for part in override.partition("="))
    *tables, field = path.split(".")
    if not (equals and field and text):
        raise InputError("set", override, "sets nothing", SET)
    table: Any = data
    for depth, name in enumerate(tables, 1):
        if name not in table:
            inner = [key for key, value in table.items() if isinstance(value, dict)]
            near = unknown("set", name, inner).remedy if inner else SET
            raise InputError("set", override, f"the model has no table {name}", near)
        table = table[name]
        if not isinstance(table, dict):
            raise InputError("set", override, f"{'.'.join(tables[:depth])} is no table", SET)
    try:
        table[field] = tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        table[field] = text  # a word, which a shell leaves without its quotation marks


def _check_fit(model: Model, reader: Reader) -> None:
    """Raises `InputError` where the parts of a model do not fit together."""
    for misfit in misfits(model):
        raise reader.error(misfit.fields, misfit.problem, misfit.remedy)
