"""Bits per value of images under a prior, beside those of files without loss.

The square in the middle of each image of 8 bits is stored as PNG, WebP, JPEG 2000 and
JPEG XL, all without loss and as small as imagecodecs and Pillow make them, and rated by
the prior: uniform noise fills the cell of each value, so that what the prior needs is
an upper bound of what a coder built on it would. The prior is asked as a flow, and as
the ODE of its score network from weak noise up, with the flow where there is much.
Prints a Markdown table, and the figures of each image to stderr, as whole ones take
minutes::

    python benchmarks/lossless.py KODAK24 --prior photo-gray
    python benchmarks/lossless.py KODAK24 --prior photo-rgb
    python benchmarks/lossless.py KODAK24 --prior photo-gray --side 768 --methods ode
"""

from __future__ import annotations

import argparse
import io
import math
import sys
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import torch
from _suite import centre, read_images
from PIL import Image

from napari_flowprior import FlowPrior

if TYPE_CHECKING:
    from collections.abc import Callable

    from _suite import Picture


def by_pillow(image: Picture, name: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, name, **options)
    return stream.getvalue()


FORMATS: dict[str, Callable[[Picture], bytes]] = {
    "PNG": partial(by_pillow, name="PNG", optimize=True),
    "WebP": partial(by_pillow, name="WebP", lossless=True, quality=100, method=6),
    "JPEG 2000": partial(by_pillow, name="JPEG2000", irreversible=False),
    "JPEG XL": partial(imagecodecs.jpegxl_encode, lossless=True, effort=9),
}
METHODS = ("flow", "ode")


def rated(prior: FlowPrior, image: Picture, method: Any) -> float:
    """Return the bits per value under a prior."""
    x = torch.from_numpy(image.reshape(*image.shape[:2], -1).transpose(2, 0, 1).copy())
    fill = torch.rand(x.shape, generator=torch.Generator().manual_seed(0)) - 0.5
    nats = -prior.log_prob((x[None] + fill) / 255, method=method).item()
    return nats / image.size / math.log(2) + math.log2(255)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files and folders")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--side", type=int, default=256, help="of the squares, pixels")
    parser.add_argument("--methods", nargs="*", default=[*METHODS], choices=METHODS)
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    colour = prior.channels == 3
    images = read_images(options.images, colour=colour, limit=options.limit)
    found: dict[str, list[float]] = {}
    seconds = dict.fromkeys(options.methods, 0.0)
    for file, picture in images.items():
        image = centre(picture, options.side)
        for name, encode in FORMATS.items():
            bits = 8 * len(encode(image)) / image.size
            found.setdefault(name, []).append(bits)
        for method in options.methods:
            begun = perf_counter()
            found.setdefault(method, []).append(rated(prior, image, method))
            seconds[method] += perf_counter() - begun
        bits_of = (f"{name} {figures[-1]:.3f}" for name, figures in found.items())
        print(file, *bits_of, sep=", ", file=sys.stderr, flush=True)
    print(f"{len(images)} images, up to {options.side} pixels, prior {prior.name}")
    print("| | bits per value | seconds |\n|---|---|---|")
    for name, figures in found.items():
        time = f"{seconds[name] / len(images):.1f}" if name in seconds else ""
        print(f"| {name} | {np.mean(figures):.3f} | {time} |")


if __name__ == "__main__":
    main()
