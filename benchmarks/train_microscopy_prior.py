"""Train the shipped prior `microscopy`.

Starts from `photo-gray`: first the score network alone (recipe `score`), then flow and
network together (recipe `finetune`), on what `microscopy_data.py` has prepared, each of
the two calls resumable::

    python benchmarks/train_microscopy_prior.py DATA PHOTOS FIRST.safetensors \
        --recipe score --start photo-gray --steps 8000
    python benchmarks/train_microscopy_prior.py DATA PHOTOS OUT.safetensors \
        --recipe finetune --start FIRST.safetensors --steps 1000
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from train_photo_priors import sources, train

from napari_flowprior.training import TrainJob


def make_job(options: argparse.Namespace) -> TrainJob:
    """Describe the training."""
    lines = (options.data / "SOURCES.txt").read_text().splitlines()
    return TrainJob(
        out=options.out,
        recipe=options.recipe,
        start=options.start,
        data=(options.data / "train",),
        validation=(options.data / "val",),
        colour="grey",
        steps=options.steps,
        device=options.device,
        resume=options.resume,
        overwrite=options.overwrite,
        description="Fluorescence, bright field, electron and X-ray images, drawn "
        "structures and photographs, 8 bits, for noise up to 60 of 255",
        licence="BSD-3-Clause; the images are under the licences in sources",
        sources=(*lines, *sources(options.photos)),
        half=True,
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--recipe", default="score")
    parser.add_argument("--start", default="photo-gray")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--overwrite", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    torch.set_num_threads(options.threads)
    train(make_job(options))
