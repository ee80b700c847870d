"""Two processes under torchrun train as one does with the doubled batch."""

from __future__ import annotations

import csv
from contextlib import chdir
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.distributed.run import main as torchrun

from napari_flowprior.cli import main

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


# Trains and then resumes, so that each process imports torch once.
SCRIPT = """
import os, shutil, sys
from napari_flowprior.cli import main
assert main(sys.argv[1:]) == 0
if os.environ["RANK"] == "0":
    shutil.copy("prior.metrics.csv", "../first.csv")
assert main([*sys.argv[1:], "--resume"]) == 0
"""
TRAIN = ["train", "recipe.toml", "--out", "prior.safetensors", "--device", "cpu"]
TRAIN += ["--quiet"]


def place(folder: Path, batch: int) -> Path:
    folder.mkdir()
    (folder / "recipe.toml").write_text(RECIPE.format(batch=batch))
    return folder


def train_alone(folder: Path) -> None:
    with chdir(folder):
        assert main(TRAIN) == 0


def train_in_two_processes(folder: Path) -> None:
    script = folder.parent / "twice.py"
    script.write_text(SCRIPT)
    # What `torchrun` calls, here in a process that has torch.
    with chdir(folder):
        torchrun(["--standalone", "--nproc-per-node=2", str(script), *TRAIN])


def figures(path: Path) -> np.ndarray:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(row[name] or "nan") for name in COMPARED] for row in rows])


@pytest.mark.slow
@pytest.mark.skipif(
    torch.__version__.startswith("2.4."),
    reason="PyTorch 2.4 lets processes train once only",
)
def test_two_processes_train_as_one_with_the_doubled_batch(tmp_path: Path) -> None:
    train_alone(place(tmp_path / "one", batch=4))
    train_in_two_processes(place(tmp_path / "two", batch=2))
    one = figures(tmp_path / "one" / "prior.metrics.csv")
    two = figures(tmp_path / "first.csv")
    assert one.shape == (6, len(COMPARED))
    np.testing.assert_allclose(two, one, rtol=2e-3)
    names = sorted(path.name for path in (tmp_path / "two").iterdir())
    assert names == [
        "prior.checkpoint.safetensors",
        "prior.metrics.csv",
        "prior.safetensors",
        "recipe.toml",
    ]
    resumed = figures(tmp_path / "two" / "prior.metrics.csv")
    np.testing.assert_array_equal(resumed, two)
