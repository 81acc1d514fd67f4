"""Tries a built wheel as its users get it: alone, then with each extra in turn.

Run: ``python .ci/trial.py dist/evtp-*.whl [EXTRA ...]``; every extra by default. In a new
environment, away from the source tree, it installs the wheel, lets ``pip check`` judge it and runs
an example of every command. What needs an extra must say so in one line with exit code 2 where the
extra is missing, and run where it is there. Versions are those of constraints.txt; nothing else of
the source tree is looked at.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parents[1] / "constraints.txt"

EXAMPLES = """
evtp flops --dataset revos --keep 0.1
evtp flops check
evtp flops explain fastv:text_tokens=36 llm-viewer:keep=0.5,prune_at=2
evtp flops cost --keep 10%
evtp flops operations --keep 10%
evtp list pruners
evtp coverage --method evtp --keep 10%
evtp compare --keep 10%
evtp prune evtp --keep 10% --output kept.safetensors
evtp show photograph.png --method evtp,divprune --keep 10% --output kept.png
evtp recover --method evtp --keep 10%
evtp correlate --method evtp,divprune,stride,random --keep 10% --bootstrap 100
evtp score --predicted masks --truth masks
evtp features extract photograph.png --encoder descriptors --output cache
evtp features import features.npy --output imported
evtp features info --cache cache
evtp features verify --cache cache
evtp sweep --method evtp,random --keep 10% --workers 2 --output run
evtp bench pruners --method evtp --keep 10% --rounds 2
evtp check-pruner own.py
evtp report --output report
"""

NEED_AN_EXTRA = {
    "siglip": """
evtp features extract photograph.png --encoder checkpoint --output encoded
evtp features extract clip.mp4 --encoder descriptors --output filmed
evtp flops verify --model llava-1.5-7b --dataset refcoco
evtp bench model --stage vision_encoder --dataset refcoco --keep 10% --rounds 1
""",
    "hdf5": "evtp features import features.h5 --output from-hdf5",
    "coco": "evtp score --predicted compressed --truth compressed",
    "ray": "evtp sweep --method evtp --keep 10% --engine ray --workers 2 --output on-ray",
}

# What is there for work on the source tree, not for a command.
TOOLS = {
    "bench": "import fpsample, k_center, torch_fps",
    "docs": "import material, mkdocs",
    "release": "import twine",
    "dev": "import build, hypothesis, mypy, pytest, ruff, selenium",
}

FILES = """
import json, pathlib, numpy
from PIL import Image
from evtp.features.sample import sample_images

sample_images()["coffee"][0].save("photograph.png")
pathlib.Path("own.py").write_text("def prune(frame, k):\\n    return range(k)\\n")
numpy.save("features.npy", numpy.random.default_rng(0).normal(size=(49, 8)))
for folder in ("masks", "compressed", "checkpoint"):
    pathlib.Path(folder).mkdir()
Image.fromarray(numpy.eye(8, dtype="uint8") * 255).save("masks/frame.png")
pathlib.Path("compressed/frame.json").write_text(json.dumps({"size": [4, 4], "counts": "484"}))
pathlib.Path("checkpoint/config.json").write_text('{"model_type": "siglip_vision_model"}')
pathlib.Path("clip.mp4").write_bytes(b"")
pathlib.Path("features.h5").write_bytes(b"")
"""

FILES_OF_AN_EXTRA = {
    "siglip": """
import av, numpy, transformers
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

shape = dict(hidden_size=32, num_hidden_layers=4, num_attention_heads=4, patch_size=14)
config = transformers.SiglipVisionConfig(**shape, intermediate_size=64, image_size=56)
transformers.SiglipVisionModel(config).save_pretrained("checkpoint")
SiglipImageProcessorPil(size={"height": 56, "width": 56}).save_pretrained("checkpoint")
with av.open("clip.mp4", "w") as film:
    stream = film.add_stream("mpeg4", rate=5)
    stream.width = stream.height = 64
    for grey in range(0, 250, 25):
        frame = av.VideoFrame.from_ndarray(numpy.full((64, 64, 3), grey, "uint8"), format="rgb24")
        film.mux(stream.encode(frame))
    film.mux(stream.encode())
""",
    "hdf5": """
import h5py, numpy

with h5py.File("features.h5", "w") as file:
    file["features"] = numpy.load("features.npy")
""",
}

COMMANDS = """
from typer.main import get_command
from evtp.cli.main import app

def leaves(command, path):
    inner = getattr(command, "commands", {})
    if not inner or getattr(command, "invoke_without_command", False):
        print(" ".join(path))
    for name, child in inner.items():
        leaves(child, [*path, name])

leaves(get_command(app), ["evtp"])
"""


def main(wheel: Path, *extras: str) -> None:
    """Raises `SystemExit` with what went wrong first."""
    with tempfile.TemporaryDirectory(prefix="evtp-trial-") as folder:
        trial = Trial(Path(folder))
        trial.install(wheel, "")
        trial.python(FILES)
        trial.covers_every_command()
        for line in EXAMPLES.strip().splitlines():
            trial.runs(line)
        for extra, lines in NEED_AN_EXTRA.items():
            for line in lines.strip().splitlines():
                trial.asks_for(extra, line)

        before = trial.installed()
        for extra in extras or trial.extras():
            trial.install(wheel, extra)
            trial.python(FILES_OF_AN_EXTRA.get(extra, ""))
            trial.python(TOOLS.get(extra, ""))
            for line in NEED_AN_EXTRA.get(extra, "").strip().splitlines():
                trial.runs(line)
            if added := sorted(trial.installed() - before):
                trial.pip("uninstall", "--yes", *added)


class Trial:
    """An environment, and an empty folder to run commands in."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "environment" / "bin"
        self.work = folder / "work"
        self.work.mkdir()
        venv = [sys.executable, "-m", "venv", "--without-pip", self.bin.parent]
        subprocess.run(venv, check=True)
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "EVTP"))}
        self.environment = {
            **mine,
            "PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(folder / "cached"),
            "HF_HUB_OFFLINE": "1",
        }

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs a command in the folder, in no other environment than this."""
        return subprocess.run(
            arguments, cwd=self.work, env=self.environment, capture_output=True, text=True
        )

    def must(self, *arguments: str | Path) -> str:
        """What a command prints, which has to succeed."""
        done = self.run(*arguments)
        if done.returncode:
            sys.exit(f"{shlex.join(map(str, arguments))}\n{done.stdout}{done.stderr}")
        return done.stdout

    def pip(self, *arguments: str) -> str:
        """Runs the pip outside: inside, it would be one package more."""
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python"]
        return self.must(*pip, self.bin / "python", *arguments)

    def python(self, code: str) -> str:
        """What a script prints, which has to succeed."""
        return self.must(self.bin / "python", "-c", code)

    def installed(self) -> set[str]:
        """The names of all packages."""
        return set(self.pip("list", "--format=freeze").replace("==", " ").split()[::2])

    def extras(self) -> list[str]:
        """As the wheel's metadata names them."""
        code = "print(*metadata('evtp').get_all('Provides-Extra'))"
        return self.python(f"from importlib.metadata import metadata; {code}").split()

    def install(self, wheel: Path, extra: str) -> None:
        """Installs with or without an extra; what it asks for must be there, and in agreement."""
        start, wanted = time.monotonic(), f"{wheel}[{extra}]" if extra else str(wheel)
        quick = ["--quiet", "--no-compile", "-c", str(CONSTRAINTS)]
        self.pip("install", *quick, wanted)
        verdict = self.pip("check").strip()
        version = self.must(self.bin / "evtp", "--version").strip()
        seconds = time.monotonic() - start
        print(f"\n{version}, {extra or 'alone'}: {verdict} ({seconds:.0f} s)", flush=True)

    def covers_every_command(self) -> None:
        """Every command has its example above."""
        lines = "\n".join([EXAMPLES, *NEED_AN_EXTRA.values()]).replace("\n", " \n")
        if missing := [c for c in self.python(COMMANDS).splitlines() if f"\n{c} " not in lines]:
            sys.exit(f"no example of {', '.join(missing)}")

    def runs(self, line: str) -> None:
        """The command succeeds."""
        start = time.monotonic()
        self.must(*shlex.split(line))
        print(f"  {line} ({time.monotonic() - start:.1f} s)", flush=True)

    def asks_for(self, extra: str, line: str) -> None:
        """The command ends in one line that says how to install the extra."""
        done = self.run(*shlex.split(line))
        advice = done.stderr.strip().splitlines()
        said = len(advice) == 1 and f"pip install 'evtp[{extra}]'" in advice[0]
        if done.returncode != 2 or not said or done.stdout:
            sys.exit(f"{line}\nexit code {done.returncode}, {done.stdout}{done.stderr}")
        print(f"  {line}\n    {advice[0]}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
