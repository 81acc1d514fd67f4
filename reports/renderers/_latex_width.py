"""How wide LaTeX sets a text, so that a table's type is chosen to fit."""

from __future__ import annotations

# Thousandths of an em of Computer Modern Roman, from its font metrics.
_GROUPS = {
    278: "!',.:;ijl[]|`",
    306: "f",
    333: " ",
    361: "I",
    389: "()t",
    392: "r",
    394: "s",
    444: "cez",
    472: "?",
    500: '"$*/0123456789-_ago',
    514: "J",
    528: "kpqvxy",
    556: "Sbdhnu",
    611: "Z",
    625: "L",
    653: "F",
    681: "EP",
    708: "B",
    722: "CTw",
    736: "R",
    750: "AHNUVXY",
    764: "D",
    778: "#&+<=>@KGOQ\\^{}~±×·−→≈≠≤≥",
    833: "%m",
    917: "M",
    1000: "—…∞",
    1028: "W",
}
_WIDTHS = {character: width for width, group in _GROUPS.items() for character in group}
_OTHER = 700
_BOLD = 1.16


def width_of(text: str, bold: bool = False) -> float:
    """The width of `text` in ems of ten-point type; a little more where its letters kern."""
    minus = 278 if text[:1] == "-" else 0
    total = minus + sum(_WIDTHS.get(character, _OTHER) for character in text)
    return total / 1000 * (_BOLD if bold else 1)
