"""Vision towers against what transformers itself returns, on tiny models with random weights."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from evtp.core.errors import InputError
from evtp.features.encoders.towers import Tower, TowerOptions
from evtp.features.sample import sample_images

pytest.importorskip("transformers")

KINDS = {
    # kind: (class, tokens ahead of the patches)
    "siglip": ("SiglipVisionModel", 0),
    "clip": ("CLIPVisionModel", 1),
    "dinov2": ("Dinov2Model", 1),
    "dinov2-registers": ("Dinov2WithRegistersModel", 4),
}


@pytest.fixture(scope="module")
def images():
    return [frames[0] for frames in sample_images().values()][:3]


@pytest.fixture(scope="module")
def eager(checkpoints, images):
    """By kind everything that transformers returns with explicit attention in every block."""
    import torch
    import transformers

    outputs = {}
    for kind, (name, _) in KINDS.items():
        model = getattr(transformers, name).from_pretrained(
            checkpoints[kind], attn_implementation="eager"
        )
        processor = transformers.AutoImageProcessor.from_pretrained(
            checkpoints[kind], backend="pil"
        )
        pixels = processor(
            images=images,
            size={"height": 56, "width": 56},
            do_center_crop=False,
            return_tensors="pt",
        )
        with torch.inference_mode():
            outputs[kind] = (
                model.eval()(**pixels, output_hidden_states=True, output_attentions=True),
                model,
            )
    return outputs


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layer", [1, 3, -1, -2])
def test_features_are_the_hidden_states_of_that_layer(checkpoints, eager, images, kind, layer):
    clip = Tower(str(checkpoints[kind]), TowerOptions(layer=layer)).encode(images)
    expected = eager[kind][0].hidden_states[layer][:, KINDS[kind][1] :]
    assert clip.shape == (4, 4)
    np.testing.assert_allclose(clip.features, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_attention_is_what_the_blocks_weights_say(checkpoints, eager, images, kind):
    """transformers' own weights of the block; of the class token where there is one."""
    options = TowerOptions(layer=-2, middle_layer=1)
    clip = Tower(str(checkpoints[kind]), options).encode(images)
    prefix = KINDS[kind][1]
    for given, block in ((clip.attention, 3), (clip.middle_attention, 1)):
        weights = eager[kind][0].attentions[block - 1].mean(1)
        expected = (weights[:, 0] if prefix else weights.mean(1))[:, prefix:]
        assert expected.std() > 1e-3  # weights that tell tokens apart, or the test says nothing
        np.testing.assert_allclose(given, expected, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_keys_are_the_blocks_keys_averaged_over_heads(checkpoints, eager, images, kind):
    import torch

    clip = Tower(str(checkpoints[kind])).encode(images)
    outputs, model = eager[kind]
    blocks = getattr(model.encoder, "layers", None) or model.encoder.layer
    block = blocks[2]
    norm = getattr(block, "layer_norm1", None) or block.norm1
    (key,) = [m for name, m in block.named_modules() if name.endswith("k_proj")]
    with torch.inference_mode():
        keys = key(norm(outputs.hidden_states[2]))
    expected = keys.reshape(len(images), -1, 4, 8).mean(2)[:, KINDS[kind][1] :]
    np.testing.assert_allclose(clip.keys, expected, rtol=1e-4, atol=1e-4)


def test_probe_attention_is_the_pooling_heads(checkpoints, eager, images):
    """Recomputed in float64 from the head's own weights."""
    clip = Tower(str(checkpoints["siglip"])).encode(images)
    outputs, model = eager["siglip"]
    head = model.head.attention
    hidden = outputs.last_hidden_state.double().numpy()
    weight, bias = (x.detach().double().numpy() for x in (head.in_proj_weight, head.in_proj_bias))
    query = model.head.probe.detach().double().numpy()[0] @ weight[:32].T + bias[:32]
    key = hidden @ weight[32:64].T + bias[32:64]
    scores = np.einsum("hd,fnhd->fhn", query.reshape(4, 8), key.reshape(3, 16, 4, 8)) / np.sqrt(8)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    expected = (shares / shares.sum(-1, keepdims=True)).mean(1)
    np.testing.assert_allclose(clip.probe_attention, expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["clip", "dinov2"])
def test_a_tower_without_a_pooling_head_gives_no_probe_attention(checkpoints, images, kind):
    assert Tower(str(checkpoints[kind])).encode(images).probe_attention is None


def test_no_other_block_computes_its_weights(checkpoints, images, monkeypatch):
    """The model runs by fused attention; weights are made of the blocks asked for alone."""
    import torch

    made = []
    real = torch.softmax
    monkeypatch.setattr(torch, "softmax", lambda *a, **k: made.append(1) or real(*a, **k))
    monkeypatch.setattr(
        torch.nn.functional, "softmax", lambda *a, **k: pytest.fail("explicit attention")
    )
    fused = []
    real_fused = torch.nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        torch.nn.functional,
        "scaled_dot_product_attention",
        lambda *a, **k: fused.append(1) or real_fused(*a, **k),
    )
    Tower(str(checkpoints["clip"])).encode(images)
    assert len(fused) == 4
    assert len(made) == 2 * len(images)


def test_the_description_records_where_all_comes_from(checkpoints):
    said = Tower(str(checkpoints["siglip"])).description
    assert said["encoder"] == "siglip"
    assert (said["block"], said["blocks"], said["middle_block"]) == (3, 4, 2)
    assert said["input_size"] == [56, 56]
    assert said["attention"] == "mean over queries"
    assert len(said["weights_sha256"]) == 64
    other = Tower(str(checkpoints["clip"])).description
    assert other["attention"] == "of the class token"
    assert other["weights_sha256"] != said["weights_sha256"]


def test_encoding_is_deterministic_and_half_precision_is_close(checkpoints, images):
    first, second = (Tower(str(checkpoints["siglip"])).encode(images) for _ in range(2))
    np.testing.assert_array_equal(first.features, second.features)
    half = Tower(str(checkpoints["siglip"]), TowerOptions(compute_dtype="bfloat16")).encode(images)
    correlation = np.corrcoef(half.features.ravel(), first.features.ravel())[0, 1]
    assert 0.97 < correlation < 1 - 1e-7
    assert not np.array_equal(half.features, first.features)


def test_crop_follows_the_checkpoints_own_preprocessing(checkpoints, images):
    import transformers

    tower = Tower(str(checkpoints["clip"]), TowerOptions(fit="crop"))
    processor = transformers.AutoImageProcessor.from_pretrained(checkpoints["clip"], backend="pil")
    model = transformers.CLIPVisionModel.from_pretrained(checkpoints["clip"])
    states = model(
        **processor(images=images, return_tensors="pt"), output_hidden_states=True
    ).hidden_states
    np.testing.assert_allclose(
        tower.encode(images).features, states[-2][:, 1:].detach(), rtol=1e-4, atol=1e-4
    )
    squashed = Tower(str(checkpoints["clip"])).encode(images).features
    assert np.abs(squashed - tower.encode(images).features).max() > 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_another_image_size_gives_another_grid(checkpoints, images, kind):
    clip = Tower(str(checkpoints[kind]), TowerOptions(image_size=84)).encode(images[:1])
    assert clip.shape == (6, 6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"layer": 0}, "none of the 4 blocks"),
        ({"layer": 5}, "give 1 to 4, or -1 to -4"),
        ({"layer": -5}, "none of the 4 blocks"),
        ({"middle_layer": 9}, "middle_layer 9"),
        ({"fit": "stretch"}, "squash"),
        ({"compute_dtype": "int8"}, "float32"),
        ({"image_size": 3}, "below one patch"),
        ({"device": "cuda:99"}, "not on this machine"),
        ({"fit": "crop", "image_size": 70}, "squash only"),
    ],
)
def test_options_that_do_not_fit_are_refused(checkpoints, options, message):
    with pytest.raises(InputError, match=message):
        Tower(str(checkpoints["clip"]), TowerOptions(**options))


def test_a_checkpoint_is_the_same_however_its_folder_is_spelt(checkpoints):
    folder = str(checkpoints["clip"])
    assert Tower(f"{folder}/").description == Tower(folder).description


def test_a_model_that_is_not_here_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"hf download google/siglip-x --local-dir FOLDER"):
        Tower("google/siglip-x")


@pytest.mark.parametrize("config", ["Siglip2VisionConfig", "Siglip2Config"])
def test_a_naflex_checkpoint_is_told_which_kind_is_read(tmp_path, config):
    transformers = pytest.importorskip("transformers")
    getattr(transformers, config)().save_pretrained(tmp_path / "naflex")
    with pytest.raises(InputError, match=r"is of type siglip2.*NaFlex.*\(siglip_vision_model\)"):
        Tower(str(tmp_path / "naflex"))


def test_other_kinds_of_models_and_pickled_weights_are_refused(checkpoints, tmp_path):
    import torch
    import transformers

    transformers.BertConfig().save_pretrained(tmp_path / "bert")
    with pytest.raises(InputError, match="is of type bert"):
        Tower(str(tmp_path / "bert"))
    shutil.copytree(checkpoints["clip"], tmp_path / "pickled")
    weights = transformers.CLIPVisionModel.from_pretrained(checkpoints["clip"]).state_dict()
    torch.save(weights, tmp_path / "pickled" / "pytorch_model.bin")
    (tmp_path / "pickled" / "model.safetensors").unlink()
    with pytest.raises(InputError, match="cannot be loaded"):
        Tower(str(tmp_path / "pickled"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="cannot be loaded"):
        Tower(str(tmp_path / "empty"))


def test_a_whole_siglip_gives_its_vision_tower(tmp_path, checkpoints, images):
    """Checkpoints on the hub hold the text tower as well."""
    import torch
    import transformers

    vision = transformers.SiglipVisionConfig.from_pretrained(checkpoints["siglip"])
    text = transformers.SiglipTextConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4
    )
    torch.manual_seed(0)
    model = transformers.SiglipModel(
        transformers.SiglipConfig(text_config=text.to_dict(), vision_config=vision.to_dict())
    )
    model.save_pretrained(tmp_path)
    shutil.copy(checkpoints["siglip"] / "preprocessor_config.json", tmp_path)
    tower = Tower(str(tmp_path))
    pixels = tower._pixels(images)
    states = model.vision_model.eval()(pixel_values=pixels, output_hidden_states=True).hidden_states
    np.testing.assert_allclose(
        tower.encode(images).features, states[-2].detach(), rtol=1e-4, atol=1e-4
    )
