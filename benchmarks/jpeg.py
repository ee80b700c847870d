"""Remove the artefacts of JPEG with a prior that never saw any, and with peers.

Every image is compressed (libjpeg's tables, colours at half the resolution), and every
method gets the result and the same noise level, the best one for the quality on
photographs that are neither trained on nor reported; but for ours as `JPEG`, which
finds tables and level by itself and stays inside the cells of quantisation. Prints
mean PSNR and SSIM and the mean time relative to ours, as a Markdown table::

    python benchmarks/jpeg.py SET12 --quality 10 20
    python benchmarks/jpeg.py KODAK24 --colour --prior photo-rgb --crop 160 --alone
    python benchmarks/jpeg.py PHOTOS/val --choose        # finds the noise levels
"""

from __future__ import annotations

import argparse
import io

import numpy as np
import torch
from _suite import (
    Method,
    Picture,
    centre,
    measure,
    our_methods,
    peers,
    read_images,
    table,
)
from PIL import Image

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import JPEG

LEVELS = {10: 11.5, 20: 6.5, 30: 5.2}
"""Noise level, of 255, by quality."""


def compressed(image: Picture, quality: int) -> Picture:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


def as_jpeg(prior: FlowPrior) -> Method:
    return lambda image, _: restore(image, prior=prior, degradation=JPEG())


def pairs(
    images: dict[str, Picture], quality: int
) -> dict[str, tuple[Picture, Picture]]:
    return {name: (x, compressed(x, quality)) for name, x in images.items()}


def choose(images: dict[str, Picture], quality: int, method: Method) -> None:
    """Print the mean PSNR at several noise levels."""
    found = {}
    for sigma in np.geomspace(3, 24, 10).round(1):
        scores = measure(pairs(images, quality), float(sigma), {"": method})
        found[float(sigma)] = round(float(np.mean(scores[""].psnr)), 3)
    print(quality, found, flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files and folders")
    parser.add_argument("--quality", type=int, nargs="+", default=[10], choices=LEVELS)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--estimators", nargs="*", default=["mmse", "mmse, best"])
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, help="only the squares in the middle")
    parser.add_argument("--alone", action="store_true", help="without peers")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    images = read_images(options.images, colour=options.colour, limit=options.limit)
    images = {name: centre(image, options.crop) for name, image in images.items()}
    prior = FlowPrior.load(options.prior)
    mine = our_methods(prior, options.estimators)
    if options.choose:
        for quality in options.quality:
            choose(images, quality, next(iter(mine.values())))
        return
    methods: dict[str, Method] = {"JPEG": lambda image, _: image, **mine}
    methods["ours, as JPEG"] = as_jpeg(prior)
    methods |= {} if options.alone else peers()
    columns = {
        f"quality {quality}": measure(pairs(images, quality), LEVELS[quality], methods)
        for quality in options.quality
    }
    print(f"{len(images)} images, prior {prior.name}")
    print(table(columns, next(iter(mine), "ours, as JPEG")))


if __name__ == "__main__":
    main()
