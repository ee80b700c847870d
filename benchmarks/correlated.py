"""Denoise noise that is not white: blurred, enlarged, or with impulses.

The middles of clean photographs, in grey, get noise of a standard deviation that every
method is told, neither rounded nor cut off: white; blurred by a Gaussian, or enlarged
by bilinear interpolation, and then brought to that standard deviation; or white with
impulses, black and white pixels in equal parts. Ours is the network of the prior
itself, `FlowPrior.denoise`, so that no range of intensities is looked for; BM3D takes
part where ``bm3d`` is installed, told the standard deviation alone. Prints mean PSNR as
a Markdown table; with impulses, of the pixels that have none, in the same noise with
impulses and without::

    python benchmarks/correlated.py PHOTOS
    python benchmarks/correlated.py PHOTOS --prior mine.safetensors --no-peers
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from _harm import psnr_of, rms
from _suite import centre, read_images
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from napari_flowprior import FlowPrior

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Pixels = NDArray[np.float64]
Denoiser = Callable[[Pixels, float], Pixels]
"""From a noisy picture and the level of its noise to a clean one, 0 to 255."""
Field = Callable[[np.random.Generator, tuple[int, int]], Pixels]

_WHITE, _OTHER = (5.0, 15.0, 25.0, 50.0), (5.0, 15.0)
_WIDTHS = (0.5, 0.8, 1.5)
_ENLARGED = 1.5
_IMPULSES = 0.01


class Case(NamedTuple):
    """Noisy pictures and where their pixels are compared with the clean ones."""

    name: str
    sigma: float
    noisy: Sequence[Pixels]
    compared: Sequence[NDArray[np.bool_]]


def white(rng: np.random.Generator, shape: tuple[int, int]) -> Pixels:
    return rng.normal(0, 1, shape)


def blurred(width: float) -> Field:
    return lambda rng, shape: gaussian_filter(white(rng, shape), width)


def enlarged(rng: np.random.Generator, shape: tuple[int, int]) -> Pixels:
    height, width = (int(np.ceil(side / _ENLARGED)) + 1 for side in shape)
    field: Pixels = zoom(white(rng, (height, width)), _ENLARGED, order=1)
    return field[: shape[0], : shape[1]]


def with_noise(clean: Sequence[Pixels], field: Field, sigma: float) -> list[Pixels]:
    rng = np.random.default_rng(0)
    fields = [field(rng, picture.shape) for picture in clean]
    return [x + n * (sigma / n.std()) for x, n in zip(clean, fields, strict=True)]


def with_impulses(noisy: Pixels, rng: np.random.Generator) -> tuple[Pixels, Any]:
    """Return the picture with impulses, and which pixels have none."""
    struck = rng.random(noisy.shape)
    light = np.where(struck < _IMPULSES / 2, 0.0, 255.0)
    good = struck >= _IMPULSES
    return np.where(good, noisy, light), good


def cases(clean: Sequence[Pixels]) -> Iterator[Case]:
    every = [np.ones(picture.shape, dtype=bool) for picture in clean]
    for sigma in _WHITE:
        yield Case("white", sigma, with_noise(clean, white, sigma), every)
    fields: dict[str, Field] = {f"blurred by {w}": blurred(w) for w in _WIDTHS}
    for name, field in {**fields, f"enlarged by {_ENLARGED}": enlarged}.items():
        for sigma in _OTHER:
            yield Case(name, sigma, with_noise(clean, field, sigma), every)
    for sigma in _OTHER:
        rng = np.random.default_rng(1)
        noisy = with_noise(clean, white, sigma)
        struck, good = zip(*(with_impulses(y, rng) for y in noisy), strict=True)
        yield Case("good pixels, without impulses", sigma, noisy, good)
        yield Case(f"good pixels, {_IMPULSES:.0%} impulses", sigma, struck, good)


def network(prior: FlowPrior) -> Denoiser:
    def denoise(noisy: Pixels, sigma: float) -> Pixels:
        batch = torch.from_numpy(noisy / 255)[None, None].to(prior.dtype)
        out: Pixels = prior.denoise(batch, sigma / 255)[0, 0].double().numpy()
        return 255 * out

    return denoise


def block_matching(noisy: Pixels, sigma: float) -> Pixels:
    from bm3d import bm3d

    out: Pixels = bm3d(noisy, sigma)
    return out


def methods(options: argparse.Namespace) -> dict[str, Denoiser]:
    found: dict[str, Denoiser] = {"noisy": lambda noisy, _: noisy}
    found |= {name: network(FlowPrior.load(name)) for name in options.prior}
    if options.peers and find_spec("bm3d") is not None:
        found["BM3D"] = block_matching
    return found


def measured(case: Case, clean: Sequence[Pixels], denoise: Denoiser) -> float:
    """Return the mean PSNR of a method in a case."""
    pairs = zip(clean, case.noisy, case.compared, strict=True)
    return float(
        np.mean([psnr_of(rms((denoise(y, case.sigma) - x)[m])) for x, y, m in pairs])
    )


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--prior", nargs="+", default=["photo-gray", "microscopy"])
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, default=192, help="side, a multiple of 8")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    images = read_images(options.images, limit=options.limit)
    clean = [centre(x, options.crop).astype(np.float64) for x in images.values()]
    found = methods(options)
    print(f"{len(clean)} images")
    print("| noise | sigma | " + " | ".join(found) + " |")
    print("|---" * (len(found) + 2) + "|")
    for case in cases(clean):
        figures = [measured(case, clean, denoise) for denoise in found.values()]
        cells = " | ".join(f"{figure:.2f}" for figure in figures)
        print(f"| {case.name} | {case.sigma:g} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
