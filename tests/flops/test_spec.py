"""Models as data: every number with its source, every oddity named with its line."""

import json
import re
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
        ("layers = 32", 'layers = "x"', 'layers "x" is no whole', 'layers = "x"'),
        ("layers = 32", "layers = true", "layers true is no whole", "layers = true"),
        (
            "layers = 32",
            "layer = 32",
            "language_model.layer is no field of this table; did you mean layers",
            "layer = 32",
        ),
        (
            "ffn_bias = false",
            "ffn_bias = 1",
            "ffn_bias 1 is neither true nor false",
            "ffn_bias = 1",
        ),
        (
            '"rms_norm"',
            '"batch_norm"',
            '"batch_norm" is no choice; did you mean layer_norm',
            '"batch_norm"',
        ),
        (
            'kind = "vit"',
            'kind = "vgg"',
            'vision_encoder.kind "vgg" is no choice; choose from vit, sam',
            'kind = "vgg"',
        ),
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


def test_all_that_a_table_lacks_is_said_at_once_with_what_it_takes(tmp_path):
    path = tmp_path / "mine.toml"
    lacking = re.sub(r"(?m)^(layers = 32|ffn_bias|norm = ).*\n", "", GOOD)
    path.write_text(lacking, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_model(str(path))
    assert str(caught.value).endswith(
        "language_model.layers is missing, as are norm, ffn_bias; add `layers = ...`, "
        '`norm = "layer_norm"|"rms_norm"`, `ffn_bias = true|false` to the table'
    )


@pytest.mark.parametrize(("text", "words"), [("summary = ", "is no TOML"), ("", "is missing")])
def test_a_file_that_is_no_model_is_refused(tmp_path, text, words):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_model(str(path))


SAM = """
[mask_encoder]
kind = "sam"
image = 1024
patch = 16
width = 1280
layers = 32
heads = 16
ffn_width = 5120
window = 14
global_layers = 4
neck_width = 256
source = "segment-anything, build_sam.py"
"""
LISA = GOOD + SAM
FULL = FILES["instructseg"]
WIDTH = "width = 4096\nheads"
WIDER = ("inputs = 1024\nwidth = 4096", "inputs = 1024\nwidth = 4097")


@pytest.mark.parametrize(
    ("text", "old", "new", "words", "at"),
    [
        (GOOD, "heads = 32", "heads = 33", "no multiple of language_model.heads", WIDTH),
        (GOOD, "kv_heads = 32", "kv_heads = 5", "heads 32 is no multiple of", "heads = 32"),
        (GOOD, "inputs = 1024", "inputs = 1025", "inputs 1025 is not vision_encoder.width", None),
        (GOOD, *WIDER, "projector.width 4097 is not language_model.width 4096", "width = 4097"),
        (GOOD, "[projector]", "[sam]", "sam is no table of a model; choose from vision_enc", None),
        (GOOD, "[projector]", "[projecter]", "did you mean projector?", None),
        (GOOD, "image = 336", "image = 13", "patch 14 is above vision_encoder.image", "patch = 14"),
        (LISA, "global_layers = 4", "global_layers = 33", "33 is above mask_encoder.layers", None),
        (LISA, "image = 1024", "image = 15", "patch 16 is above mask_encoder.image", "patch = 16"),
        (LISA, "width = 1280", "width = 1281", "1281 is no multiple of mask_encoder.heads", None),
        (LISA, 'kind = "sam"', 'kind = "hiera"', "choose from sam, swin", None),
        (LISA, 'kind = "sam"', "", "kind is missing; add `kind = ...`, one of", "[mask_encoder]"),
        (FULL, "depths = [2, 2, 18, 2]", "depths = [2, 2, 18]", "3 numbers, and Swin has", None),
        (FULL, "depths = [2, 2, 18, 2]", "depths = 2", "write it as [2, 2, 18, 2]", None),
        (FULL, "[4, 8, 16, 32]", "[4, 8, 17, 32]", "17 for stage 3, whose width 512", None),
        (FULL, "prompt_width = 2560", "prompt_width = 2561", "not language_model.width", None),
        (FULL, "text_width = 2560", "text_width = 2561", "not language_model.width", None),
        (FULL, "map_side = 32", "map_side = 31", "coarsest map, 32 x 32 of 1024", None),
        (FULL, "output_width = 256", "output_width = 255", "not mask_decoder.width", None),
    ],
)
def test_parts_that_do_not_fit_are_named_with_a_line(tmp_path, text, old, new, words, at):
    assert old in text
    text = text.replace(old, new, 1)
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_model(str(path))
    assert words in str(caught.value)
    line = text[: text.index(at or new)].count("\n") + 1
    assert f"mine.toml:{line}:" in str(caught.value)


@pytest.mark.parametrize("part", ["pixel_decoder", "mask_decoder"])
def test_a_decoder_of_four_maps_does_not_read_the_one_of_sam(tmp_path, part):
    path = tmp_path / "mine.toml"
    decoder = tomllib.loads(FULL)[part]
    fields = "\n".join(f"{k} = {json.dumps(v)}" for k, v in decoder.items())
    path.write_text(f"{LISA}\n[{part}]\n{fields}".replace("= 2560", "= 4096"), encoding="utf-8")
    with pytest.raises(InputError, match=f"{part} is Mask2Former's.*kind swin"):
        load_model(str(path))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "mask2former"', "", "kind is missing; add `kind = ...`, one of mask2former, sam"),
        ('kind = "mask2former"', 'kind = "swin"', "choose from mask2former, sam"),
        ('kind = "swin"', 'kind = "sam"', "mask_encoder.height is no field"),
    ],
)
def test_the_kind_of_a_mask_decoder_is_one_of_its_own(tmp_path, old, new, words):
    path = tmp_path / "mine.toml"
    path.write_text(FULL.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_model(str(path))
    assert words in str(caught.value)


def test_sams_mask_decoder_reads_no_four_maps(tmp_path):
    sam = (
        'kind = "sam"\nlayers = 2\nwidth = 256\nheads = 8\nffn_width = 2048\nmasks = 4\nprompts = 1'
    )
    path = tmp_path / "mine.toml"
    start, end = FULL.index("[mask_decoder]"), FULL.index("# The constants")
    path.write_text(f"{FULL[:start]}[mask_decoder]\n{sam}\n{FULL[end:]}", encoding="utf-8")
    with pytest.raises(InputError, match="is SAM's, which reads one map"):
        load_model(str(path))
    path.write_text(f"{LISA}\n[mask_decoder]\n{sam.replace('256', '128')}", encoding="utf-8")
    with pytest.raises(InputError, match="width 128 is not mask_encoder"):
        load_model(str(path))


def test_sam_costs_as_a_mask_encoder_what_it_costs_as_a_vision_encoder(tmp_path):
    path = tmp_path / "lisa.toml"
    path.write_text(LISA, encoding="utf-8")
    lisa, plain = (
        count(m, text_tokens=60, keep=0.1, accounting="architecture")
        for m in (str(path), "llava-1.5-7b")
    )
    sam = count("sam-vit-h")
    assert lisa.by_module["mask_encoder"] == sam.by_module["vision_encoder"]
    assert lisa.total - plain.total == sam.total
    assert lisa.reduction < 0.6 * plain.reduction


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


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("vision_encoder.layers", "sets nothing; write it as"),
        ("vision_encoder.layers=", "sets nothing; write it as"),
        ("=3", "sets nothing"),
        ("nothing.layers=3", "no table nothing; choose from vision_encoder, projector"),
        ("vision_encodr.layers=3", "no table vision_encodr; did you mean vision_encoder or "),
        ("layers=3", "did you mean vision_encoder.layers or language_model.layers"),
        ("a=b", "a is no field of a model"),
        ("language_model.width.x=3", "language_model.width is no table; write it as"),
        ("vision_encoder=3", "is no table"),
        ("vision_encoder.layers=x", 'layers "x" is no whole number of at least 1'),
        ("vision_encoder.layers=[1, 2]", "layers [1, 2] is no whole number"),
        ("vision_encoder.lairs=3", "did you mean layers?"),
        ("language_model.head=lst", 'head "lst" is no choice; did you mean last?'),
        ("language_model.heads=33", "language_model.width 2560 is no multiple of"),
        ("language_model.width=64", "projector.width 2560 is not language_model.width 64"),
    ],
)
def test_a_change_of_no_field_or_to_no_value_is_one_line_with_a_remedy(override, words):
    with pytest.raises(InputError) as caught:
        count(accounting="architecture", overrides=[override])
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"set {override}: ")


def test_a_window_that_divides_tokens_of_the_merger_is_refused():
    override = "vision_encoder.window=7"
    with pytest.raises(InputError, match=r"window 7 is no multiple of vision_encoder.merge 2"):
        count("qwen2.5-vl-7b", text_tokens=1, overrides=[override])


def test_a_word_needs_no_quotation_marks_in_a_change():
    changes = ["language_model.head=last"], ['language_model.head="last"']
    plain, quoted = (count(accounting="architecture", overrides=c) for c in changes)
    assert plain.total == quoted.total > count(accounting="architecture").total


def test_the_line_of_a_dotted_field_is_found(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("summary = 'x'\n\nprojector.inputs = 'a'\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine.toml:3: projector.inputs"):
        load_model(str(path))
