"""docs/models.md says what a model's file may hold."""

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from evtp.flops import count
from evtp.flops.spec import KINDS, Model

PAGE = Path(__file__).resolve().parents[2].joinpath("docs", "models.md").read_text("utf-8")


def classes(hint):
    """The named tuples that a table may be."""
    return [part for part in get_args(hint) or (hint,) if hasattr(part, "_fields")]


def tables():
    """The heading of every table of a file, with the class behind it."""
    for name, hint in get_type_hints(Model).items():
        found = classes(hint) if name != "paper" else []
        for cls in found:
            kind = next((k for k, known in KINDS if known is cls), "") if found[1:] else ""
            yield f"`[{name}]`" + (f" of kind `{kind}`" if kind else ""), cls
            for inner, inside in get_type_hints(cls).items():
                for part in classes(inside):
                    yield f"`[{name}.{inner}]`", part


@pytest.mark.parametrize(("heading", "cls"), tables(), ids=lambda value: str(value)[:40])
def test_every_field_of_a_table_is_on_the_page_with_its_default(heading, cls):
    section = PAGE.split(f"### {heading}\n", 1)[1].split("\n### ", 1)[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \| .* \|$", section, re.M))
    assert set(rows) == set(cls._fields)
    for field, said in rows.items():
        default = cls._field_defaults.get(field)
        if field not in cls._field_defaults:
            assert said in ("needed", "")  # a table says no default
        else:
            word = str(default).lower() if isinstance(default, bool) else default
            assert said.strip('`"') == str(word)


def test_what_stands_at_the_top_of_a_file_is_on_the_page():
    section = PAGE.split("### At the top of the file", 1)[1].split("\n### ", 1)[0]
    plain = [n for n, h in get_type_hints(Model).items() if not classes(h) and n != "name"]
    assert re.findall(r"^\| `(\w+)`", section, re.M) == plain


def test_the_example_of_a_users_model_saves_what_is_said(tmp_path):
    text = re.search(r"```toml\n(.*?)```", PAGE, re.S)[1]
    counts = []
    for name, part in (("lisa", text), ("plain", text[: text.index("[mask_encoder]")])):
        path = tmp_path / f"{name}.toml"
        path.write_text(part, encoding="utf-8")
        counts.append(count(str(path), text_tokens=60, keep=0.1))
    lisa, plain = counts
    said = (lisa.reduction_language_model, plain.reduction, lisa.reduction)
    page = " ".join(PAGE.split())
    assert re.search(r"saves ([\d.]+) % .*? and ([\d.]+) % .*? but ([\d.]+) %", page).groups() == (
        tuple(f"{100 * share:.1f}" for share in said)
    )
    encoder, decoder = (lisa.by_module[f"mask_{half}"] / 1e9 for half in ("encoder", "decoder"))
    assert f"encoder takes {encoder:,.1f} GMAC, its decoder {decoder:.1f}." in page
