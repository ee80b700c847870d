"""Restore images that use a few of the levels of their type.

Clean images are scaled to so many levels above an offset and get white noise, rounded
and cut off as 8 bits do. Ours sees them over what they use, with the level told and
with nothing told, and as if they used all of 8 bits (``intensity_range="type"``). BM3D
takes part where it is installed. PSNR, in dB of 255 levels, as a Markdown table::

    python benchmarks/dim.py SET12 --crop 128
    python benchmarks/dim.py KODAK24 --colour --prior photo-rgb --crop 128
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _suite import centre, eight_bits, read_images

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import Auto, Noise

if TYPE_CHECKING:
    from collections.abc import Callable

    from _suite import Picture
    from numpy.typing import NDArray

# Levels between black and white, offset of black, noise.
CASES = ((20, 10, 2.0), (40, 0, 5.0), (80, 20, 5.0), (80, 0, 10.0), (160, 30, 10.0))


def dimmed(clean: Picture, levels: int, offset: int) -> NDArray[np.float64]:
    return offset + clean * (levels / 255.0)


def noisy(scene: NDArray[np.float64], sigma: float) -> Picture:
    return eight_bits(scene + np.random.default_rng(0).normal(0, sigma, scene.shape))


def psnr(found: NDArray[Any], scene: NDArray[np.float64]) -> float:
    error = np.mean((found.astype(np.float64) - scene) ** 2)
    return float(10 * np.log10(255**2 / error))


def methods(
    prior: FlowPrior, sigma: float
) -> dict[str, Callable[[Picture], NDArray[Any]]]:
    """Return what takes out the noise, from 8 bits to floating numbers."""
    told: dict[str, Any] = {"prior": prior, "dtype": "float32"}
    known = {**told, "degradation": Noise(sigma=sigma)}
    found: dict[str, Callable[[Picture], NDArray[Any]]] = {
        "noisy": lambda y: y,
        "ours": lambda y: restore(y, **known),
        "ours, nothing told": lambda y: restore(y, degradation=Auto(), **told),
        "ours, seen as all of 8 bits": lambda y: restore(
            y, intensity_range="type", **known
        ),
    }
    if find_spec("bm3d") is not None:
        found["BM3D"] = lambda y: block_matching(y, sigma)
    return found


def block_matching(y: Picture, sigma: float) -> NDArray[Any]:
    import bm3d

    remove = bm3d.bm3d_rgb if y.ndim == 3 else bm3d.bm3d
    found: NDArray[Any] = remove(y.astype(np.float64), sigma)
    return found


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--colour", action="store_true")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    images = read_images(options.images, colour=options.colour, limit=options.limit)
    images = {name: centre(image, options.crop) for name, image in images.items()}
    rows: dict[str, list[str]] = {}
    for levels, offset, sigma in CASES:
        scenes = [dimmed(image, levels, offset) for image in images.values()]
        for name, method in methods(prior, sigma).items():
            found = [psnr(method(noisy(scene, sigma)), scene) for scene in scenes]
            rows.setdefault(name, []).append(f"{np.mean(found):.2f}")
    print(f"{len(images)} images, prior {prior.name}")
    titles = [f"{n} from {at}, noise {sigma:g}" for n, at, sigma in CASES]
    print("|", " | ".join(["levels", *titles]), "|")
    print("|", " | ".join(["---"] * (1 + len(CASES))), "|")
    for name, figures in rows.items():
        print("|", " | ".join([name, *figures]), "|")


if __name__ == "__main__":
    main()
