"""Photographs with the kept tokens drawn on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

SIDE = 432
"""Pixels of a picture's side: a multiple of 27, so that every patch of SigLIP's is as large."""

_DIMMED = 0.35
_OUTLINE = (255, 193, 7)
_CAPTION = 34
_GAP = 12


@dataclass(frozen=True)
class Shown:
    """A photograph, the tokens kept of it, and what to write above.

    Args:
        image: the photograph, of any size; shown square, as the encoders see it.
        grid: (rows, columns) of the tokens.
        indices: the kept tokens [K].
        caption: one line.

    """

    image: Image
    grid: tuple[int, int]
    indices: npt.NDArray[np.int64]
    caption: str


def draw_kept(shown: Shown) -> Image:
    """The photograph, bright and outlined where a token is kept, dim and grey elsewhere."""
    from PIL import Image, ImageDraw, ImageEnhance, ImageOps

    rows, columns = shown.grid
    width, height = max(1, SIDE // columns) * columns, max(1, SIDE // rows) * rows
    photograph = shown.image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    grey = ImageOps.grayscale(photograph).convert("RGB")
    picture = ImageEnhance.Brightness(Image.blend(photograph, grey, 0.7)).enhance(_DIMMED)
    pen = ImageDraw.Draw(picture)
    right, down = width // columns, height // rows
    for index in shown.indices.tolist():
        left, top = index % columns * right, index // columns * down
        box = (left, top, left + right, top + down)
        picture.paste(photograph.crop(box), box)
        pen.rectangle((left, top, left + right - 1, top + down - 1), outline=_OUTLINE)
    return picture


def draw_gallery(shown: Sequence[Shown], across: int) -> Image:
    """Several pictures in rows of `across`, each under its caption, on white."""
    from PIL import Image, ImageDraw, ImageFont

    pictures = [draw_kept(one) for one in shown]
    across = max(1, min(across, len(pictures)))
    cell = (
        max(picture.width for picture in pictures) + _GAP,
        max(picture.height for picture in pictures) + _GAP + _CAPTION,
    )
    lines = -(-len(pictures) // across)
    sheet = Image.new("RGB", (cell[0] * across + _GAP, cell[1] * lines + _GAP), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=20)
    for number, (picture, one) in enumerate(zip(pictures, shown, strict=True)):
        left = number % across * cell[0] + _GAP
        top = number // across * cell[1] + _GAP
        pen.text((left, top), _fitted(one.caption, font, picture.width), fill="black", font=font)
        sheet.paste(picture, (left, top + _CAPTION))
    return sheet


def _fitted(caption: str, font: object, width: int) -> str:
    """The caption, shortened by an ellipsis where it is wider than its picture."""
    shortened = caption
    while font.getlength(shortened) > width and len(shortened) > 1:  # type: ignore[attr-defined]
        shortened = shortened[:-2].rstrip() + "…"
    return shortened
