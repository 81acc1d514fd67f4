"""Models as data: every number with its source, every oddity named with its line."""

import tomllib
from importlib.resources import files

import pytest

from evtp.core.errors import InputError
from evtp.flops import count, load_model, model_names

FILES = {
    name: files("evtp.flops").joinpath("models", f"{name}.toml").read_text(encoding="utf-8")
    for name in model_names()
}
GOOD = FILES["llava-1.5-7b"]


def tables(data, path=()):
    yield path, data
    for key, value in data.items():
        if isinstance(value, dict) and key != "sources":
            yield from tables(value, (*path, key))


@pytest.mark.parametrize("name", FILES)
def test_every_number_has_a_source(name):
    for path, table in tables(tomllib.loads(FILES[name])):
        if any(isinstance(value, int | list) for value in table.values()):
            assert table.get("source"), f"{name}: [{'.'.join(path)}]"
        assert set(table.get("sources", {})) <= set(table)


@pytest.mark.parametrize("name", FILES)
def test_a_users_copy_of_a_model_is_the_model(name, tmp_path):
    path = tmp_path / f"{name}.toml"
    path.write_text(FILES[name], encoding="utf-8")
    assert load_model(str(path)) == load_model(name)


def line_of(text, words):
    return next(n for n, line in enumerate(text.splitlines(), 1) if words in line)


@pytest.mark.parametrize(
    ("old", "new", "words", "at"),
    [
        ("width = 4096\nheads", "heads", "language_model.width is missing", "[language_model]"),
        ("layers = 32", "layers = 0", "language_model.layers 0 is no", "layers = 0"),
        ("layers = 32", "layers = 3.5", "layers 3.5 is no whole", "layers = 3.5"),
        ("layers = 32", 'layers = "x"', "layers 'x' is no whole", 'layers = "x"'),
        ("layers = 32", "layers = true", "layers True is no whole", "layers = true"),
        ("layers = 32", "layer = 32", "layer is no field", "layer = 32"),
        ("ffn_bias = false", "ffn_bias = 1", "ffn_bias 1 is no bool", "ffn_bias = 1"),
        ('"rms_norm"', '"batch_norm"', "'batch_norm' is no choice", '"batch_norm"'),
        ('kind = "vit"', 'kind = "vgg"', "vision_encoder.kind is 'vgg'", 'kind = "vgg"'),
    ],
)
def test_a_field_that_is_missing_or_odd_is_named_with_its_line(tmp_path, old, new, words, at):
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_model(str(path))
    assert words in str(caught.value)
    assert f"mine.toml:{line_of(text, at)}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("summary = ", "is no TOML"),
        ("", "summary is missing"),
        (GOOD.replace("heads = 32", "heads = 33", 1), "no multiple"),
        (GOOD.replace("kv_heads = 32", "kv_heads = 5", 1), "no multiple of kv_heads"),
        (GOOD.replace("inputs = 1024", "inputs = 1025", 1), "not the encoder's"),
    ],
)
def test_a_file_whose_parts_do_not_fit_is_refused(tmp_path, text, words):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_model(str(path))


@pytest.mark.parametrize("name", ["llava", "missing.toml"])
def test_an_unknown_model_is_refused(name):
    with pytest.raises(InputError) as caught:
        load_model(name)
    assert caught.value.name == "model"


def test_a_field_can_be_changed_for_one_count():
    cut = count(accounting="architecture", overrides=["vision_encoder.layers=26"])
    whole = count(accounting="architecture")
    layer = 4 * 729 * 1152**2 + 2 * 729**2 * 1152 + 2 * 729 * 1152 * 4304
    assert whole.by_module["vision_encoder"] - cut.by_module["vision_encoder"] == layer


@pytest.mark.parametrize("override", ["vision_encoder.layers", "nothing.layers=3", "tiles", "a=b"])
def test_a_change_of_no_field_is_refused(override):
    with pytest.raises(InputError):
        count(accounting="architecture", overrides=[override])
