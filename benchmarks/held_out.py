"""Compare the error that held-out noisy tiles tell of with the true one.

Adapts a prior to noisy planes by several losses, some of which make it worse, and after
every few steps notes the error of the held-out tiles as an adaptation estimates it, by
Stein's lemma, and as it is against the clean ones. Prints how both are correlated over
the steps, how much better the last one is than the first, and by how much the least
estimate misses the least error (dB)::

    python benchmarks/held_out.py SET12 --sigma 25 --steps 120 --threads 1
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np
import torch
from _suite import centre, read_images
from adaptation import LOSSES, noisy, stretched
from scipy.stats import spearmanr

from napari_flowprior import FlowPrior
from napari_flowprior._generators import Run
from napari_flowprior.adaptation import _learner
from napari_flowprior.adaptation._adapt import _survey
from napari_flowprior.adaptation._learner import Budget, Learner
from napari_flowprior.adaptation._tiles import SIDE, NoisyTiles
from napari_flowprior.restoration import Noise, PoissonGaussian

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from napari_flowprior.restoration.engine._parts import Part

EVERY, RATES = 10, {"recorruption": 1e-4, "masked": 3e-4, "sure": 3e-4}
CPU = torch.device("cpu")


def surveyed(
    shown: NDArray[np.float32], prior: FlowPrior, options: argparse.Namespace
) -> list[Part]:
    known = Noise(sigma=options.sigma)
    if options.photons:
        known = PoissonGaussian(4, 100, 6)
    search: Generator[object, None, tuple[FlowPrior, list[Part]]]
    search = _survey([shown], prior, known, ["ZYX"], CPU)
    return Run(search).result[1]


def truths(tiles: NoisyTiles, clean: NDArray[np.float64]) -> torch.Tensor:
    """Return the held-out tiles of clean planes, as the prior sees them."""
    found = []
    for place in tiles._held:
        tile = clean[place.plane, place.y :, place.x :][:SIDE, :SIDE]
        scale = tiles.parts[place.part].scale
        found.append(scale.normalise(tile[np.newaxis], np.float32))
    return torch.from_numpy(np.stack(found))


def followed(
    tiles: NoisyTiles,
    clean: torch.Tensor,
    prior: FlowPrior,
    loss: str,
    options: argparse.Namespace,
) -> tuple[list[float], list[float]]:
    """Adapt, and note both errors after every few steps."""
    batch = tiles.held_out()
    told, true = [], []

    def measure(learner: Learner) -> None:
        flow = learner._average
        told.append(learner._held.risk(flow).error)
        with torch.no_grad():
            answer = flow.denoise(batch.seen, batch.told, batch.clipped)
        unit = batch.told[:, None, None, None]
        true.append(float(((answer - clean) / unit).square().mean()))

    with (
        patch.object(_learner, "recorruption_loss", LOSSES[loss]),
        patch.object(_learner, "_RATE", RATES[loss]),
        patch.object(_learner, "_FEWEST_STEPS", EVERY),
        patch.object(_learner, "_MEASURES", options.steps // EVERY),
        patch.object(Learner, "_measure", measure),
    ):
        learner = Learner(prior, tiles, np.random.default_rng(0))
        measure(learner)
        for _ in learner.learn(Budget(1.0, options.steps)):
            pass
    return told, true


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="+", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--sigma", type=float, default=25.0, help="of 255")
    parser.add_argument("--photons", type=float, help="at white, in place of --sigma")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, default=256)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    images = read_images(options.images, limit=options.limit).values()
    planes = np.stack([stretched(centre(image, options.crop)) for image in images])
    clean, shown = noisy(planes, options)
    tiles = NoisyTiles(surveyed(shown, prior, options), CPU)
    wanted = truths(tiles, clean)
    print("| loss | correlation | of ranks | change | missed |")
    print("|---|---|---|---|---|")
    whole: tuple[list[float], list[float]] = [], []
    for loss in RATES:
        told, true = followed(tiles, wanted, prior, loss, options)
        for all_, each in zip(whole, (told, true), strict=True):
            all_.extend(each)
        print(row(loss, told, true), flush=True)
    print(row("all", *whole))


def row(name: str, told: list[float], true: list[float]) -> str:
    straight = float(np.corrcoef(told, true)[0, 1])
    ranks = float(spearmanr(told, true).statistic)
    change = 10 * np.log10(true[0] / true[-1])
    missed = 10 * np.log10(true[int(np.argmin(told))] / min(true))
    return f"| {name} | {straight:.3f} | {ranks:.3f} | {change:+.2f} | {missed:.2f} |"


if __name__ == "__main__":
    main()
