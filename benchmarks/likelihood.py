"""Bits per dimension of held-out images, of the same images damaged, and of others.

For every set, the mean over patches of the negative log-likelihood in bits per value (8
bits, dequantised with the same noise everywhere): clean, with Gaussian noise of sigma
25 added and rounded, and with the pixels of every patch shuffled::

    python benchmarks/likelihood.py mnist.safetensors --size 28 --sets MNIST=mnist.npz
    python benchmarks/likelihood.py photo-rgb --sets photos=VAL sprites= blurred=VAL

A set is NAME=PATH with a folder of images, the npz file or folder of MNIST, or nothing
for sprites; the name ``blurred`` smooths the images (Gaussian, sigma 2) and
``constant`` takes patches of a single random grey. The first set is the one that the
prior is meant for.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from skimage.transform import resize

from napari_flowprior import FlowPrior
from napari_flowprior.data import expand_inputs, read_image
from napari_flowprior.training import Sprites, read_mnist

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_SIGMA = 25
_AT_A_TIME = 16


@dataclass(frozen=True)
class Options:
    """What patches to cut."""

    size: int
    channels: int
    number: int


def eight_bits(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def with_channels(patches: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Give grey patches three channels, or take the luminance of colour."""
    if patches.shape[1] == channels:
        return patches
    if channels == 3:
        return patches.repeat(3, axis=1)
    weights = np.array([0.299, 0.587, 0.114])
    return eight_bits(np.einsum("ncyx,c->nyx", patches, weights))[:, None]


def read_patches(path: Path, options: Options) -> NDArray[np.uint8]:
    """Cut patches from all images, each with as many as the others, (N, C, h, w)."""
    paths = expand_inputs([path])
    rng = np.random.default_rng(0)
    found = []
    for file in paths:
        image = np.asarray(read_image(file).array)
        image = image[..., None] if image.ndim == 2 else image[..., :3]
        for _ in range(-(-options.number // len(paths))):
            y, x = (int(rng.integers(n - options.size + 1)) for n in image.shape[:2])
            crop = image[y : y + options.size, x : x + options.size]
            found.append(crop.transpose(2, 0, 1))
    return np.stack(found)[: options.number]


def resized(patches: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    shape = (*patches.shape[:2], size, size)
    return eight_bits(resize(patches, shape, order=1, preserve_range=True))


def load_set(name: str, path: str, options: Options) -> NDArray[np.uint8]:
    """Return patches of a set, fitted to a prior by resizing and repeating channels."""
    if name == "constant":
        values = np.random.default_rng(0).integers(0, 256, options.number)
        full = (options.channels, options.size, options.size)
        return np.broadcast_to(
            values[:, None, None, None].astype(np.uint8), (options.number, *full)
        )
    if not path:
        patches = np.rint(Sprites().held_out(options.number) * 255).astype(np.uint8)
        patches = resized(patches, options.size)
    elif name.upper().startswith("MNIST"):
        patches = resized(
            read_mnist(Path(path))[1][: options.number, None], options.size
        )
    else:
        patches = read_patches(Path(path), options)
    if name == "blurred":
        patches = eight_bits(gaussian_filter(patches.astype(float), (0, 0, 2, 2)))
    return with_channels(patches, options.channels)


def bits(prior: FlowPrior, patches: NDArray[np.uint8]) -> float:
    """Return the mean bits per value."""
    generator = torch.Generator().manual_seed(0)
    nats = 0.0
    for start in range(0, len(patches), _AT_A_TIME):
        part = torch.from_numpy(patches[start : start + _AT_A_TIME] / np.float32(255))
        fill = (torch.rand(part.shape, generator=generator) - 0.5) / 255
        nats -= prior.log_prob(part + fill).sum().item()
    return nats / patches.size / math.log(2) + math.log2(255)


def variants(patches: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Yield patches as they are, noisy, and with their pixels shuffled."""
    rng = np.random.default_rng(0)
    yield patches
    yield eight_bits(patches + rng.normal(0, _SIGMA, patches.shape))
    flat = patches.reshape(*patches.shape[:2], -1)
    order = rng.permuted(np.tile(np.arange(flat.shape[2]), (len(flat), 1)), axis=1)
    yield np.take_along_axis(flat, order[:, None], axis=2).reshape(patches.shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prior")
    parser.add_argument("--sets", nargs="+", required=True, metavar="NAME=PATH")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--number", type=int, default=128)
    options = parser.parse_args()
    prior = FlowPrior.load(options.prior)
    cut = Options(options.size, prior.channels, options.number)
    print(f"Bits per dimension under {prior.name}, {options.number} patches each")
    print("| images | clean | noisy | shuffled |\n|---|---|---|---|")
    for entry in options.sets:
        name, _, path = entry.partition("=")
        patches = load_set(name, path, cut)
        cells = " | ".join(f"{bits(prior, v):.2f}" for v in variants(patches))
        print(f"| {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
