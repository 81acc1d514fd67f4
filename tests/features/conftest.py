"""Small caches, tiny models with random weights, and real photographs in files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from evtp.features import Clip, Sample
from evtp.features.cache_writer import CacheWriter

ENCODER = {"encoder": "test", "model": "none", "block": 3}


@pytest.fixture(scope="session")
def make_samples():
    """``make_samples(20)``: different samples of two frames, the same ones at every call."""

    def make(count: int, width: int = 5, seed: int = 0) -> list[Sample]:
        random = np.random.default_rng(seed)
        return [
            Sample(
                f"set/{number}",
                Clip(
                    random.standard_normal((2, 9, width)).astype(np.float32),
                    attention=random.random((2, 9)).astype(np.float32),
                ),
                source=(f"{number}.png",),
                source_sha256=("0" * 64,),
                image_size=(30, 40),
                masks={"dog": [None, [[0, 0, 5, 0, 5, 5]]]},
                expressions=({"text": "the dog"},),
            )
            for number in range(count)
        ]

    return make


@pytest.fixture(scope="session")
def write_cache():
    """``write_cache(folder, samples)`` writes them, by default in shards of about 19 samples."""

    def write(folder, samples, shard_bytes: int = 5000, **options) -> Path:
        with CacheWriter(folder, ENCODER, shard_bytes=shard_bytes, **options) as writer:
            for sample in samples:
                if sample.id not in writer:
                    writer.add(sample)
        return folder

    return write


@pytest.fixture(scope="session")
def contents():
    """``contents(folder)``: the digest of every file but the lock."""

    def digest(folder) -> dict[str, str]:
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in Path(folder).iterdir()
            if path.name != "writer.lock"
        }

    return digest


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """A folder with the photographs of the sample as JPEG files, small."""
    from evtp.features.sample import sample_images

    folder = tmp_path_factory.mktemp("photographs")
    for name, frames in sample_images().items():
        for number, frame in enumerate(frames):
            frame.resize((160, 120)).save(folder / f"{name}{number}.jpg", quality=90)
    return folder


@pytest.fixture(scope="session")
def video(tmp_path_factory):
    """An H.264 video of 12 frames at 4 a second: frame k is a photograph turned grey by k steps."""
    av = pytest.importorskip("av")
    from evtp.features.sample import sample_images

    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    photograph = np.asarray(sample_images()["rocket"][0].resize((96, 64)), np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=4)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        stream.options = {"crf": "1", "g": "6"}
        for number in range(12):
            # A bright bar that moves tells the frames apart.
            frame = photograph * 0.5
            frame[:, 8 * number : 8 * number + 8] = 250
            picture = av.VideoFrame.from_ndarray(frame.astype(np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="session")
def bar_of():
    """``bar_of(image)``: which frame of `video` this is, by its bright bar."""

    def find(image) -> int:
        columns = np.asarray(image.convert("L"), np.float32).mean(0)
        return int(columns.reshape(12, 8).mean(1).argmax())

    return find


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory):
    """By kind the folder of a tiny tower with random weights, saved by transformers."""
    transformers = pytest.importorskip("transformers")
    import torch
    from transformers.models.bit.image_processing_pil_bit import BitImageProcessorPil
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
    from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

    root = tmp_path_factory.mktemp("checkpoints")
    shape = {"hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 4, "patch_size": 14}
    square = {"height": 56, "width": 56}
    kinds = {
        "siglip": (
            transformers.SiglipVisionModel,
            transformers.SiglipVisionConfig(**shape, intermediate_size=64, image_size=56),
            SiglipImageProcessorPil(size=square),
        ),
        "clip": (
            transformers.CLIPVisionModel,
            transformers.CLIPVisionConfig(**shape, intermediate_size=64, image_size=56),
            CLIPImageProcessorPil(size={"shortest_edge": 56}, crop_size=square),
        ),
        "dinov2": (
            transformers.Dinov2Model,
            transformers.Dinov2Config(**shape, image_size=70),
            BitImageProcessorPil(size={"shortest_edge": 64}, crop_size=square),
        ),
        "dinov2-registers": (
            transformers.Dinov2WithRegistersModel,
            transformers.Dinov2WithRegistersConfig(**shape, image_size=70, num_register_tokens=3),
            BitImageProcessorPil(size={"shortest_edge": 64}, crop_size=square),
        ),
    }
    for number, (kind, (model, config, processor)) in enumerate(kinds.items()):
        torch.manual_seed(number)
        tower = model(config)
        with torch.no_grad():
            # Fresh weights attend evenly; larger ones tell tokens apart.
            for name, weight in tower.named_parameters():
                if "q_proj.weight" in name or "k_proj.weight" in name:
                    weight.mul_(6)
        tower.save_pretrained(root / kind)
        processor.save_pretrained(root / kind)
    return {kind: root / kind for kind in kinds}
