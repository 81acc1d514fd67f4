"""Any text as LaTeX sets it: nothing acts as a command, nothing joins into another character."""

from __future__ import annotations

import re
import unicodedata

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\symbol{34}",
    "`": r"\textasciigrave{}",
    "·": r"\(\cdot\)",
    "×": r"\(\times\)",
    "±": r"\(\pm\)",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "≤": r"\(\leq\)",
    "≥": r"\(\geq\)",
    "≈": r"\(\approx\)",
    "≠": r"\(\neq\)",
    "∞": r"\(\infty\)",
    "²": r"\(^2\)",
    "→": r"\(\to\)",
    "−": r"\(-\)",
    "…": r"\dots{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "’": r"\textquoteright{}",
}

# Letters that Greek shares with Latin have no command of their own.
_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True))


def _greek() -> dict[str, str]:
    """The letters of the Greek alphabet in mathematics, which every document can set."""
    letters = {}
    for letter in map(chr, [*range(0x391, 0x3AA), *range(0x3B1, 0x3CA)]):
        if not unicodedata.name(letter, ""):
            continue
        *_, name = unicodedata.name(letter).lower().replace("final ", "var").split()
        name = {"lamda": "lambda"}.get(name, name)
        command = rf"\{name if letter.islower() else name.capitalize()}"
        letters[letter] = rf"\({_LATIN.get(letter, command)}\)"
    return letters


_SPELT = _greek() | _SPECIAL


def escape(text: str) -> str:
    """`text` with every character that LaTeX would act on spelt out.

    Characters beyond Latin, Greek and these signs stay as they are, for LuaLaTeX or XeLaTeX and a
    font that has them.
    """
    spelt = "".join(_SPELT.get(character, character) for character in " ".join(text.split()))
    # A number's sign is a minus, not a hyphen.
    spelt = re.sub(r"(?<![\w)}-])-(?=\d)", r"\(-\)", spelt)
    # Two of these in a row would be set as one dash or quotation mark.
    spelt = re.sub(r"([-',])(?=\1)", r"\1{}", spelt)
    # The end of the row before it would take these for its argument.
    return f"{{{spelt[0]}}}{spelt[1:]}" if spelt.startswith(("[", "*")) else spelt


def breakable(latex: str) -> str:
    """Escaped text whose long words, such as paths, may be broken after their signs."""
    return re.sub(
        r"\S{20,}",
        lambda word: re.sub(r"(/|\\_|-(?!\{\})|=|,)(?=\w)", r"\1\\allowbreak{}", word[0]),
        latex,
    )


def word_pieces(word: str) -> list[str]:
    """What `breakable` leaves whole of a word."""
    return re.split(r"(?<=[/_=,-])(?=\w)", word) if len(word) >= 20 else [word]
