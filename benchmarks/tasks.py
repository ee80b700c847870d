"""Restore holes, blur, resolution and JPEG with one prior, and with peers.

Every method gets the same damaged images of 8 bits and is told the damage. Blurred
images have noise of standard deviation 2. Prints mean PSNR and SSIM and the mean time
relative to ours, as a Markdown table::

    python benchmarks/tasks.py SET12 --crop 256
    python benchmarks/tasks.py SET12 --tasks "motion blur" "half size"
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _damage import (
    BLURS,
    Damage,
    Damaged,
    bicubic,
    biharmonic,
    blurred,
    compressed,
    holes,
    smaller,
    squares,
    text,
)
from _figure import Figure
from _suite import Picture, centre, eight_bits, measure, read_images, table
from numpy.typing import NDArray
from skimage.restoration import richardson_lucy, unsupervised_wiener

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import Blur, Noise

Restorer = Callable[[Damaged], NDArray[Any]]
Sharpener = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]

TASKS: Mapping[str, Damage] = {
    "50 % holes": holes(0.5),
    "80 % holes": holes(0.8),
    "squares": squares,
    "text": text,
    **{name: blurred(blur) for name, blur in BLURS.items()},
    "half size": smaller(2),
    "JPEG quality 10": compressed(10),
}
# The noise level that serves JPEG of quality 10 best on other photographs.
JPEG_LEVEL = 11.5


def ours(prior: FlowPrior, damaged: Damaged) -> NDArray[Any]:
    return restore(damaged.picture, prior=prior, degradation=damaged.degradation)


def on_latents(prior: FlowPrior, damaged: Damaged) -> NDArray[Any]:
    options = {"prior": prior, "degradation": damaged.degradation}
    return restore(damaged.picture, estimator="latent-map", **options)


def without_cells(prior: FlowPrior, damaged: Damaged) -> NDArray[Any]:
    return restore(damaged.picture, prior=prior, degradation=Noise(sigma=JPEG_LEVEL))


def mirrored(sharpen: Sharpener, damaged: Damaged) -> NDArray[Any]:
    """Sharpen a picture continued by its mirror images, as it was when blurred.

    By themselves the peers take what lies beyond the edges to be black, or the other
    side of the picture, which costs them decibels.
    """
    assert isinstance(damaged.degradation, Blur)
    kernel = damaged.degradation.kernel
    width = 2 * max(kernel.shape)
    wider = np.pad(damaged.picture / 255, width, mode="symmetric")
    return 255 * sharpen(wider, kernel)[width:-width, width:-width]


def iterated(steps: int) -> Restorer:
    return partial(mirrored, partial(richardson_lucy, num_iter=steps))


def wiener(picture: NDArray[Any], kernel: NDArray[Any]) -> NDArray[Any]:
    image: NDArray[Any] = unsupervised_wiener(picture, kernel, rng=0)[0]
    return image


def peers(task: str, prior: FlowPrior) -> dict[str, Restorer]:
    """Other methods for a task; those of scikit-image with their usual settings."""
    if "blur" in task:
        return {
            **{f"Richardson-Lucy, {n} steps": iterated(n) for n in (10, 30, 100)},
            "unsupervised Wiener": partial(mirrored, wiener),
        }
    if "size" in task:
        return {"bicubic": bicubic}
    if "JPEG" in task:
        return {"ours, without cells": partial(without_cells, prior)}
    found: dict[str, Restorer] = {"biharmonic": biharmonic}
    if task == "squares":
        found["ours, latent-map"] = partial(on_latents, prior)
    return found


def compare(
    task: str, images: Mapping[str, Picture], prior: FlowPrior, figure: Figure
) -> str:
    """Measure all methods on a task, and return its table."""
    cases = {name: TASKS[task](clean) for name, clean in images.items()}
    pairs = {name: (images[name], np.array(name)) for name in images}
    found: dict[str, Restorer] = {"ours": partial(ours, prior), **peers(task, prior)}
    if "size" not in task:
        found = {"damaged": lambda damaged: damaged.picture, **found}

    def method(restorer: Restorer) -> Any:
        return lambda name, _: eight_bits(restorer(cases[str(name)]))

    methods = {name: method(restorer) for name, restorer in found.items()}
    return table({task: measure(pairs, 0.0, methods, figure)}, "ours")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--figures", type=Path, help="folder for PNG files of details")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    images = read_images(options.images, colour=options.colour, limit=options.limit)
    images = {name: centre(image, options.crop) for name, image in images.items()}
    prior = FlowPrior.load(options.prior)
    print(f"{len(images)} images, prior {prior.name}")
    for task in options.tasks:
        figure = Figure()
        print(f"\n{compare(task, images, prior, figure)}", flush=True)
        if options.figures is not None:
            figure.save(options.figures / f"{task}.png")


if __name__ == "__main__":
    main()
