"""The report as one HTML page that needs no network."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from ..renderers import FORMATS, Surface
from ..table import Table
from .svg import inlined

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Key:
    """A number that matters, at the top of the page.

    Args:
        value: as shown.
        label: what it is.
        detail: where it comes from and what it depends on.

    """

    value: str
    label: str
    detail: str


@dataclass(frozen=True)
class Photo:
    """A photograph of the viewer and what every method keeps of it.

    Args:
        name: what it is called.
        image: shown square, as the encoder sees it.
        grid: (rows, columns) of its tokens.
        kept: by method and keep, as written, the kept tokens.
        notes: by method and keep a line on this selection, e.g. its radii.

    """

    name: str
    image: Image
    grid: tuple[int, int]
    kept: Mapping[str, Mapping[str, Sequence[int]]]
    notes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Section:
    """A part of the page: its figures, then its tables.

    Args:
        title: its heading.
        text: paragraphs below the heading.
        figures: SVG text with caption, by name.
        tables: by name.
        folded: the names of the tables that open on demand.

    """

    title: str
    text: Sequence[str] = ()
    figures: Mapping[str, tuple[str, str]] | None = None
    tables: Mapping[str, Table] | None = None
    folded: Collection[str] = ()


def render_page(
    keys: Sequence[Key],
    sections: Sequence[Section],
    photos: Sequence[Photo] = (),
    methods: Mapping[str, str] | None = None,
    stamp: str = "",
) -> str:
    """The page as HTML.

    Args:
        keys: the numbers at the top.
        sections: in order.
        photos: of the viewer, which is left out where there are none.
        methods: the names of the methods as shown, by name.
        stamp: what the measured numbers depend on, on one line.

    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    render = FORMATS.load("html")
    shown = [
        {
            "title": section.title,
            "text": section.text,
            "figures": [
                (name, Markup(inlined(svg, name, caption)), caption)
                for name, (svg, caption) in (section.figures or {}).items()
            ],
            "tables": [
                (name, table.title, Markup(render(table, Surface())), name in section.folded)
                for name, table in (section.tables or {}).items()
            ],
        }
        for section in sections
    ]
    page: str = environment.from_string(_asset("template.html")).render(
        keys=keys,
        sections=shown,
        viewer=Markup(_script_json([_photo(photo) for photo in photos])) if photos else "",
        names=Markup(_script_json(dict(methods or {}))),
        methods=list((methods or {}).items()),
        stamp=stamp,
        css=Markup(_asset("page.css")),
        js=Markup(_asset("page.js")),
    )
    return page


def _photo(photo: Photo) -> dict[str, object]:
    stream = io.BytesIO()
    photo.image.convert("RGB").resize((480, 480)).save(stream, "JPEG", quality=82)
    source = base64.b64encode(stream.getvalue()).decode()
    return {
        "name": photo.name,
        "source": f"data:image/jpeg;base64,{source}",
        "rows": photo.grid[0],
        "columns": photo.grid[1],
        "kept": {
            method: {keep: [int(index) for index in indices] for keep, indices in kept.items()}
            for method, kept in photo.kept.items()
        },
        "notes": photo.notes,
    }


def _script_json(value: object) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _asset(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
