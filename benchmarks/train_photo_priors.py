"""Train the shipped photograph priors, `photo-gray` and `photo-rgb`.

Reads a folder with ``train`` and ``val`` sub-folders of photographs and a table
``LICENCES.tsv`` (file, source, licence), trains with the PHOTO recipe, and writes the
prior with its sources in the header. Stops and resumes at any time::

    python benchmarks/train_photo_priors.py PHOTOS OUT.safetensors --colour
    python benchmarks/train_photo_priors.py PHOTOS OUT.safetensors --colour --resume
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.prior import FlowPrior, PriorInfo
from napari_flowprior.training import (
    RECIPES,
    PatchSampler,
    Trainer,
    TrainEvent,
    Validation,
    iter_train,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_photos(folder: Path, *, colour: bool) -> list[NDArray[np.uint8]]:
    """Read all photographs of a folder as uint8 (C, H, W)."""
    mode = "RGB" if colour else "L"
    photos = []
    for path in sorted(folder.iterdir()):
        with Image.open(path) as file:
            photo = np.asarray(file.convert(mode))
        photos.append(np.ascontiguousarray(np.atleast_3d(photo).transpose(2, 0, 1)))
    return photos


def validation_crops(
    photos: list[NDArray[np.uint8]], size: int = 128
) -> NDArray[np.uint8]:
    """Cut the centre of each photograph, at a multiple of nothing in particular."""
    crops = []
    for photo in photos:
        y, x = ((side - size) // 2 for side in photo.shape[1:])
        crops.append(photo[:, y : y + size, x : x + size])
    return np.stack(crops)


def log(path: Path, event: TrainEvent, seconds: float) -> None:
    """Append an event to a CSV file."""
    row = {**dataclasses.asdict(event), "seconds": round(seconds, 1)}
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)


def build_trainer(options: argparse.Namespace) -> Trainer:
    """Build the flow and its trainer, resumed if asked."""
    config = FlowConfig(
        channels=3 if options.colour else 1,
        hidden=options.hidden,
        context_layers=3,
        activation="silu",
        noise_conditional=True,
    )
    recipe = dataclasses.replace(RECIPES["PHOTO"], steps=options.steps)
    photos = read_photos(options.photos / "train", colour=options.colour)
    torch.manual_seed(recipe.seed)
    flow = MultiscaleFlow(config).to(options.device)
    trainer = Trainer(flow, recipe, PatchSampler(photos, recipe.patch_size))
    if options.resume:
        trainer.resume(options.checkpoint)
    return trainer


def train(options: argparse.Namespace) -> Trainer:
    """Train to the end, logging every 50 steps and every validation."""
    trainer = build_trainer(options)
    held_out = read_photos(options.photos / "val", colour=options.colour)
    validation = Validation(validation_crops(held_out))
    start = time.perf_counter()
    for event in iter_train(
        trainer, validation=validation, checkpoint=options.checkpoint
    ):
        if event.step % 50 == 0 or event.bits_per_dim is not None:
            log(options.log, event, time.perf_counter() - start)
            print(event, flush=True)
    return trainer


def sources(folder: Path) -> tuple[str, ...]:
    """Name every training photograph with its author, licence and source."""
    with (folder / "LICENCES.tsv").open(newline="") as file:
        rows = [
            r for r in csv.DictReader(file, delimiter="\t") if r["split"] == "train"
        ]
    wanted = ("file", "author", "licence", "source")
    return tuple("; ".join(row[k] for k in wanted if row[k]) for row in rows)


def export(trainer: Trainer, options: argparse.Namespace) -> None:
    """Write the averaged weights as a prior."""
    held_out = read_photos(options.photos / "val", colour=options.colour)
    bits, psnr = Validation(validation_crops(held_out)).measure(trainer.average)
    info = PriorInfo(
        name=options.out.stem,
        description=f"{'Colour' if options.colour else 'Grey'} photographs, 8 bits, "
        "for noise up to 60 of 255",
        sigma_max=trainer.config.sigma_max,
        training={
            "recipe": "PHOTO",
            "steps": trainer.step,
            "validation_bits_per_dim": round(bits, 4),
            "validation_psnr_at_sigma_25": round(psnr or 0.0, 3),
        },
        licence="BSD-3-Clause; the photographs are under the licences in sources",
        sources=sources(options.photos),
    )
    FlowPrior(trainer.average, info).save(options.out, overwrite=True, half=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--steps", type=int, default=RECIPES["PHOTO"].steps)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    options.checkpoint = options.out.with_suffix(".checkpoint.safetensors")
    options.log = options.out.with_suffix(".csv")
    torch.set_num_threads(options.threads)
    return options


if __name__ == "__main__":
    options = parse()
    export(train(options), options)
