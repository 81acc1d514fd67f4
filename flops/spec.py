"""Models read from TOML: every field checked, every number with the source it comes from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

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
from .workload import MOST

T = TypeVar("T")


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
    """The model that `text`, the TOML of the file `where`, describes."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError("model", where, f"is no TOML: {error}", "mend the file") from None
    for override in overrides:
        _override(data, override)
    reader = _Reader(text, where, {item.partition("=")[0].strip(): item for item in overrides})
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


class _Reader:
    """Builds the records of a file, and knows on which line a field stands, or who set it."""

    def __init__(self, text: str, where: str, overrides: Mapping[str, str]) -> None:
        self.lines = text.splitlines()
        self.where = where
        self.overrides = overrides

    def build(self, cls: type[T], table: Mapping[str, Any], path: tuple[str, ...]) -> T:
        """The record of class `cls` that a table describes, at `path` in the file."""
        hints = get_type_hints(cls)
        defaults: Mapping[str, Any] = getattr(cls, "_field_defaults", {})
        values: dict[str, Any] = {}
        for key, value in table.items():
            if key in ("source", "sources") or (key == "kind" and cls in KINDS.values()):
                continue
            if key not in hints:
                near = unknown("field", key, hints).remedy
                raise self.error(path, key, "is no field of this table", near)
            least = 0 if defaults.get(key) == 0 else 1
            values[key] = self.value(hints[key], value, (*path, key), least)
        for key in hints:
            if key not in values and key not in defaults:
                raise self.error(path, key, "is missing", f"add `{key} = ...` to the table")
        return cls(**values)

    def value(self, hint: Any, value: Any, at: tuple[str, ...], least: int) -> Any:
        """The value of the field `at`, as its type wants it."""
        *path, key = at
        kinds = [k for k in (get_args(hint) or (hint,)) if k is not type(None)]
        if hasattr(kinds[0], "_fields"):
            if not isinstance(value, dict):
                raise self.error(path, key, "is no table", f"write `[{'.'.join(at)}]`")
            return self.build(self.choose(kinds, value, at), value, at)
        if get_origin(hint) is Literal:
            if value not in kinds:
                raise self.error(path, key, f"{value!r} is no choice", f"choose from {kinds}")
            return value
        if get_origin(hint) is tuple:
            if not isinstance(value, list) or not value:
                raise self.error(path, key, f"{value!r} is no list of numbers", "mend the value")
            return tuple(self.value(int, item, at, 1) for item in value)
        if kinds[0] is int:
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise self.error(
                    path, key, f"{value!r} is no whole number of at least {least}", "mend it"
                )
            if value > MOST:
                raise self.error(path, key, "is above any model", f"stay within {MOST:,}")
        elif not isinstance(value, kinds[0]):
            raise self.error(path, key, f"{value!r} is no {kinds[0].__name__}", "mend the value")
        return value

    def choose(self, kinds: list[Any], table: dict[str, Any], at: tuple[str, ...]) -> Any:
        """The class of a table: the one its ``kind`` names, where there are several."""
        if len(kinds) == 1:
            return kinds[0]
        kind = table.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise self.error(at, "kind", f"is {kind!r}", f"choose from {', '.join(KINDS)}")
        return KINDS[kind]

    def error(self, path: Sequence[str], key: str, problem: str, remedy: str) -> InputError:
        """An error that names the field and its line, or that of its table where it has none."""
        field = ".".join((*path, key))
        if field in self.overrides:
            return InputError("set", self.overrides[field], f"{field} {problem}", remedy)
        place = f"{self.where}:{self.line(path, key)}"
        return InputError("model", place, f"{field} {problem}", remedy)

    def line(self, path: Sequence[str], key: str) -> int:
        """The line, from 1, of a key in a table; that of the table's head where it lacks it."""
        table, head = "", 1
        for number, line in enumerate(self.lines, 1):
            if match := re.match(r"\s*\[([^\[\]]+)\]", line):
                table = match[1].replace(" ", "")
                if table == ".".join((*path, key)):
                    return number
                head = number if table == ".".join(path) else head
            elif table == ".".join(path) and re.match(rf"\s*{re.escape(key)}\s*=", line):
                return number
        return head
