"""A figure's SVG made part of a page: its names its own, its inks those of the page."""

from __future__ import annotations

import re
from html import escape

_INKS = {
    # White grounds let the page through; black ink and the grid follow light and dark.
    "fill: #ffffff": "fill: none",
    "stroke: #000000": "stroke: currentColor",
    "fill: #000000": "fill: currentColor",
    "stroke: #e6e6e6": "stroke: var(--grid)",
    "stroke: #cccccc": "stroke: var(--line)",
}


def inlined(svg: str, name: str, caption: str) -> str:
    """The ``svg`` element of a figure drawn by matplotlib, to stand inside HTML.

    Args:
        svg: the file's text.
        name: put before every id, since figures of one page share them otherwise.
        caption: what a screen reader says.

    """
    element = svg[svg.index("<svg") :]
    element = re.sub(r"\s*<metadata>.*?</metadata>", "", element, flags=re.DOTALL)
    element = re.sub(r"<style.*?</style>", "", element, flags=re.DOTALL)
    element = re.sub(r'\bid="', f'id="{name}-', element)
    element = re.sub(r'href="#', f'href="#{name}-', element)
    element = re.sub(r"url\(#", f"url(#{name}-", element)
    element = re.sub(r"font-family: [^;\"]*(;|(?=\"))", "", element)
    for ink, page_ink in _INKS.items():
        element = element.replace(ink, page_ink)
    label = escape(caption, quote=True)
    return re.sub(
        r'<svg([^>]*?) width="([\d.]+)pt" height="[\d.]+pt"',
        lambda found: (
            f'<svg{found[1]} role="img" aria-label="{label}" class="figure" '
            # From the size at which its text can still be read to that of the page's own text.
            f'style="min-width:{float(found[2]) * 1.15:.0f}px;'
            f'max-width:{float(found[2]) * 2:.0f}px"'
        ),
        element,
        count=1,
    )
