"""Remove artefacts of JPEG by the paper's method, as in its Figure 1, and by others.

The paper restores blindly: the forward operator is the identity, the weight of the data
stands for an unknown level of the error, and descent on the latents of the flow finds
the most probable image. Beside it are Deep Image Prior, which it compares with, with
the settings that its authors published for the same task, and our default, which knows
of JPEG. Details of 128x128 pixels of the images of Deep Image Prior are compressed, but
for the snail, which came as a JPEG file and has no reference. Prints PSNR and seconds::

    python benchmarks/blind_jpeg.py DIP --figure figure1.png --threads 1
    python benchmarks/blind_jpeg.py --photographs VAL --strengths 4 6 8 12 16

The second one prints what the paper's method comes to on photographs that are reported
nowhere, for several strengths of the error, from which ``--strength`` was chosen.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from _damage import Damaged
from _figure import Figure
from _skip_network import Settings
from _suite import centre, eight_bits, read_images
from dip_tasks import Timed, deep_image_prior, kept, psnr
from jpeg import compressed
from PIL import Image

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import JPEG, Blind, LatentMAP

if TYPE_CHECKING:
    from collections.abc import Callable

    from _suite import Picture

SIDE = 128
SNAIL = "snail"
DETAILS = {
    SNAIL: ("denoising/snail.jpg", (80, 0)),
    "kate": ("inpainting/kate.png", (96, 176)),
    "F16": ("denoising/F16_GT.png", (176, 208)),
    "zebra": ("sr/zebra_GT.png", (96, 240)),
}
"""Files, and the corner of the detail: rows, columns."""
DIP = Settings(
    steps=2400,
    jitter=1 / 30,
    average=0.99,
    inputs=3,
    widths=(8, 16, 32, 64, 128),
    skips=(0, 0, 0, 4, 4),
)


def detail(folder: Path, name: str) -> Picture:
    file, (top, left) = DETAILS[name]
    image = np.asarray(Image.open(folder / file).convert("RGB"))
    return image[top : top + SIDE, left : left + SIDE]


def as_published(
    prior: FlowPrior, strength: float, steps: int
) -> Callable[..., Picture]:
    """Return the paper's method in the blind case."""
    known, estimator = Blind(strength), LatentMAP(steps=steps)

    def method(damaged: Picture) -> Picture:
        options = {"degradation": known, "estimator": estimator}
        return eight_bits(restore(damaged, prior=prior, **options))

    return method


def methods(
    prior: FlowPrior, known: JPEG, options: argparse.Namespace
) -> dict[str, Callable[[Picture], Picture]]:
    return {
        "the paper's": as_published(prior, options.strength, options.steps),
        "Deep Image Prior": lambda y: eight_bits(
            deep_image_prior(Damaged(y, Blind()), DIP)
        ),
        "ours, as JPEG": lambda y: restore(y, prior=prior, degradation=known),
    }


def row(
    name: str, folder: Path, quality: int, found: dict[str, Timed], figure: Figure
) -> str:
    """Say what all methods come to on an image."""
    clean = detail(folder, name)
    figure.add(name, "no reference" if name == SNAIL else "reference", clean)
    scores = []
    for method, timed in found.items():
        figure.add(name, method, timed.image, scored=name != SNAIL)
        score = "-" if name == SNAIL else psnr(timed.image, clean)
        scores.append(f"{score} ({timed.seconds:.0f} s)" if timed.seconds else score)
    shown = name if name == SNAIL else f"{name}, quality {quality}"
    return f"| {shown} | {' | '.join(scores)} |"


def compare(options: argparse.Namespace, prior: FlowPrior) -> None:
    """Print the table of all images and methods."""
    figure = Figure(rows=len(DETAILS))
    print(f"Prior {prior.name}, strength {options.strength:g}")
    heads = ["JPEG", *methods(prior, JPEG(), options)]
    print(f"| image | {' | '.join(heads)} |\n|---|{'---|' * len(heads)}")
    for name in options.only:
        damaged, known = detail(options.images, name), JPEG()
        if name == SNAIL:
            path = options.images / DETAILS[name][0]
            known = known.told_by_file(path, Image.open(path).size[::-1])
        else:
            damaged = compressed(damaged, options.quality)
        found = {"JPEG": Timed(damaged, 0.0)}
        for method, run in methods(prior, known, options).items():
            found[method] = kept(None, partial(run, damaged))
        print(row(name, options.images, options.quality, found, figure), flush=True)
    if options.figure is not None:
        figure.save(options.figure)


def choose(options: argparse.Namespace, prior: FlowPrior) -> None:
    """Print the mean PSNR of the paper's method at several strengths."""
    images = read_images([options.photographs], colour=True, limit=options.limit)
    clean = [centre(image, SIDE) for image in images.values()]
    damaged = [compressed(image, options.quality) for image in clean]
    print("JPEG", mean_psnr(damaged, clean))
    for strength in options.strengths:
        method = as_published(prior, strength, options.steps)
        print(strength, mean_psnr([method(y) for y in damaged], clean), flush=True)


def mean_psnr(images: list[Picture], clean: list[Picture]) -> float:
    scores = [float(psnr(y, x)) for y, x in zip(images, clean, strict=True)]
    return round(float(np.mean(scores)), 2)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument(
        "images", nargs="?", type=Path, help="folder data of Deep Image Prior"
    )
    place.add_argument("--photographs", help="folder to choose a strength on")
    parser.add_argument("--strengths", type=float, nargs="+", default=[8.0])
    parser.add_argument("--limit", type=int, help="only so many photographs")
    parser.add_argument("--quality", type=int, default=10)
    parser.add_argument("--strength", type=float, default=12.0, help="of 255")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--only", nargs="+", default=[*DETAILS], choices=DETAILS)
    parser.add_argument("--prior", default="photo-rgb")
    parser.add_argument("--figure", type=Path, help="PNG file of the details")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    choose(options, prior) if options.photographs else compare(options, prior)


if __name__ == "__main__":
    main()
