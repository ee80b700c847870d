"""Train the score networks of the shipped priors on all images at hand.

Photographs, micrographs prepared by `microscopy_data.py`, and drawings; grey or colour,
from the weights of a prior, with the recipe ``score``. Stops and resumes at any time::

    python benchmarks/train_score.py PHOTOS MICROGRAPHS OUT.safetensors --colour grey
    python benchmarks/train_score.py PHOTOS MICROGRAPHS OUT.safetensors --resume
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from train_photo_priors import make_job as photo_job
from train_photo_priors import train

if TYPE_CHECKING:
    from napari_flowprior.training import TrainJob

DESCRIPTIONS = {
    "grey": "Photographs, micrographs and drawings in grey, 8 bits",
    "rgb": "Photographs, stained tissue and drawings in colour, 8 bits",
}


def make_job(options: argparse.Namespace) -> TrainJob:
    """Describe the training."""
    folder = {"grey": "train", "rgb": "colour"}[options.colour]
    job = photo_job(options)
    held_out = (options.micrographs / "val",) if options.colour == "grey" else ()
    lines = (options.micrographs / "SOURCES.txt").read_text().splitlines()
    return replace(
        job,
        data=(*job.data, options.micrographs / folder),
        validation=(*job.validation, *held_out),
        description=f"{DESCRIPTIONS[options.colour]}, for real noise up to 255 of 255",
        licence="BSD-3-Clause; the images are under the licences in sources",
        sources=(*lines, *job.sources),
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("micrographs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--colour", choices=("grey", "rgb"), default="grey")
    parser.add_argument("--recipe", default="score")
    parser.add_argument("--start", default="auto")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--minutes", type=float, help="in place of steps")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--overwrite", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    torch.set_num_threads(options.threads)
    train(make_job(options))
