"""Classical dense descriptors on SigLIP's geometry: features without any weights.

They are made to be pruned, not to be understood: tokens of one object resemble each other,
neighbours are correlated, and every token carries some of its surroundings, its place and the
whole image, as the tokens of a vision transformer do. They are no substitute for its features in
a claim about accuracy. All weights below are ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..types import Clip, Features

F32 = npt.NDArray[np.float32]

VERSION = 1
SIZE = 384
PATCH = 14
GRID = SIZE // PATCH
WIDTH = 1152
HEADS = 16

_CONTEXTS = (1.0, 2.0, 4.0)  # standard deviations in tokens
_GLOBAL_WEIGHT = 0.8  # of the length of a token's own descriptor
_PLACE_WEIGHT = 0.35
_PLACE_WIDTH = 64
_ORIENTATIONS = 10
_GRADIENT_SCALES = (1.0, 2.0, 4.0, 8.0)  # standard deviations in pixels
_FREQUENCIES = 8


class Descriptors:
    """Colour, gradients and frequency content of 14-pixel patches at several scales.

    Like SigLIP so400m/14-384 it makes 27 x 27 tokens of width 1152 of an image resized to
    384 x 384, and gives every optional input: keys [N, 72], and saliency for attention.
    """

    @property
    def description(self) -> Mapping[str, Any]:
        """What a cache records of this encoder."""
        return {
            "encoder": "descriptors",
            "model": "descriptors",
            "version": VERSION,
            "block": None,
            "input_size": [SIZE, SIZE],
            "patch": PATCH,
            "attention": "saliency",
        }

    def encode(self, images: Sequence[Image.Image]) -> Clip:
        """The features of RGB images, one frame an image."""
        return Clip.of([_encode(image) for image in images])


def _encode(image: Image.Image) -> Features:
    resized = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
    # 27 patches of 14 leave 6 pixels over, which SigLIP's convolution drops as well.
    pixels = np.asarray(resized, np.float32)[: GRID * PATCH, : GRID * PATCH] / 255.0
    local = _local(pixels)
    tokens = _standardised(local)
    levels = [tokens, *(_blurred(tokens, sigma) for sigma in _CONTEXTS)]
    bands = [fine - coarse for fine, coarse in pairwise(levels)]
    parts = [*levels, *bands, _whole(local, tokens), _PLACE_WEIGHT * _place()]
    features = _mixed(np.concatenate(parts, axis=2).reshape(GRID * GRID, WIDTH))
    saliency = _saliency(levels)
    return Features(
        features,
        (GRID, GRID),
        attention=_attention(saliency, 1.5),
        probe_attention=_attention(saliency * _centre(), 2.5),
        middle_attention=_attention(_blurred(saliency[..., None], 1.5)[..., 0], 1.0),
        keys=features.reshape(len(features), HEADS, WIDTH // HEADS).mean(1),
    )


def _local(pixels: F32) -> F32:
    """What a patch is like, by itself: float32 [27, 27, 136]."""
    from skimage.color import rgb2lab

    lab = rgb2lab(pixels).astype(np.float32) / np.float32(100.0)
    parts = [_colour(lab), _gradients(lab[..., 0]), _frequencies(lab[..., 0])]
    # Families differ in number: each shall weigh the same in a distance.
    return np.concatenate([part / np.sqrt(part.shape[2]) for part in parts], axis=2)


def _patches(channel: F32) -> F32:
    """A map [378, 378] as patches [27, 27, 14, 14]."""
    return channel.reshape(GRID, PATCH, GRID, PATCH).swapaxes(1, 2)


def _colour(lab: F32) -> F32:
    """Mean, spread and soft histogram of L, a and b: [27, 27, 32]."""
    parts = []
    for channel, (low, high, bins) in enumerate([(0.0, 1.0, 10), (-0.6, 0.6, 8), (-0.6, 0.6, 8)]):
        values = _patches(lab[..., channel])
        centres = np.linspace(low, high, bins, dtype=np.float32)
        width = np.float32((high - low) / (bins - 1))
        distance = np.abs(values[..., None] - centres) / width
        histogram = np.maximum(0, 1 - distance).mean((2, 3))
        spread = np.stack([values.mean((2, 3)), values.std((2, 3))], axis=2)
        parts += [np.float32(2.0) * spread, histogram]
    return np.concatenate(parts, axis=2)


def _gradients(lightness: F32) -> F32:
    """Energy of the gradient by direction and scale: [27, 27, 40]."""
    from scipy.ndimage import gaussian_filter

    parts = []
    angles = np.arange(_ORIENTATIONS, dtype=np.float32) * np.float32(np.pi / _ORIENTATIONS)
    for sigma in _GRADIENT_SCALES:
        smooth = gaussian_filter(lightness, sigma, mode="nearest")
        dy, dx = np.gradient(smooth)
        angle = np.arctan2(dy, dx)[..., None]
        # Directions are modulo pi; the even power makes neighbouring bins overlap.
        towards = np.cos(angle - angles) ** 8
        energy = np.hypot(dy, dx)[..., None] * towards * np.float32(sigma)
        pooled = energy.reshape(GRID, PATCH, GRID, PATCH, _ORIENTATIONS).mean((1, 3))
        parts.append(np.sqrt(pooled))
    return np.concatenate(parts, axis=2)


def _frequencies(lightness: F32) -> F32:
    """Log magnitudes of the lowest 8 x 8 cosine coefficients of the patch: [27, 27, 64]."""
    from scipy.fft import dctn

    spectrum = np.abs(dctn(_patches(lightness), axes=(2, 3), norm="ortho"))
    low = np.log1p(np.float32(8.0) * spectrum[:, :, :_FREQUENCIES, :_FREQUENCIES])
    return np.asarray(low.reshape(GRID, GRID, -1), np.float32)


def _standardised(local: F32) -> F32:
    """Each descriptor relative to the image: what sets a token apart from the others."""
    spread = local.std((0, 1))
    # A floor, so that noise in a descriptor that hardly varies is not blown up.
    floor = 0.25 * np.sqrt(np.mean(spread**2)) + 1e-4
    scaled = (local - local.mean((0, 1))) / (spread + floor)
    return np.asarray(np.clip(scaled, -4, 4), np.float32)


def _whole(local: F32, tokens: F32) -> F32:
    """The image's mean descriptor, which all its tokens share: [27, 27, 136]."""
    mean = local.mean((0, 1))
    direction = (mean - mean.mean()) / (np.linalg.norm(mean - mean.mean()) + 1e-6)
    length = np.sqrt(np.mean(np.sum(tokens**2, axis=2)))
    return np.asarray(
        np.broadcast_to(_GLOBAL_WEIGHT * max(1.0, length) * direction, tokens.shape), np.float32
    )


def _blurred(tokens: F32, sigma: float) -> F32:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(tokens, (sigma, sigma, 0), mode="nearest"), np.float32)


def _place() -> F32:
    """Slow sines of row and column: [27, 27, 64]."""
    at = np.arange(GRID, dtype=np.float32) / GRID
    rates = np.geomspace(0.25, 4.0, _PLACE_WIDTH // 4, dtype=np.float32)
    phase = 2 * np.pi * at[:, None] * rates
    wave = np.concatenate([np.sin(phase), np.cos(phase)], axis=1)
    rows = np.broadcast_to(wave[:, None], (GRID, GRID, wave.shape[1]))
    return np.concatenate([rows, rows.swapaxes(0, 1)], axis=2).astype(np.float32)


def _mixed(tokens: F32) -> F32:
    """A fixed rotation: every head and every coordinate sees some of every descriptor."""
    from scipy.fft import dct

    signs = np.random.default_rng(VERSION).choice(
        np.array([-1, 1], np.float32), (2, tokens.shape[1])
    )
    once = dct(tokens * signs[0], axis=1, norm="ortho")
    return np.asarray(dct(once * signs[1], axis=1, norm="ortho"), np.float32)


def _saliency(levels: Sequence[F32]) -> F32:
    """How a token differs from its surroundings and from the image, in [0, 1]: [27, 27]."""
    around = [np.linalg.norm(fine - levels[-1], axis=2) for fine in levels[:-1]]
    rarity = np.linalg.norm(levels[1], axis=2)
    raw = sum(part / (part.max() + 1e-6) for part in (*around, rarity, rarity))
    low, high = raw.min(), raw.max()
    return np.asarray((raw - low) / (high - low + 1e-6), np.float32)


def _centre() -> F32:
    """What photographs are of tends to be in their middle: [27, 27] in (0, 1]."""
    at = np.linspace(-1, 1, GRID, dtype=np.float32)
    return np.asarray(np.exp(-0.5 * (at[:, None] ** 2 + at[None] ** 2) / 0.7**2), np.float32)


def _attention(saliency: F32, contrast: float) -> F32:
    """Shares that sum to 1 over the tokens, as attention does: float32 [N]."""
    weights = np.exp(2 * contrast * saliency.reshape(-1))
    return np.asarray(weights / weights.sum(), np.float32)
