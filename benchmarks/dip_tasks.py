"""Restore the images of Deep Image Prior's own experiments, by it and with one prior.

DIP has the settings that its authors published for each experiment. Both methods get
the same damaged image of 8 bits and the same operator. Because DIP takes hours for
whole images on a processor, a detail of each is restored, of 96x96 pixels, 64x64 where
it takes 11000 steps, and 192x192 where its network has six scales; the whole image of
512x512 where its network is small and takes 1000 steps. Experiments without
a reference (vase, snail) are left out. Prints PSNR over the detail, that of
scikit-image's biharmonic inpainting or of bicubic interpolation where there are holes
or few pixels, and times relative to ours::

    python benchmarks/dip_tasks.py DIP --threads 1
    python benchmarks/dip_tasks.py DIP --tasks "zebra x4" --figure dip.png

``--keep FOLDER`` keeps what DIP finds there, and the time that it took, and takes it
from there the next time.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from _damage import Damage, Damaged, biharmonic, masked, pixels, planes, smaller
from _figure import Figure
from _skip_network import Settings, fit
from _suite import eight_bits
from PIL import Image

from napari_flowprior import FlowPrior, restore
from napari_flowprior.restoration import Inpaint, Noise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from _suite import Picture
    from numpy.typing import NDArray

SIGMA = 25.0
_SMALL = (16, 32, 64, 128, 128)


@dataclass(frozen=True)
class Experiment:
    """A detail of an image, its damage, and DIP's settings for it."""

    image: str
    corner: tuple[int, int]
    damage: Damage | str
    settings: Settings
    side: int = 96


class Timed(NamedTuple):
    """An image, and how many seconds it took."""

    image: NDArray[Any]
    seconds: float


def noisy(clean: Picture) -> Damaged:
    noise = np.random.default_rng(0).normal(0, SIGMA, clean.shape)
    return Damaged(eight_bits(clean + noise), Noise(sigma=SIGMA))


def missing(share: float, clean: Picture) -> Damaged:
    return masked(clean, np.random.default_rng(0).random(clean.shape[:2]) < share)


EXPERIMENTS: Mapping[str, Experiment] = {
    "F16, noise of 25": Experiment(
        "denoising/F16_GT.png",
        (180, 235),
        noisy,
        Settings(steps=3000, jitter=1 / 30, average=0.99),
    ),
    "kate, text": Experiment(
        "inpainting/kate.png",
        (165, 215),
        "inpainting/kate_mask.png",
        Settings(steps=6001, skips=(128,) * 5, upsampling="nearest"),
    ),
    "library, regions": Experiment(
        "inpainting/library.png",
        (30, 170),
        "inpainting/library_mask.png",
        Settings(
            steps=3001,
            jitter=0.0,
            inputs=1,
            widths=(*_SMALL, 128),
            skips=(0,) * 6,
            down_side=5,
            upsampling="nearest",
            mixing=False,
        ),
        side=192,
    ),
    "barbara, 50 % missing": Experiment(
        "restoration/barbara.png",
        (340, 280),
        partial(missing, 0.5),
        Settings(steps=11000, rate=0.001),
        side=64,
    ),
    "kate, 98 % missing": Experiment(
        "restoration/kate.png",
        (0, 0),
        partial(missing, 0.98),
        Settings(steps=1000, jitter=0.0, widths=_SMALL, skips=(0,) * 5, pooled=True),
        side=512,
    ),
    "zebra x4": Experiment(
        "sr/zebra_GT.png", (110, 250), smaller(4), Settings(steps=2000)
    ),
}


def load(folder: Path, experiment: Experiment) -> tuple[Picture, Damaged]:
    """Read the detail of an experiment, and damage it."""
    clean = detail(folder / experiment.image, experiment)
    if not isinstance(experiment.damage, str):
        return clean, experiment.damage(clean)
    # Black is missing.
    mask = detail(folder / experiment.damage, experiment)
    return clean, masked(clean, mask.reshape(*mask.shape[:2], -1)[..., 0] < 128)


def detail(path: Path, experiment: Experiment) -> Picture:
    top, left = experiment.corner
    rows, columns = (
        slice(top, top + experiment.side),
        slice(left, left + experiment.side),
    )
    return np.array(Image.open(path))[rows, columns]


def kept(path: Path | None, run: Callable[[], NDArray[Any]]) -> Timed:
    """Run a method, or take from a file what an earlier run of it left there."""
    if path is None or not path.exists():
        begun = time.perf_counter()
        image = run()
        found = Timed(image, time.perf_counter() - begun)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(path, image=image, seconds=found.seconds)
        return found
    with np.load(path) as file:
        return Timed(file["image"], float(file["seconds"]))


def deep_image_prior(damaged: Damaged, settings: Settings) -> NDArray[Any]:
    """Restore by fitting a network, to the operator that ours has."""
    degradation, picture = damaged.degradation, damaged.picture
    y = planes(picture).float() / 255
    size = tuple(side * degradation.enlargement for side in picture.shape[:2])
    operator = degradation.operator((y.shape[-2], y.shape[-1]), y)
    forward = operator.forward
    if isinstance(degradation, Inpaint):
        known = torch.from_numpy(~degradation.mask)
        forward = known.mul
    found = fit(y, forward, (size[0], size[1]), settings)
    return 255 * pixels(found, picture.ndim)


def peer(damaged: Damaged) -> NDArray[Any] | None:
    """Restore by what scikit-image or Pillow have, if they have it."""
    if isinstance(damaged.degradation, Inpaint):
        return biharmonic(damaged)
    if (factor := damaged.degradation.enlargement) > 1:
        height, width = damaged.picture.shape[:2]
        small = Image.fromarray(damaged.picture)
        size = width * factor, height * factor
        return np.asarray(small.resize(size, Image.Resampling.BICUBIC))
    return None


def psnr(result: NDArray[Any] | None, clean: Picture) -> str:
    if result is None:
        return "-"
    error = eight_bits(result).astype(float) - clean
    return f"{10 * np.log10(255**2 / np.mean(error**2)):.2f}"


def row(name: str, folder: Path, keep: Path | None, figure: Figure) -> str:
    """Run both methods on an experiment."""
    clean, damaged = load(folder, EXPERIMENTS[name])
    prior = FlowPrior.load("photo-rgb" if clean.ndim == 3 else "photo-gray")
    options = {"prior": prior, "degradation": damaged.degradation}
    ours = kept(None, lambda: restore(damaged.picture, **options))
    path = None if keep is None else keep / f"{name}.npz"
    settings = EXPERIMENTS[name].settings
    theirs = kept(path, lambda: deep_image_prior(damaged, settings))
    simple = peer(damaged)
    found = {"ours": ours.image, "Deep Image Prior": theirs.image}
    shown = {"reference": clean, **found}
    for method, image in shown.items():
        figure.add(name, method, eight_bits(image))
    scores = (psnr(result, clean) for result in (*found.values(), simple))
    ratio = theirs.seconds / ours.seconds
    return f"| {name} | {' | '.join(scores)} | {ratio:.0f} |"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", type=Path, help="the folder data of its repository")
    parser.add_argument(
        "--tasks", nargs="+", default=[*EXPERIMENTS], choices=EXPERIMENTS
    )
    parser.add_argument("--figure", type=Path, help="PNG file of the details")
    parser.add_argument("--keep", type=Path, help="folder for what DIP finds")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    figure = Figure()
    print("| image | ours | Deep Image Prior | biharmonic or bicubic | times as long |")
    print("|---|---|---|---|---|")
    for name in options.tasks:
        print(row(name, options.images, options.keep, figure), flush=True)
    if options.figure is not None:
        figure.save(options.figure)


if __name__ == "__main__":
    main()
