"""Train the shipped photograph priors, `photo-gray` and `photo-rgb`.

Reads a folder with ``train`` and ``val`` sub-folders of photographs and a table
``LICENCES.tsv`` (file, split, author, licence, source), trains with the recipe
``photo``, and writes the prior with its sources in the header. Stops and resumes at any
time::

    python benchmarks/train_photo_priors.py PHOTOS OUT.safetensors --colour rgb
    python benchmarks/train_photo_priors.py PHOTOS OUT.safetensors --colour rgb --resume
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import torch
from tqdm import tqdm

from napari_flowprior.training import TrainJob, iter_train


def sources(folder: Path) -> tuple[str, ...]:
    """Name every training photograph with its author, licence and source."""
    with (folder / "LICENCES.tsv").open(newline="") as file:
        rows = [
            r for r in csv.DictReader(file, delimiter="\t") if r["split"] == "train"
        ]
    wanted = ("file", "author", "licence", "source")
    return tuple("; ".join(row[k] for k in wanted if row[k]) for row in rows)


def make_job(options: argparse.Namespace) -> TrainJob:
    """Describe the training."""
    kind = "Grey" if options.colour == "grey" else "Colour"
    return TrainJob(
        out=options.out,
        recipe=options.recipe,
        start=options.start,
        data=(options.photos / "train",),
        validation=(options.photos / "val",),
        colour=options.colour,
        steps=options.steps,
        minutes=options.minutes,
        batch_size=options.batch_size,
        device=options.device,
        resume=options.resume,
        overwrite=options.overwrite,
        description=f"{kind} photographs, 8 bits, for noise up to 60 of 255",
        licence="BSD-3-Clause; the photographs are under the licences in sources",
        sources=sources(options.photos),
        half=True,
    )


def train(job: TrainJob) -> None:
    """Train to the end, showing the figures of each validation."""
    with tqdm(unit="step", disable=None) as bar:
        for event in iter_train(job):
            if event.data is not None:
                bar.write(event.data.sentence())
            if event.step is not None:
                bar.total, bar.n = event.step.steps, event.step.step
                bar.refresh()
            if event.held_out is not None:
                bar.write(str(event.held_out))


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--colour", choices=("grey", "rgb"), default="grey")
    parser.add_argument("--recipe", default="photo")
    parser.add_argument("--start", help="prior to start from")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--minutes", type=float, help="in place of steps")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--overwrite", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    torch.set_num_threads(options.threads)
    train(make_job(options))
