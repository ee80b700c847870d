"""Adapt a prior to noisy images, and measure what came of it against their truth.

Adds white noise, or that of photons, to clean planes, adapts the prior to the noisy
ones with nothing told (``--told`` tells the noise), and restores them before and after.
Prints PSNR of both (dB), what the adaptation says that it gained on held-out tiles, and
how many steps it made::

    python benchmarks/adaptation.py POLLEN.tif:4,10,16,22,28 --sigma 25 --minutes 2
    python benchmarks/adaptation.py SET12 --single --photons 20 --steps 150
    python benchmarks/adaptation.py --pairs FMD --steps 150

``--single`` adapts to each image by itself. ``--loss`` takes another loss than
recorruption: Stein's estimate (``sure``), masked pixels (``masked``, Noise2Void), or
neighbours (``neighbours``, Neighbor2Neighbor). With ``--pairs`` noisy images are those
of a folder of ``NAME_noisy`` and ``NAME_clean``; the prior is adapted to each one, and
where names differ in a number at their ends, as ``KIND_1`` and ``KIND_2`` do, it also
restores the next one of the kind, which it has not seen.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import torch
from _suite import centre, read_images

from napari_flowprior import FlowPrior, adapt, restore
from napari_flowprior._errors import InputError
from napari_flowprior.adaptation import _learner
from napari_flowprior.calibration import find_pairs
from napari_flowprior.restoration import Noise, PoissonGaussian

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.adaptation._batch import NoisyBatch
    from napari_flowprior.flow import MultiscaleFlow
    from napari_flowprior.restoration import Degradation

    Planes = NDArray[np.float64]

STEP = 0.1
MASKED = 0.02
# Of the camera: grey level of black, grey levels per photon, and electrons.
OFFSET, GAIN, READ_NOISE = 100, 4, 1.5


def sure(
    flow: MultiscaleFlow, batch: NoisyBatch, rng: np.random.Generator
) -> torch.Tensor:
    """Stein's estimate of the error, the divergence by one probe."""
    y, told, scale = batch.seen, batch.told, batch.level
    probe = torch.from_numpy(rng.standard_normal(tuple(y.shape), dtype="float32"))
    answer = flow.denoise(y, told, batch.clipped)
    moved = flow.denoise(y + STEP * scale * probe, told, batch.clipped)
    divergence = (probe * (moved - answer) / (STEP * scale)).mean()
    return ((answer - y) / scale).square().mean() + 2 * divergence


def masked(
    flow: MultiscaleFlow, batch: NoisyBatch, rng: np.random.Generator
) -> torch.Tensor:
    """Pixels that are replaced by a neighbour, and are to be told from around."""
    y = batch.seen
    chosen = torch.from_numpy(rng.random(tuple(y.shape)) < MASKED)
    down, right = (int(k) for k in rng.choice([-2, -1, 1, 2], 2))
    shown = torch.where(chosen, y.roll((down, right), (2, 3)), y)
    answer = flow.denoise(shown, batch.told, batch.clipped)
    error = ((answer - y) / batch.level).square() * chosen
    return error.sum() / chosen.sum()


def neighbours(
    flow: MultiscaleFlow, batch: NoisyBatch, rng: np.random.Generator
) -> torch.Tensor:
    """Two pixels next to each other of each 2x2 block, one to predict the other."""
    y = batch.seen
    cells = torch.nn.functional.pixel_unshuffle(y, 2)
    number = torch.from_numpy(rng.integers(0, 4, (len(y), 1, *cells.shape[2:])))
    beside = torch.tensor([[1, 2], [0, 3], [0, 3], [1, 2]])[number]
    side = torch.from_numpy(rng.integers(0, 2, (*number.shape, 1)))
    other = beside.gather(-1, side)[..., 0]
    first, second = cells.gather(1, number), cells.gather(1, other)
    answer = flow.denoise(first, batch.told, batch.clipped)
    with torch.no_grad():
        whole = torch.nn.functional.pixel_unshuffle(
            flow.denoise(y, batch.told, batch.clipped), 2
        )
    apart = whole.gather(1, number) - whole.gather(1, other)
    error, scale = answer - second, batch.level
    return (error / scale).square().mean() + ((error - apart) / scale).square().mean()


LOSSES = {
    "recorruption": _learner.recorruption_loss,
    "sure": sure,
    "masked": masked,
    "neighbours": neighbours,
}


def psnr(planes: Planes, clean: Planes) -> float:
    error = np.square(planes - clean).mean()
    return float(-10 * np.log10(error / (clean.max() - clean.min()) ** 2))


def noisy(
    clean: Planes, options: argparse.Namespace
) -> tuple[Planes, NDArray[np.float32]]:
    """Add noise to planes from 0 to 1; return them in its units, and with it."""
    rng = np.random.default_rng(0)
    drawn = rng.standard_normal(clean.shape)
    if options.photons:
        counts = rng.poisson(clean * options.photons) + READ_NOISE * drawn
        truth = OFFSET + GAIN * options.photons * clean
        return truth, (OFFSET + GAIN * counts).round().astype(np.float32)
    return 255 * clean, (255 * clean + options.sigma * drawn).astype(np.float32)


def known(options: argparse.Namespace) -> Degradation | None:
    """Return what is told of the noise, if it is."""
    if not options.told:
        return None
    if options.photons:
        return PoissonGaussian(gain=GAIN, offset=OFFSET, read_noise=GAIN * READ_NOISE)
    return Noise(sigma=options.sigma)


def stretched(plane: NDArray[np.generic]) -> Planes:
    low, high = np.percentile(plane, [0.1, 99.9])
    return ((plane.astype(np.float64) - low) / (high - low)).clip(0, 1)


def case(
    name: str,
    clean: Planes,
    shown: NDArray[np.generic],
    options: argparse.Namespace,
    other: tuple[NDArray[np.generic], Planes] | None = None,
) -> None:
    """Adapt and restore, and print a row; another for what was not seen."""
    started = time.process_time()
    prior = FlowPrior.load(options.prior)
    budget = {"steps": options.steps} if options.steps else {"minutes": options.minutes}
    with patch.object(_learner, "recorruption_loss", LOSSES[options.loss]):
        found = adapt(
            shown, prior=prior, degradation=known(options), axes="ZYX", **budget
        )
    seconds = time.process_time() - started
    rows = {name: (shown, clean)}
    if other is not None:
        rows[f"{name}, the next of its kind"] = other
    for title, (image, truth) in rows.items():
        figures = [psnr(image.astype(np.float64), truth)]
        for each in (prior, found.prior):
            result = restore(
                image,
                prior=each,
                degradation=known(options),
                axes="ZYX",
                dtype=np.float32,
            )
            figures.append(psnr(result.astype(np.float64), truth))
        cells = " | ".join(f"{figure:.2f}" for figure in figures)
        print(
            f"| {title} | {cells} | {figures[2] - figures[1]:+.2f} | {found.gain:+.2f} "
            f"| {found.steps} | {seconds:.0f} |",
            flush=True,
        )


def real(options: argparse.Namespace) -> None:
    """Adapt to each of real pairs."""
    read, kinds = {}, defaultdict(list)
    for pair in find_pairs(options.pairs):
        planes = [p if p.ndim == 2 else p[..., 1] for p in pair.read(None)[:2]]
        shown, clean = (centre(p, options.crop)[np.newaxis] for p in planes)
        read[pair.name] = shown, clean.astype(np.float64)
        kinds[pair.name.rpartition("_")[0]].append(pair.name)
    names = list(read)
    for name in names[:: max(1, len(names) // (options.limit or len(names)))]:
        alike = kinds[name.rpartition("_")[0]]
        following = alike[(alike.index(name) + 1) % len(alike)]
        shown, clean = read[name]
        other = read[following] if following != name else None
        try:
            case(name, clean, shown, options, other)
        except InputError as error:
            print(f"{name}: {error}", flush=True)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="*", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--pairs", type=Path, help="folder of real pairs instead")
    parser.add_argument("--sigma", type=float, default=25.0, help="of 255")
    parser.add_argument("--photons", type=float, help="at white, in place of --sigma")
    parser.add_argument("--told", action="store_true", help="tell the noise")
    parser.add_argument("--single", action="store_true", help="each image by itself")
    parser.add_argument("--loss", choices=LOSSES, default="recorruption")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--steps", type=int)
    parser.add_argument(
        "--limit", type=int, help="only so many images, of pairs evenly spread"
    )
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    print("| images | noisy | before | after | gain | said | steps | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    if options.pairs:
        real(options)
        return
    images = read_images(options.images, limit=options.limit)
    found = {n: stretched(centre(p, options.crop)) for n, p in images.items()}
    stacks = {n: p[np.newaxis] for n, p in found.items()}
    if not options.single:
        stacks = {"all": np.stack(list(found.values()))}
    for name, clean in stacks.items():
        case(name, *noisy(clean, options), options)


if __name__ == "__main__":
    main()
