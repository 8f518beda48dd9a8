"""What `load_pipeline` adds to `from_pretrained` of the same files: `python -m tests.benchmarks.load_pipeline`.

Both load the same view from the page cache, in turn, in one process. `--layers` says how large the experts are: none
takes the tiny ones of this repository, 8 makes two of 0.5 GB with random weights. Files are float32, as the published
ones are; loaded as float32 they are only mapped, loaded as bfloat16 (the official run) they are read and converted.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.stopwatch import medians, ratios
from tests.conftest import REPOSITORY
from wansync import Project
from wansync.wan import load_pipeline
from wansync.wan.libraries import load, versions

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL = "t2v-A14B"
_WIDTH = {"num_attention_heads": 8, "attention_head_dim": 128, "ffn_dim": 4096}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON document with the medians and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--layers", type=int, default=0)
    parser.add_argument("--dtype", default="float32")
    options = parser.parse_args(arguments)
    load("diffusers").utils.logging.disable_progress_bar()
    load("transformers").utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        project = make_project(Path(folder), options.layers)
        path = project.ensure(MODEL).paths[f"{MODEL}@tiny"]
        calls = {
            "load_pipeline": lambda: ours(project, options.dtype),
            "from_pretrained": lambda: bare(path, options.dtype),
        }
        seconds = medians(calls, options.runs)
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    about = {"bytes": size, "dtype": options.dtype, "runs": options.runs, "cores": os.cpu_count(), **versions()}
    sys.stdout.write(json.dumps({**about, "seconds": seconds, **ratios(seconds)}, indent=2) + "\n")


def ours(project: Project, dtype: str) -> None:
    """Load with everything that is checked and applied."""
    load_pipeline(MODEL, device="cpu", dtype=dtype, project=project).close()


def bare(path: Path, dtype: str) -> None:
    """Load the same files and nothing else, and let go of them in the same way."""
    torch, diffusers = load("torch"), load("diffusers")
    dtypes = {"default": getattr(torch, dtype), "vae": torch.float32}
    diffusers.WanPipeline.from_pretrained(path, dtype=dtypes, local_files_only=True)
    gc.collect()


def make_project(folder: Path, layers: int) -> Project:
    """Return a project with the tiny models, whose t2v experts have so many layers of 1024 channels, if any."""
    for name in ("examples/tiny-wan", "examples/wan22/listings"):
        shutil.copytree(REPOSITORY / name, folder / name)
    for name in ("models.toml", "models.lock"):
        shutil.copy(REPOSITORY / name, folder)
    if layers:
        for number, slot in enumerate(("transformer", "transformer_2")):
            _enlarge(folder / "examples/tiny-wan" / MODEL / slot, layers, seed=number)
    project = Project(folder, models_root=folder / "models-root")
    project.lock(listings=folder / "examples/wan22/listings")
    return project


def _enlarge(folder: Path, layers: int, seed: int) -> None:
    torch, model = load("torch"), load("diffusers").WanTransformer3DModel
    config = json.loads((folder / "config.json").read_text())
    torch.manual_seed(seed)
    shutil.rmtree(folder)
    own = {key: value for key, value in config.items() if not key.startswith("_")}
    model(**{**own, **_WIDTH, "num_layers": layers}).save_pretrained(folder, max_shard_size="200MB")


if __name__ == "__main__":
    main()
