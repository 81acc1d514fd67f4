"""Photographs with the kept tokens drawn on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.figure import Figure
    from PIL.Image import Image

SIDE = 432
"""Pixels of a picture's side: a multiple of 27, so that every patch of SigLIP's is as large."""

_DIMMED = 0.35
_OUTLINE = (255, 193, 7)
_CAPTION = 34
_GAP = 12
_TITLE = 0.3  # inches
_FINER = 2  # so that print has its 300 pixels an inch, also three abreast


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


def draw_kept(shown: Shown, finer: int = 1) -> Image:
    """The photograph, bright and outlined where a token is kept, dim and grey elsewhere.

    Args:
        shown: what to draw.
        finer: how many times as many pixels as `SIDE` a side has.

    """
    from PIL import Image, ImageDraw, ImageEnhance, ImageOps

    rows, columns = shown.grid
    side = SIDE * finer
    width, height = max(1, side // columns) * columns, max(1, side // rows) * rows
    photograph = shown.image.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    grey = ImageOps.grayscale(photograph).convert("RGB")
    picture = ImageEnhance.Brightness(Image.blend(photograph, grey, 0.7)).enhance(_DIMMED)
    pen = ImageDraw.Draw(picture)
    right, down = width // columns, height // rows
    for index in shown.indices.tolist():
        left, top = index % columns * right, index // columns * down
        box = (left, top, left + right, top + down)
        picture.paste(photograph.crop(box), box)
        edge = (left, top, left + right - 1, top + down - 1)
        pen.rectangle(edge, outline=_OUTLINE, width=finer)
    return picture


def draw_gallery(shown: Sequence[Shown], across: int, names: Sequence[str] = ()) -> Image:
    """Several pictures in rows of `across`, each under its caption, on white.

    Args:
        shown: row by row.
        across: how many a row has.
        names: what to write above each row; nothing where it is left out.

    """
    from PIL import Image, ImageDraw, ImageFont

    pictures = [draw_kept(one) for one in shown]
    across = max(1, min(across, len(pictures)))
    cell = (
        max(picture.width for picture in pictures) + _GAP,
        max(picture.height for picture in pictures) + _GAP + _CAPTION * (2 if names else 1),
    )
    lines = -(-len(pictures) // across)
    sheet = Image.new("RGB", (cell[0] * across + _GAP, cell[1] * lines + _GAP), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=20)
    for number, (picture, one) in enumerate(zip(pictures, shown, strict=True)):
        left = number % across * cell[0] + _GAP
        top = number // across * cell[1] + _GAP
        if names:
            if number % across == 0:
                row = _fitted(names[number // across], font, sheet.width - 2 * _GAP)
                pen.text((left, top + _GAP // 2), row, fill="black", font=font)
            top += _CAPTION
        pen.text((left, top), _fitted(one.caption, font, picture.width), fill="black", font=font)
        sheet.paste(picture, (left, top + _CAPTION))
    return sheet


def gallery_figure(shown: Sequence[Shown], across: int) -> Figure:
    """As `draw_gallery`, for a paper: captions are text, pictures keep every pixel.

    It has the width of a column where one picture stands in a row, else of a page.
    """
    from matplotlib.figure import Figure

    from .style import COLUMN, PAGE

    pictures = [draw_kept(one, _FINER) for one in shown]
    across = max(1, min(across, len(pictures)))
    lines = -(-len(pictures) // across)
    width = COLUMN if across == 1 else PAGE
    tallest = max(picture.height / picture.width for picture in pictures)
    figure = Figure(
        figsize=(width, lines * (width / across * tallest + _TITLE)), layout="constrained"
    )
    axes = list(figure.subplots(lines, across, squeeze=False).flat)
    for ax in axes:
        ax.set_axis_off()
    for ax, picture, one in zip(axes, pictures, shown, strict=False):
        ax.imshow(picture, interpolation="none")  # as it is: no other resolution, no JPEG
        ax.set_title(one.caption, fontsize="small", wrap=True)
    return figure


def _fitted(caption: str, font: object, width: int) -> str:
    """The caption, shortened by an ellipsis where it is wider than its picture."""
    shortened = caption
    while font.getlength(shortened) > width and len(shortened) > 1:  # type: ignore[attr-defined]
        shortened = shortened[:-2].rstrip() + "…"
    return shortened
