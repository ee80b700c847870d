"""Restore photon counts as Poisson-Gaussian noise, and as if their noise were white.

White of a clean image becomes so many photons on average, the camera counts them and
adds its own. Every method gets the same images. Ours as `PoissonGaussian` is told the
camera or estimates it from the image, or nothing is told; ours as `Noise` estimates one
level or is told the root of the mean variance; or as `Noise` of the level that each
pixel has by the light that the first of these finds, which is the direct likelihood in
place of the curve of intensities. BM3D takes part where ``bm3d`` is installed, under
the same curve of intensities and with the same inverse. Prints mean PSNR and SSIM and
the mean time relative to ours, as a Markdown table. With ``--figure``, planes of real
images are restored, with nothing told, and details of them are drawn::

    python benchmarks/photons.py SET12 --peak 5 20 100
    python benchmarks/photons.py stack.tif:3,7 --prior microscopy --read-noise 2
    python benchmarks/photons.py --prior microscopy --figure real.tif out.png
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import torch
from _drawing import Cell, draw_grid, save
from _suite import Picture, centre, eight_bits, measure, read_images, table
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import (
    Anscombe,
    Auto,
    Degradation,
    Noise,
    PoissonGaussian,
)

Counts = NDArray[np.float64]
Restorer = Callable[[Counts], NDArray[Any]]
"""From grey levels of a camera to those without noise."""

# About what one may say of a pixel that counted no electron.
_LEAST = 3 / 8
# Side of a detail of a real image, and how many times it is enlarged.
_SIDE, _ZOOM = 128, 2
# Below white, so that what is dark can be seen.
_GAMMA = 0.7
_KIND = "Poisson-Gaussian noise"


def counted(
    images: Mapping[str, Picture], peak: float, camera: Anscombe
) -> dict[str, tuple[Picture, Counts]]:
    """Take pictures of clean images, with `peak` electrons where they are white."""
    rng = np.random.default_rng(0)
    pairs = {}
    for name, clean in images.items():
        electrons = rng.poisson(clean * (peak / 255.0))
        read = rng.normal(camera.offset, camera.read_noise, clean.shape)
        pairs[name] = clean, camera.gain * electrons + read
    return pairs


def ours(
    prior: FlowPrior, estimator: str, degrade: Callable[[Counts], Degradation]
) -> Restorer:
    options = {"prior": prior, "estimator": estimator, "dtype": "float64"}
    return lambda y: restore(y, degradation=degrade(y), **options)


def block_matching(camera: Anscombe) -> Restorer:
    from bm3d import bm3d

    return lambda y: camera.inverse(bm3d(camera.forward(y), 1.0))


def restorers(
    prior: FlowPrior, camera: Anscombe, estimator: str
) -> dict[str, Restorer]:
    told = PoissonGaussian(camera.gain, camera.offset, camera.read_noise)

    def mean_level(y: Counts) -> Noise:
        variance = camera.gain * (y.mean() - camera.offset) + camera.read_noise**2
        return Noise(sigma=float(np.sqrt(variance)))

    by_curve = ours(prior, estimator, lambda _: told)

    def each_level(y: Counts) -> Noise:
        electrons = ((by_curve(y) - camera.offset) / camera.gain).clip(min=_LEAST)
        variance = camera.gain**2 * electrons + camera.read_noise**2
        return Noise(map=np.sqrt(variance))

    found: dict[str, Restorer] = {
        "noisy": lambda y: y,
        _KIND: by_curve,
        f"{_KIND}, level of each pixel": ours(prior, estimator, each_level),
        f"{_KIND}, estimated": ours(prior, estimator, lambda _: PoissonGaussian()),
        "nothing told": ours(prior, estimator, lambda _: Auto()),
        "white noise, mean level": ours(prior, estimator, mean_level),
        "white noise, estimated": ours(prior, estimator, lambda _: Noise()),
    }
    if find_spec("bm3d") is not None:
        found[f"BM3D, {_KIND}"] = block_matching(camera)
    return found


def scaled(restorer: Restorer, peak: float, camera: Anscombe) -> Any:
    """Return the method that answers in the grey levels of the clean image."""
    white = camera.gain * peak
    return lambda y, _: eight_bits(255 * (restorer(y) - camera.offset) / white)


def compare(options: argparse.Namespace, prior: FlowPrior) -> str:
    """Measure all methods at each number of photons, and return the table."""
    images = read_images(options.images, limit=options.limit)
    images = {name: centre(image, options.crop) for name, image in images.items()}
    camera = Anscombe(options.gain, options.offset, options.read_noise)
    found = restorers(prior, camera, options.estimator)
    columns = {}
    for peak in options.peak:
        methods = {name: scaled(f, peak, camera) for name, f in found.items()}
        pairs = counted(images, peak, camera)
        columns[f"peak {peak:g}"] = measure(pairs, 0.0, methods)
    heading = f"{len(images)} images, prior {prior.name}"
    return f"{heading}\n{table(columns, _KIND)}"


def draw_real(path: Path, prior: FlowPrior, estimator: str, out: Path) -> None:
    """Draw the brightest and the darkest detail of a noisy plane, and what is made."""
    noisy = tifffile.imread(path)
    planes = {"noisy": noisy.astype(np.float64)}
    for name, known in (
        ("as white noise", Noise()),
        (f"as {_KIND}", None),
    ):
        degradation = known or PoissonGaussian()
        restorer = ours(prior, estimator, lambda _, d=degradation: d)
        planes[name] = restorer(noisy)
        print(f"{name}: {degradation.summary()}")
    rows = [
        [Cell(shown(plane[place], planes["noisy"][place])) for plane in planes.values()]
        for place in details(planes["noisy"])
    ]
    save(draw_grid(rows, list(planes)), out)


def details(plane: Counts) -> list[tuple[slice, slice]]:
    """Return the brightest and the darkest square of a plane, but for highlights."""
    light = uniform_filter(np.minimum(plane, np.percentile(plane, 99)), _SIDE)
    half = _SIDE // 2
    inner = light[half:-half, half:-half]
    places = []
    for index in (inner.argmax(), inner.argmin()):
        top, left = np.unravel_index(index, inner.shape)
        places.append((slice(top, top + _SIDE), slice(left, left + _SIDE)))
    return places


def shown(detail: Counts, noisy: Counts) -> Picture:
    """Return a detail as it is drawn, between black and white of the noisy one."""
    low, high = np.percentile(noisy, (1, 99.5))
    share = np.clip((detail - low) / (high - low), 0, 1)
    return eight_bits(255 * share**_GAMMA).repeat(_ZOOM, 0).repeat(_ZOOM, 1)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="*", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--peak", type=float, nargs="+", default=[5, 20, 100])
    parser.add_argument("--gain", type=float, default=1.0)
    parser.add_argument("--offset", type=float, default=0.0)
    parser.add_argument("--read-noise", type=float, default=0.0)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--estimator", default="mmse")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument(
        "--figure",
        type=Path,
        nargs=2,
        metavar=("REAL", "PNG"),
        help="noisy TIFF file of one plane, and what to draw it to",
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    if options.images:
        print(compare(options, prior))
    if options.figure is not None:
        real, png = options.figure
        draw_real(real, prior, options.estimator, png)


if __name__ == "__main__":
    main()
