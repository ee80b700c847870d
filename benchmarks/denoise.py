"""Denoise clean images with our estimators and with peers, in one run.

Every method gets the same noisy images, rounded and clipped to 8 bits, and the true
noise level. With ``--unclipped`` the noise is neither rounded nor clipped, as most
published figures have it, and as it is in cameras, whose images have an offset. Prints
mean PSNR and SSIM and the mean time relative to ours, as a Markdown table::

    python benchmarks/denoise.py SET12 --sigma 15 25 50 --prior photo-gray
    python benchmarks/denoise.py KODAK24 --colour --prior photo-rgb --unclipped
    python benchmarks/denoise.py stack.tif:3,7 --prior microscopy --figure out.png

BM3D and wavelets take part where ``bm3d`` and ``PyWavelets`` are installed, EPLL and
Deep Image Prior on demand, where ``deepinv`` is.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _figure import Figure
from _suite import (
    Method,
    Picture,
    centre,
    deep_image_prior,
    eight_bits,
    epll,
    measure,
    our_methods,
    peers,
    read_images,
    table,
)

from napari_flowprior import FlowPrior, restore

if TYPE_CHECKING:
    from numpy.typing import NDArray


def blind(prior: FlowPrior) -> Method:
    """Ours, without being told the noise level."""
    return lambda noisy, _: eight_bits(restore(noisy, prior=prior))


def with_noise(
    images: dict[str, Picture], sigma: float, *, clip: bool
) -> dict[str, tuple[Picture, NDArray[Any]]]:
    rng = np.random.default_rng(0)
    noisy = {
        n: clean + rng.normal(0, sigma, clean.shape) for n, clean in images.items()
    }
    return {
        name: (clean, eight_bits(noisy[name]) if clip else noisy[name])
        for name, clean in images.items()
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--sigma", type=float, nargs="+", default=[15, 25, 50])
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--estimators", nargs="+", default=["mmse", "mmse, best"])
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--unclipped", action="store_true")
    parser.add_argument("--epll", type=Path, help="mixture of epll_mixture.py")
    parser.add_argument("--dip", action="store_true", help="hours for a large image")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--figure", type=Path, help="PNG file of some details")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def others(options: argparse.Namespace) -> dict[str, Method]:
    found = peers()
    if options.epll is not None:
        found["EPLL"] = epll(options.epll)
    if options.dip:
        found["Deep Image Prior"] = deep_image_prior
    return found


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    images = read_images(options.images, colour=options.colour, limit=options.limit)
    images = {name: centre(image, options.crop) for name, image in images.items()}
    prior = FlowPrior.load(options.prior)
    mine = our_methods(prior, options.estimators)
    methods: dict[str, Method] = {"noisy": lambda noisy, _: eight_bits(noisy), **mine}
    methods |= {"ours, sigma estimated": blind(prior), **others(options)}
    columns, figure = {}, None
    for sigma in options.sigma:
        pairs = with_noise(images, sigma, clip=not options.unclipped)
        figure = Figure()
        columns[f"sigma {sigma:g}"] = measure(pairs, sigma, methods, figure)
    print(f"{len(images)} images, prior {prior.name}")
    print(table(columns, next(iter(mine))))
    if options.figure is not None and figure is not None:
        figure.save(options.figure)


if __name__ == "__main__":
    main()
