"""How every figure looks, and how it is written: one style, one colour and marker a method."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import unknown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMN = 3.35
"""Width of a two-column paper's column, in inches."""

PAGE = 6.9
"""Width of its page, in inches."""

# Colours that stay apart for colour-blind readers: Okabe and Ito's for the paper's methods, Paul
# Tol's "muted" scheme for the others. Markers differ too, for print in grey.
_METHODS = {
    "evtp": ("#D55E00", "o"),
    "kcenter": ("#0072B2", "s"),
    "kcenter-spatial": ("#56B4E9", "D"),
    "kcenter-adaptive": ("#E69F00", "^"),
    "divprune": ("#009E73", "v"),
    "random": ("#767676", "X"),
    "tome": ("#CC79A7", "P"),
    "visionzip": ("#000000", "<"),
    "vispruner": ("#7A4E9F", ">"),
    "original": ("#000000", "*"),
    "dpp": ("#332288", "h"),
    "evs": ("#88CCEE", "p"),
    "facility-location": ("#117733", "d"),
    "hiprune": ("#882255", "8"),
    "scope": ("#44AA99", "H"),
    "stride": ("#999933", "s"),
    "topk": ("#CC6677", "^"),
}
_COLOURS = ("#332288", "#117733", "#882255", "#44AA99", "#999933", "#CC6677", "#AA4499")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")

MODULES = (
    "language_model",
    "vision_encoder",
    "vmtf",
    "temporal_reasoning",
    "mask_decoder",
    "token_pruning",
    "projector",
    "mask_encoder",
    "pixel_decoder",
)

# Paul Tol's "bright" scheme for areas, then his "muted" one for the modules that follow.
_SHADES = (
    "#4477AA",
    "#EE6677",
    "#228833",
    "#CCBB44",
    "#66CCEE",
    "#AA3377",
    "#777777",
    "#DDAA88",
    "#99AADD",
    "#882255",
    "#DDCC77",
    "#117733",
    "#88CCEE",
    "#999933",
)


def method_looks(methods: Collection[str]) -> dict[str, dict[str, Any]]:
    """Colour and marker of each method of a figure, no two alike.

    Methods of evtp have fixed ones. Any other name gets its own from a hash of the name, so that it
    is mostly the same in every figure, and the next free one where the figure has that already: of
    another colour, then of another marker, as long as there are any.
    """
    found = {method: _METHODS[method] for method in methods if method in _METHODS}
    for method in sorted(set(methods) - found.keys()):
        number = zlib.crc32(method.encode())
        looks = [
            (_COLOURS[(number + i) % len(_COLOURS)], _MARKERS[(number + j) % len(_MARKERS)])
            for j in range(len(_MARKERS))
            for i in range(len(_COLOURS))
        ]
        taken = set(found.values())
        colours, markers = {look[0] for look in taken}, {look[1] for look in taken}
        found[method] = min(
            looks, key=lambda look: (look in taken, look[0] in colours, look[1] in markers)
        )
    return {m: {"color": colour, "marker": marker} for m, (colour, marker) in found.items()}


def module_colours(modules: Sequence[str]) -> dict[str, str]:
    """A colour for each module of a model: a known module has its own in every figure."""
    known = dict(zip(MODULES, _SHADES, strict=False))
    free = iter(_SHADES[len(MODULES) :] * len(modules))
    return {module: known.get(module) or next(free) for module in modules}


def check_style(extra: str | Path | None) -> None:
    """Raises `InputError` where matplotlib knows no style of that name, and no such file."""
    if extra is None:
        return
    from matplotlib import style as mpl_style

    if str(extra) not in mpl_style.available and not Path(extra).is_file():
        raise unknown("style", extra, mpl_style.available)


@contextmanager
def style(extra: str | Path | None = None) -> Iterator[None]:
    """The project's matplotlib settings, with a user's own style over them.

    Args:
        extra: the name of a matplotlib style or the path of an ``.mplstyle`` file.

    """
    import matplotlib
    from matplotlib import style as mpl_style

    with matplotlib.rc_context(), mpl_style.context(Path(__file__).with_suffix(".mplstyle")):
        if extra is not None:
            mpl_style.use(extra)
        yield


def save(figure: Figure, path: Path, title: str | None = None) -> None:
    """Writes a figure as PNG, PDF or SVG; the same figure gives the same bytes.

    Args:
        figure: to write.
        path: where to; the ending says as what.
        title: of the document, which a PDF and an SVG name.

    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        # Laid out once and then held, so that its other files need not be laid out again.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
    titled = {} if title is None else {"Title": title}
    undated: dict[str, dict[str, Any]] = {
        "pdf": {"CreationDate": None, "ModDate": None, **titled},
        "svg": {"Date": None, **titled},
    }
    figure.savefig(path, metadata=undated.get(path.suffix[1:].lower()))
