"""Bits per dimension of held-out images, of the same images damaged, and of others.

For every set, the mean over patches of the negative log-likelihood in bits per value (8
bits, dequantised with the same noise everywhere): clean, with Gaussian noise of sigma
25 added, rounded and clipped to 8 bits, and with the pixels of every patch shuffled.
Prints a Markdown table::

    python benchmarks/likelihood.py mnist.safetensors digits=mnist.npz sprites constant
    python benchmarks/likelihood.py photo-rgb photos=VAL blurred=VAL sprites constant

A set is NAME=PATH, with a folder of images or the npz file or folder of MNIST, of which
the test digits are taken. Without a path, ``sprites`` stands for those of reserved
seeds and ``constant`` for patches of one random grey each; the name ``blurred`` smooths
what is read (Gaussian, sigma 2). Photographs are cut, digits and sprites resized to the
size of the prior's training patches; grey is repeated for a prior of colours, and of
colours a grey prior sees the luminance.
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
_SIZE = 64
_LUMINANCE = (0.299, 0.587, 0.114)
_AT_A_TIME = 16


@dataclass(frozen=True)
class Cut:
    """What patches a prior takes."""

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
    return eight_bits(np.einsum("ncyx,c->nyx", patches, _LUMINANCE))[:, None]


def resized(patches: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    shape = (*patches.shape[:2], size, size)
    return eight_bits(resize(patches, shape, order=1, preserve_range=True))


def constant(cut: Cut) -> NDArray[np.uint8]:
    greys = np.random.default_rng(0).integers(0, 256, (cut.number, 1, 1, 1), np.uint8)
    return greys.repeat(cut.size, axis=2).repeat(cut.size, axis=3)


def sprites(cut: Cut) -> NDArray[np.uint8]:
    return resized(eight_bits(255 * Sprites().held_out(cut.number)), cut.size)


def digits(path: Path, cut: Cut) -> NDArray[np.uint8]:
    return resized(read_mnist(path)[1][: cut.number, None], cut.size)


def photographs(path: Path, cut: Cut) -> NDArray[np.uint8]:
    """Cut patches at random places, as many from one image as from another."""
    images = [read_colours(file) for file in expand_inputs([path])]
    images = [image for image in images if min(image.shape[1:]) >= cut.size]
    if not images:
        raise SystemExit(f"{path} has no image of {cut.size} pixels or more.")
    rng = np.random.default_rng(0)
    chosen = (images[place % len(images)] for place in range(cut.number))
    return np.stack([random_patch(image, cut.size, rng) for image in chosen])


def read_colours(path: Path) -> NDArray[np.uint8]:
    """Read an image of 8 bits as (3, Y, X)."""
    image = np.asarray(read_image(path).array)
    if image.dtype != np.uint8:
        raise SystemExit(f"{path} is of type {image.dtype}; take images of 8 bits.")
    image = image[..., None] if image.ndim == 2 else image[..., :3]
    return with_channels(image.transpose(2, 0, 1)[None], 3)[0]


def random_patch(
    image: NDArray[np.uint8], size: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    y, x = (int(rng.integers(n - size + 1)) for n in image.shape[1:])
    return image[:, y : y + size, x : x + size]


def is_mnist(path: Path) -> bool:
    return path.suffix == ".npz" or any(path.glob("*-ubyte*"))


def load_set(name: str, path: str, cut: Cut) -> NDArray[np.uint8]:
    """Return the patches of a set as the prior takes them, (N, C, size, size)."""
    drawn = {"sprites": sprites, "constant": constant}
    if path:
        read = digits if is_mnist(Path(path)) else photographs
        patches = read(Path(path), cut)
    elif name in drawn:
        patches = drawn[name](cut)
    else:
        raise SystemExit(f"{name} needs a path: {name}=PATH.")
    if name == "blurred":
        patches = eight_bits(gaussian_filter(patches.astype(float), (0, 0, 2, 2)))
    return with_channels(patches, cut.channels)


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


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prior", help="name or file")
    parser.add_argument("sets", nargs="+", metavar="NAME=PATH")
    parser.add_argument("--size", type=int, help="default: that of training patches")
    parser.add_argument("--number", type=int, default=128, help="patches of each set")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    size = options.size or int(prior.info.training.get("patch_size", _SIZE))
    cut = Cut(size, prior.channels, options.number)
    print(f"Bits per dimension under {prior.name}, {cut.number} patches of each set")
    print("| images | clean | noisy | shuffled |\n|---|---|---|---|")
    for entry in options.sets:
        name, _, path = entry.partition("=")
        patches = load_set(name, path, cut)
        cells = " | ".join(f"{bits(prior, part):.2f}" for part in variants(patches))
        print(f"| {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
