"""Synthetic scenes whose true masks are known exactly, each kind made to stress one claim.

Ours. Objects are drawn from the same polygons that are their masks, no two overlap, and the same
seed gives the same pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from ..core.errors import InputError, unknown
from .cache import Sample
from .encoders import Encoder

SIDE = 432
"""Pixels of a scene's side: 27 patches of 16."""

FRAMES = 4
"""Frames of a clip, as many as the paper's video model reads."""

Colour = npt.NDArray[np.float64]
Outline = npt.NDArray[np.float64]


@dataclass
class Scene:
    """Images and, by object, a polygon a frame ([x0, y0, x1, y1, ...], pixels)."""

    id: str
    images: list[Image.Image]
    objects: dict[str, list[list[list[float]]]] = field(default_factory=dict)

    def sample(self, encoder: Encoder) -> Sample:
        """The scene as a cache holds it, with features of `encoder`."""
        masks: Mapping[str, list[Any]] = self.objects
        return Sample(
            id=self.id,
            clip=encoder.encode(self.images),
            image_size=(SIDE, SIDE),
            masks=masks,
            encoder=encoder.description,
        )


def make_scene(kind: str, seed: int = 0) -> Scene:
    """A scene of one of `KINDS`.

    Args:
        kind: its name.
        seed: scenes of other seeds, like those of other kinds, are drawn independently.

    Raises:
        InputError: where there is no such kind or the seed is negative.

    """
    if kind not in KINDS:
        raise unknown("kind", kind, KINDS)
    if seed < 0:
        raise InputError("seed", seed, "is negative", "give 0 or more")
    generator = np.random.default_rng([list(KINDS).index(kind), seed])
    scene = KINDS[kind](generator)
    scene.id = f"{kind}-{seed}"
    return scene


def _many_small(generator: np.random.Generator) -> Scene:
    """Two dozen objects of 2 to 6 patches on a quiet texture."""
    canvas = _texture(generator, _colour(generator), 24, 0.05)
    return _still(generator, canvas, [generator.uniform(11, 22) for _ in range(24)])


def _flat(generator: np.random.Generator) -> Scene:
    """A few objects in nearly the colour of a flat ground: features hardly tell them apart."""
    ground = _colour(generator)
    canvas = np.broadcast_to(ground, (SIDE, SIDE, 3))
    radii = generator.uniform(18, 65, 6)
    return _still(generator, canvas, list(radii), near=ground)


def _clutter(generator: np.random.Generator) -> Scene:
    """Half the ground is loud and varied, the objects lie on the other, quiet half."""
    quiet = _texture(generator, _colour(generator), 30, 0.04)
    loud = _texture(generator, np.full(3, 0.5), 5, 0.45)
    canvas = np.array(quiet)
    canvas[:, SIDE // 2 :] = loud[:, SIDE // 2 :]
    radii = list(generator.uniform(14, 42, 7))
    return _still(generator, canvas, radii, right=SIDE // 2)


def _salient(generator: np.random.Generator) -> Scene:
    """One bright object on a quiet ground: what attention is made to find."""
    dull = 0.35 + 0.1 * generator.random(3)
    canvas = _texture(generator, dull, 20, 0.04)
    bright = np.array([0.95, 0.2, 0.1])[generator.permutation(3)]
    return _still(generator, canvas, [generator.uniform(35, 70)], colours=[bright])


def _alike(generator: np.random.Generator) -> Scene:
    """Many objects that look the same, large and small: one of them stands for all in features."""
    canvas = _texture(generator, _colour(generator), 24, 0.05)
    radii = [*generator.uniform(13, 20, 6), *generator.uniform(30, 45, 4)]
    return _still(generator, canvas, radii, colours=[_colour(generator)] * len(radii))


def _moving(generator: np.random.Generator) -> Scene:
    """A clip: two objects cross the frame in lanes of their own, three others stand still."""
    canvas = _texture(generator, _colour(generator), 24, 0.08)
    lanes = [SIDE * 0.2, SIDE * 0.5, SIDE * 0.8]
    movers = []
    for lane in generator.permutation(lanes)[:2]:
        radius = generator.uniform(16, 40)
        outline = _outline(generator, radius)
        ends = generator.permutation([radius + 4, SIDE - radius - 4])
        xs = np.linspace(float(ends[0]), float(ends[1]), FRAMES)
        movers.append(([outline + np.array([x, lane]) for x in xs], _colour(generator), radius))
    rest = next(
        lane for lane in lanes if all(abs(m[0][0][:, 1].mean() - lane) > 60 for m in movers)
    )
    standing = [
        ([_outline(generator, 24) + np.array([x, rest])] * FRAMES, _colour(generator), 24.0)
        for x in (70, SIDE / 2, SIDE - 70)
    ]
    scene = Scene("", [])
    things = [*movers, *standing]
    for number in range(FRAMES):
        scene.images.append(_painted(canvas, [(o[number], c) for o, c, _ in things], generator))
    for number, (outlines, _, _) in enumerate(things):
        name = f"{'moving' if number < len(movers) else 'standing'} {number}"
        scene.objects[name] = [[outline.ravel().tolist()] for outline in outlines]
    return scene


KINDS: dict[str, Callable[[np.random.Generator], Scene]] = {
    "many-small": _many_small,
    "flat": _flat,
    "clutter": _clutter,
    "salient": _salient,
    "alike": _alike,
    "moving": _moving,
}
"""The kinds of scenes, by name."""


def _still(
    generator: np.random.Generator,
    canvas: Colour,
    radii: Sequence[float],
    near: Colour | None = None,
    colours: Sequence[Colour] | None = None,
    right: int = SIDE,
) -> Scene:
    """One frame with an object for each radius, left of `right`, the largest placed first."""
    scene = Scene("", [])
    placed: list[tuple[float, float, float]] = []
    things: list[tuple[Outline, Colour]] = []
    for number, radius in enumerate(sorted(radii, reverse=True)):
        place = _free_place(generator, placed, radius, right)
        if place is None:
            continue
        placed.append((*place, radius))
        if colours is not None:
            colour = colours[number]
        elif near is not None:
            colour = np.clip(near + generator.choice([-0.05, 0.05], 3), 0, 1)
        else:
            colour = _colour(generator)
        outline = _outline(generator, radius) + place
        things.append((outline, colour))
        scene.objects[f"object {number}"] = [[outline.ravel().tolist()]]
    scene.images = [_painted(canvas, things, generator)]
    return scene


def _free_place(
    generator: np.random.Generator,
    placed: Sequence[tuple[float, float, float]],
    radius: float,
    right: int,
) -> tuple[float, float] | None:
    for _ in range(200):
        x = generator.uniform(radius + 2, right - radius - 2)
        y = generator.uniform(radius + 2, SIDE - radius - 2)
        if all(math.hypot(x - u, y - v) > radius + r + 6 for u, v, r in placed):
            return x, y
    return None


def _outline(generator: np.random.Generator, radius: float) -> Outline:
    """A round, lobed or long outline around 0 that stays within `radius`, [points, 2]."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    lobes = 1 + generator.uniform(0, 0.25) * np.cos(generator.integers(2, 6) * angle)
    lobes *= radius / lobes.max()
    stretch = generator.uniform(0.6, 1.0)
    points = np.stack([lobes * np.cos(angle), stretch * lobes * np.sin(angle)], axis=1)
    turn = generator.uniform(0, np.pi)
    cosine, sine = math.cos(turn), math.sin(turn)
    return np.asarray(points @ np.array([[cosine, sine], [-sine, cosine]]))


def _colour(generator: np.random.Generator) -> Colour:
    return np.asarray(generator.uniform(0.1, 0.9, 3))


def _texture(generator: np.random.Generator, colour: Colour, grain: float, depth: float) -> Colour:
    """Smooth noise around a colour, [SIDE, SIDE, 3]: blobs of `grain` pixels, `depth` deep."""
    cells = max(2, round(SIDE / grain))
    noise = generator.normal(0, 1, (cells, cells, 3))
    channels = [
        np.asarray(
            Image.fromarray(noise[..., channel].astype(np.float32)).resize(
                (SIDE, SIDE), Image.Resampling.BICUBIC
            )
        )
        for channel in range(3)
    ]
    return np.asarray(np.clip(colour + depth * np.stack(channels, axis=2), 0, 1))


def _painted(
    canvas: Colour, things: Sequence[tuple[Outline, Colour]], generator: np.random.Generator
) -> Image.Image:
    """The canvas with the objects on it, slightly blurred, with a camera's noise."""
    image = Image.fromarray((canvas * 255).round().astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for outline, colour in things:
        fill = tuple(round(255 * channel) for channel in colour)
        pen.polygon([tuple(point) for point in outline], fill=fill)
    image = image.filter(ImageFilter.GaussianBlur(0.7))
    pixels = np.asarray(image, np.float64) + generator.normal(0, 2.0, (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8))
