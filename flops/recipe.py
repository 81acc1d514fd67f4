"""What a figure depends on, as one can write it in a word: `fastv:keep=0.5,text_tokens=60`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from ..core.budget import Keep, parse_keep
from ..core.errors import InputError, unknown
from .accountings.architecture import LAYOUTS, Architecture
from .accountings.decoder import layer_macs
from .conventions import CONVENTIONS, Convention
from .count import count
from .forward_pass import Count
from .parts.language_model import HEADS, LanguageModel
from .plan import ACCOUNTINGS
from .pruning import COSTS
from .spec import load_model


class Recipe(NamedTuple):
    """Everything that a figure depends on, in the order in which it is changed.

    Args:
        layers: the sum over the language model's layers, or their mean.
        unit: MAC or FLOP.
        model: its name.
        overrides: fields of the model that are changed.
        prune_at: the layers before which tokens are dropped.
        visual_tokens: P, of a frame.
        keep: tokens kept of a frame.
        frames: F.
        text_tokens: t.
        tokens: which of the two count, all or the visual ones.
        ffn_matrices: what an FFN counts as, None for the model's own.
        keys: how wide keys and values are: the `queries`, or the `model`'s own.
        fixed: tokens that no option names: `none`, the `paper`'s, or the `model`'s (its prompt's
            template, its queries, and latents).
        head: positions of the output head: `none`, `last`, `all`, or the `model`'s.
        layout: how frames reach the language model.
        method: the pruner whose own cost is counted.
        accounting: whose modules are counted beside the language model.

    """

    layers: str
    unit: str
    model: str
    overrides: tuple[str, ...]
    prune_at: tuple[int, ...]
    visual_tokens: int
    keep: Keep
    frames: int
    text_tokens: int
    tokens: str
    ffn_matrices: int | None
    keys: str
    fixed: str
    head: str
    layout: str
    method: str
    accounting: str

    def cost(self) -> Fraction:
        """The figure, in its own unit."""
        return self.of(sum(self.by_module().values()))

    def of(self, macs: int) -> Fraction:
        """MACs in this figure's unit, of a layer where it is the mean of one."""
        return self._convention.cost(macs, self._lm.layers)

    @property
    def per(self) -> str:
        """The figure's unit, and what it is of where that is one layer."""
        return self._convention.per

    @property
    def _convention(self) -> Convention:
        unit: Any = self.unit
        layers: Any = self.layers
        return Convention("", unit, None, "all", layers, "")

    def by_module(self) -> dict[str, int]:
        """MACs of each module that is counted."""
        counted = self._count(self.accounting)
        beside = {} if self.accounting == "decoder" else counted.by_module
        return {**beside, "language_model": self._language_model_macs(counted)}

    def _count(self, accounting: str) -> Count:
        """The count of an accounting; a choice that it has not is left out where it is the usual.

        Raises:
            InputError: for any other choice that it has not.

        """
        usual = accounting != "architecture"
        return count(
            self.model,
            frames=self.frames,
            text_tokens=self.text_tokens,
            visual_tokens=self.visual_tokens,
            keep=self.keep,
            accounting=accounting,
            prune_at=None if accounting == "paper" else self.prune_at,
            layout=None if usual and self.layout == LAYOUTS[0] else self.layout,
            method=None if usual and self.method == METHOD else self.method,
            overrides=self.overrides,
        )

    def _language_model_macs(self, counted: Count) -> int:
        """Layers and head, by the choices of this figure whatever its accounting makes of them."""
        lm, work = self._lm, counted.work
        d, how = lm.width, counted.counted
        frames = how.visible_frames(work) if isinstance(how, Architecture) else work.frames
        other = (work.text_tokens if self.tokens == "all" else 0) + self.fixed_tokens
        lengths = [
            (layers, frames * visual + other)
            for layers, visual in work.runs(self.prune_at, lm.layers)
        ]
        last = lengths[-1][1]
        positions = {"all": last, "last": min(1, last), "none": 0}[self.positions]
        widths = (lm.query_width, lm.key_width) if self.keys == "model" else (d, d)
        return positions * d * lm.vocabulary + sum(
            layers * layer_macs(n, d, lm.ffn_width, self.matrices, *widths) for layers, n in lengths
        )

    @property
    def matrices(self) -> int:
        """Matrices that an FFN counts as."""
        return self.ffn_matrices or self._lm.ffn_matrices

    @property
    def key_heads(self) -> str:
        """Heads of keys and of values that are counted, with their width where it is their own."""
        lm = self._lm
        heads, width = lm.heads, Fraction(lm.width, lm.heads)
        if self.keys == "model":
            heads, width = lm.kv_heads, Fraction(lm.width_of_head)
        return str(heads) if lm.query_width == lm.width else f"{heads} of {float(width):g}"

    @property
    def fixed_tokens(self) -> int:
        """Tokens of the language model that are neither text nor visual."""
        if self.fixed == "none":
            return 0
        if self.fixed == "paper":
            return self._replace(layout=LAYOUTS[0], method=METHOD)._count("paper").fixed_tokens
        return self._count("architecture").fixed_tokens

    @property
    def positions(self) -> str:
        """Where the output head is computed."""
        return self._lm.head if self.head == "model" else self.head

    @property
    def _lm(self) -> LanguageModel:
        lm = load_model(self.model, self.overrides).language_model
        assert lm is not None  # `recipe` has seen to it
        return lm


# What an accounting makes of the language model: keys, fixed tokens, head.
_ACCOUNTED = {
    "decoder": ("queries", "none", "none"),
    "paper": ("queries", "paper", "all"),
    "architecture": ("model", "model", "model"),
}
METHOD = "evtp"
_CHOICES = {
    "tokens": ("all", "visual"),
    "layers": ("all", "mean"),
    "unit": ("MAC", "FLOP"),
    "head": HEADS,
    "layout": LAYOUTS,
    "method": tuple(COSTS),
}
_OF_DECODER = ("layers", "tokens", "ffn_matrices")
_OF_ARCHITECTURE = ("head", "layout", "method")
FIELDS = tuple(f for f in Recipe._fields if f not in ("overrides", "keys", "fixed", "accounting"))


def recipe(text: str, **shared: Any) -> Recipe:
    """A recipe as a user writes it: ``fastv``, or ``fastv:keep=0.5,text_tokens=60``.

    Args:
        text: a convention or an accounting, and what differs for this figure. The conventions
            `mac` and `flop` are of the model's default accounting, as in `count`.
        shared: the fields that both figures share.

    Raises:
        InputError: for an unknown name or field, or an odd value.

    """
    name, _, fields = text.partition(":")
    if name not in ACCOUNTINGS and name not in CONVENTIONS:
        raise unknown("figure", name, [*CONVENTIONS, *ACCOUNTINGS])
    how = CONVENTIONS.get(name, CONVENTIONS["mac"])
    own: dict[str, Any] = {}
    for field in filter(None, fields.split(",")):
        key, equals, value = field.partition("=")
        if key not in FIELDS:
            near = unknown("field", key, FIELDS).remedy
            remedy = "join steps by +, as 2+16" if key.isdecimal() else near
            raise InputError("figure", text, f"{key} is no field", remedy)
        if key in own:
            raise InputError("figure", text, f"gives {key} twice", "keep one of them")
        if not (equals and value):
            raise InputError("figure", text, f"gives {key} no value", f"write {key}=VALUE")
        try:
            own[key] = _parsed(key, value)
        except InputError as error:
            raise error.but(
                name="figure", value=text, problem=f"{key} {value} {error.problem}"
            ) from None
    values = {"overrides": (), **shared, **own}
    model, overrides = values["model"], values["overrides"]
    if load_model(model, overrides).language_model is None:
        raise InputError("model", model, "has no language model", "name another")
    accounting = (
        name
        if name in ACCOUNTINGS
        else count(model, convention=name, overrides=overrides).accounting
    )
    for fields_of, start in ((_OF_DECODER, "decoder"), (_OF_ARCHITECTURE, "architecture")):
        if accounting != start and (odd := [f for f in fields_of if f in own]):
            raise InputError(
                "figure",
                text,
                f"{odd[0]} has no meaning in the accounting {accounting}",
                f"leave it out, or start from {start}",
            )
    if accounting == "paper" and values["prune_at"] != (0,):
        raise InputError(
            "prune_at", shown(values["prune_at"]), "has no meaning in the accounting paper", "use 0"
        )
    if "visual_tokens" not in values:
        counted = count(model, accounting=accounting, overrides=overrides)
        values["visual_tokens"] = counted.work.visual_tokens
    choices = {
        "layers": how.layers,
        "unit": how.unit,
        "tokens": how.tokens,
        "ffn_matrices": how.ffn_matrices,
    }
    keys, fixed, head = _ACCOUNTED[accounting]
    usual = {"head": head, "layout": LAYOUTS[0], "method": METHOD}
    if accounting != "architecture":
        # The other figure's, where both share one: this one has no such choice.
        values |= usual
    made = Recipe(**{**choices, **usual, **values}, keys=keys, fixed=fixed, accounting=accounting)
    try:
        made.cost()
    except InputError as error:
        if error.name not in own:
            raise
        problem = f"{error.name} {error.value} {error.problem}"
        raise error.but(name="figure", value=text, problem=problem) from None
    return made


def _parsed(key: str, value: str) -> Any:
    if key in _CHOICES:
        if value not in _CHOICES[key]:
            raise unknown(key, value, _CHOICES[key])
        return value
    if key == "model":
        return value
    if key == "keep":
        return parse_keep(value)
    try:
        return tuple(int(v) for v in value.split("+")) if key == "prune_at" else int(value)
    except ValueError:
        raise InputError(
            key, value, "is no whole number", "give one, or 8+16+24 for layers"
        ) from None


def shown(value: object) -> str:
    """A choice as a user writes it."""
    return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)
