"""See whether intensities are kept: for photometry, ratios and line profiles.

Fluorescence is drawn: blobs, smoothed (scikit-image's ``binary_blobs``), or what the
images that are given have above their darkest tenth, on a background of a tenth of
white. A camera counts photons, adds an offset and its noise. Of the restored image, how
far its mean is from the true one, in all, and in what lies five pixels and more within
the background and within what is bright, in percent of it; and of the noisy image the
same, which is what chance leaves. Then how far results of the same image in units of
another size differ, and the ratio of two channels that are restored together. Prints
Markdown::

    python benchmarks/quantity.py
    python benchmarks/quantity.py IMAGE... --peak 0.5 2 5 20
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _suite import centre, read_images
from scipy.ndimage import binary_erosion, gaussian_filter
from skimage.data import binary_blobs
from skimage.filters import threshold_otsu

from napari_flowprior import restore
from napari_flowprior.restoration import Auto, Noise, PoissonGaussian

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from napari_flowprior.restoration import Degradation

    Image = NDArray[Any]

_OFFSET, _READ_NOISE = 100.0, 1.0
_BACKGROUND, _DARK, _WITHIN = 0.1, 0.1, 5
# Grey levels per electron, over four decades.
_GAINS = (0.1, 1.0, 10.0, 100.0, 1000.0)
_TOLD = "camera told"


@dataclass(frozen=True)
class Scene:
    """Expected photons, and where it is dark and bright."""

    light: Image
    dark: Image
    bright: Image

    @classmethod
    def of(cls, picture: Image) -> Scene:
        low, high = np.quantile(picture, (_DARK, 0.999))
        above = ((picture - low) / (high - low)).clip(0, 1)
        mask = above > threshold_otsu(above)
        dark, bright = (
            binary_erosion(each, iterations=_WITHIN, border_value=1)
            for each in (~mask, mask)
        )
        return cls(_BACKGROUND + (1 - _BACKGROUND) * above, dark, bright)

    def parts(self) -> Iterator[tuple[str, Image]]:
        yield "whole", np.ones_like(self.dark)
        yield "background", self.dark
        yield "bright", self.bright


def blobs(side: int) -> Image:
    mask = binary_blobs(side, blob_size_fraction=0.15, volume_fraction=0.4, rng=0)
    return np.asarray(gaussian_filter(mask.astype(np.float64), 1.5))


def counted(light: Image, peak: float, seed: int = 0) -> Image:
    rng = np.random.default_rng(seed)
    read = rng.normal(_OFFSET, _READ_NOISE, light.shape)
    return np.asarray(rng.poisson(peak * light) + read)


def camera(gain: float = 1.0) -> PoissonGaussian:
    return PoissonGaussian(gain, gain * _OFFSET, gain * _READ_NOISE)


def restored(image: Image, degradation: Degradation, **options: Any) -> Image:
    return np.asarray(
        restore(
            image,
            prior="microscopy",
            degradation=degradation,
            device="cpu",
            dtype="float64",
            **options,
        )
    )


def bias(image: Image, truth: Image, where: Image) -> float:
    """Return how far a mean is from the true one, in percent."""
    mean = float(truth[where].mean())
    return 100 * (float(image[where].mean()) - _OFFSET - mean) / mean


def photometry(scenes: Mapping[str, Scene], peaks: list[float]) -> Iterator[str]:
    yield "| photons | part | noisy | " + _TOLD + " | nothing told |"
    yield "|---" * 5 + "|"
    for peak in peaks:
        found: dict[str, list[tuple[float, ...]]] = {}
        for scene in scenes.values():
            noisy, truth = counted(scene.light, peak), peak * scene.light
            results = [noisy, *(restored(noisy, each) for each in (camera(), Auto()))]
            for name, where in scene.parts():
                row = tuple(bias(each, truth, where) for each in results)
                found.setdefault(name, []).append(row)
        for name, rows in found.items():
            worst = (max(column, key=abs) for column in zip(*rows, strict=True))
            cells = " | ".join(f"{each:+.1f} %" for each in worst)
            yield f"| {peak:g} | {name} | {cells} |"


def units(scene: Scene, peak: float) -> Iterator[str]:
    """Compare results of one image in several units with each other."""
    noisy = counted(scene.light, peak)
    white = float(np.sqrt(peak * scene.light.mean() + _READ_NOISE**2))
    for name, told in (("Poisson-Gaussian noise", camera), ("white noise", None)):
        results = []
        for gain in _GAINS:
            kind = Noise(sigma=gain * white) if told is None else told(gain)
            results.append(restored(gain * noisy, kind) / gain)
        spread = np.ptp(results, axis=0).max() / np.ptp(results[0])
        yield (
            f"Of {name}, results in units of {_GAINS[0]:g} to {_GAINS[-1]:g} differ by "
            f"{100 * spread:.2g} % of their range at most."
        )


def ratios(scene: Scene, peak: float) -> str:
    """Compare the ratio of two channels, one of which is a tenth of the other."""
    pair = np.stack(
        [counted(scale * scene.light, peak, seed=n) for n, scale in enumerate((1, 0.1))]
    )
    out = restored(pair, Auto(), axes="CYX") - _OFFSET
    found = out[0][scene.bright].mean() / out[1][scene.bright].mean()
    return f"Two channels of a ratio of 10 come back with one of {found:.2f}."


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="*", help="files, folders, FILE.tif:planes")
    parser.add_argument("--peak", type=float, nargs="+", default=[0.5, 2, 5, 20])
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    pictures = read_images(options.images) or {"blobs": blobs(options.side)}
    scenes = {
        name: Scene.of(centre(picture, options.side).astype(np.float64))
        for name, picture in pictures.items()
    }
    for line in photometry(scenes, options.peak):
        print(line, flush=True)
    print()
    first = next(iter(scenes.values()))
    for line in units(first, options.peak[-1]):
        print(line)
    print(ratios(first, options.peak[-1]))


if __name__ == "__main__":
    main()
