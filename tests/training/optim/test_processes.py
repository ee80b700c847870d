"""Two processes under torchrun train as one does with the doubled batch."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = """
source = "sprites"
[flow]
channels = 3
levels = 2
steps = 2
hidden = 8
activation = "silu"
noise_conditional = true
[train]
steps = 6
batch_size = {batch}
learning_rate = 1e-3
precision = "float32"
validate_every = 3
[[train.losses]]
name = "likelihood"
[[train.losses]]
name = "score"
"""
COMPARED = "loss", "train_bits_per_dim", "gradient_norm", "bits_per_dim"


def run(folder: Path, batch: int, processes: int, resume: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE.format(batch=batch))
    launch = [
        "-m",
        "torch.distributed.run",
        "--standalone",
        f"--nproc-per-node={processes}",
    ]
    command = [sys.executable, *(launch if processes > 1 else [])]
    command += ["-m", "napari_flowprior", "train", str(recipe), "--device", "cpu"]
    command += ["--out", str(folder / "prior.safetensors"), "--quiet"]
    command += ["--resume"] if resume else []
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env=environment, timeout=240)
    return folder / "prior.metrics.csv"


def figures(path: Path) -> np.ndarray:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[name] or "nan") for name in COMPARED] for row in rows])


@pytest.mark.slow
def test_two_processes_train_as_one_with_the_doubled_batch(tmp_path: Path) -> None:
    one = figures(run(tmp_path / "one", batch=4, processes=1))
    two = figures(run(tmp_path / "two", batch=2, processes=2))
    assert one.shape == (6, len(COMPARED))
    np.testing.assert_allclose(two, one, rtol=2e-3)
    names = sorted(path.name for path in (tmp_path / "two").iterdir())
    assert names == [
        "prior.checkpoint.safetensors",
        "prior.metrics.csv",
        "prior.safetensors",
        "recipe.toml",
    ]
    resumed = figures(run(tmp_path / "two", batch=2, processes=2, resume=True))
    np.testing.assert_array_equal(resumed, two)
