"""Denoise a folder of clean images with our estimators and with peers, in one run.

Every method gets the same noisy images, rounded and clipped to 8 bits, and the true
noise level. Prints mean PSNR and SSIM and the mean time relative to ours, as a
Markdown table::

    python benchmarks/denoise.py SET12 --sigma 15 25 50 --prior photo-gray
    python benchmarks/denoise.py KODAK24 --colour --prior photo-rgb

BM3D and wavelets take part where ``bm3d`` and ``PyWavelets`` are installed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from _suite import (
    Method,
    Picture,
    eight_bits,
    measure,
    our_methods,
    peers,
    read_images,
    table,
)

from napari_flowprior import FlowPrior, restore


def blind(prior: FlowPrior) -> Method:
    """Ours, without being told the noise level."""
    return lambda noisy, _: restore(noisy, prior=prior)


def with_noise(
    images: dict[str, Picture], sigma: float
) -> dict[str, tuple[Picture, Picture]]:
    rng = np.random.default_rng(0)
    return {
        name: (clean, eight_bits(clean + rng.normal(0, sigma, clean.shape)))
        for name, clean in images.items()
    }


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sigma", type=float, nargs="+", default=[15, 25, 50])
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--estimators", nargs="+", default=["mmse", "mmse, best"])
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    images = read_images(options.folder, colour=options.colour)
    images = dict(list(images.items())[: options.limit])
    prior = FlowPrior.load(options.prior)
    mine = our_methods(prior, options.estimators)
    methods: dict[str, Method] = {"noisy": lambda noisy, _: noisy, **mine}
    methods |= {"ours, sigma estimated": blind(prior), **peers()}
    columns = {
        f"sigma {sigma:g}": measure(with_noise(images, sigma), sigma, methods)
        for sigma in options.sigma
    }
    print(f"{len(images)} images of {options.folder.name}, prior {prior.name}")
    print(table(columns, next(iter(mine))))


if __name__ == "__main__":
    main()
