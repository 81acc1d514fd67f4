"""What a model really computes: every product and convolution, from the shapes of its parts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ..ops import Ops, elementwise, macs, times
from ..parts.language_model import Head, Segment
from ..parts.mask_decoder import MaskDecoder
from ..pruning import pruning_ops
from ..spec import Model
from ..workload import Workload

Layout = Literal["concat", "ovp"]
LAYOUTS: tuple[Layout, ...] = ("concat", "ovp")


class Module(NamedTuple):
    """A part, the shapes it is given, and how often it runs in a forward pass."""

    part: Callable[..., Ops]
    shapes: tuple[Any, ...]
    passes: int = 1

    @property
    def ops(self) -> Ops:
        """Its operations."""
        return times(self.part(*self.shapes), self.passes)

    @property
    def macs(self) -> int:
        """Its multiply-accumulates."""
        return self.passes * _macs(self.part, self.shapes)


# A sweep changes few shapes at a time, and the parts are pure functions of them.
@lru_cache(65536)
def _macs(part: Callable[..., Ops], shapes: tuple[object, ...]) -> int:
    return macs(part(*shapes))


class Architecture(NamedTuple):
    """A model, and the choices of how it is run.

    Args:
        model: its parts.
        layout: how frames reach the language model. `concat`: the kept tokens of every frame.
            `ovp`: those of a key frame, and a few latents of each of F reference frames, into
            which the video perceiver turns all of its tokens; a single image is its own reference.
        head: at which positions the output head is computed.
        method: the pruner.
        prune_at: the layers before which tokens are dropped; 0 is before the language model, at
            the encoder's output, so that the projector sees only the kept ones. The pruner is
            charged for tokens as wide as they are at the first of the layers.

    """

    model: Model
    layout: Layout
    head: Head
    method: str
    prune_at: tuple[int, ...]

    @property
    def early(self) -> bool:
        """Whether tokens are dropped before the language model."""
        return self.prune_at[0] == 0

    def sequence_length(self, work: Workload) -> int:
        """Tokens that the last layer of the language model sees."""
        return self.visible_frames(work) * work.kept + self.other_tokens(work)

    def visible_frames(self, work: Workload) -> int:
        """Frames whose own tokens enter the language model."""
        return work.frames if self.layout == "concat" else 1

    def other_tokens(self, work: Workload) -> int:
        """Tokens of the language model that no pruning touches."""
        return work.text_tokens + self.fixed_tokens(work)

    def fixed_tokens(self, work: Workload) -> int:
        """Those among them that are in every prompt: the template's, queries and latents."""
        model = self.model
        masks = model.mask_decoder
        # SAM's prompt is a token of the text, which has been counted.
        queries = masks.queries if isinstance(masks, MaskDecoder) else 0
        latents = model.ovp.latents * work.frames if model.ovp and self.layout == "ovp" else 0
        return model.prompt_tokens + queries + latents

    def segments(self, work: Workload) -> tuple[Segment, ...]:
        """The runs of layers and the tokens in each."""
        lm = self.model.language_model
        if lm is None:
            return ()
        frames, other = self.visible_frames(work), self.other_tokens(work)
        return tuple(
            Segment(layers, tokens, tokens)
            for layers, visual in work.runs(self.prune_at, lm.layers)
            for tokens in [frames * visual + other]
        )

    def modules(self, work: Workload) -> dict[str, Module]:
        """What each module computes, in the order of the forward pass."""
        model, F, P, t = self.model, work.frames, work.visual_tokens, work.text_tokens
        shown = self.visible_frames(work)
        references = F if self.layout == "ovp" else 0
        projected = work.stages[0] if self.early else P
        modules: dict[str, Module] = {}
        if encoder := model.vision_encoder:
            modules["vision_encoder"] = Module(encoder.ops, (), (shown + references) * model.tiles)
        if lm := model.language_model:
            counts = (P, *work.stages)
            width, key = lm.width, lm.width_of_head
            if self.early and encoder:
                # Tokens as they come out, joined where they are; keys as the encoder has them.
                width = encoder.token_width * model.merge**2
                key = encoder.width // encoder.heads
            modules["token_pruning"] = Module(pruning_ops, (self.method, counts, width, key), shown)
        if projector := model.projector:
            modules["projector"] = Module(projector.ops, (shown * projected + references * P,))
        if ovp := model.ovp:
            # Without references as in the paper's own count: nothing for one frame, and the
            # latents do not enter the sequence.
            read, passes = (P, references) if references else (projected, F if F > 1 else 0)
            modules["temporal_reasoning"] = Module(ovp.ops, (read, t), passes)
        if lm:
            modules["language_model"] = Module(lm.ops, (self.segments(work), self.head))
        return modules | _mask_modules(model, t)

    def ops(self, work: Workload) -> dict[str, Ops]:
        """The operations of each module."""
        return {name: module.ops for name, module in self.modules(work).items()}

    def by_module(self, work: Workload) -> dict[str, int]:
        """MACs of each module."""
        return {name: module.macs for name, module in self.modules(work).items()}

    def elementwise_by_module(self, work: Workload) -> dict[str, int]:
        """Scalar operations of each module beside its products."""
        return {name: elementwise(module.ops) for name, module in self.modules(work).items()}


@lru_cache(1024)
def _mask_modules(model: Model, text_tokens: int) -> dict[str, Module]:
    """What turns states into masks: once a forward pass, for the key frame."""
    modules: dict[str, Module] = {}
    if model.vmtf:
        modules["vmtf"] = Module(model.vmtf.ops, (text_tokens,))
    if encoder := model.mask_encoder:
        modules["mask_encoder"] = Module(encoder.ops, ())
        if model.pixel_decoder:
            modules["pixel_decoder"] = Module(model.pixel_decoder.ops, (encoder.maps,))
        if model.mask_decoder:
            modules["mask_decoder"] = Module(model.mask_decoder.ops, (encoder.maps,))
    return modules
