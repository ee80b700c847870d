"""Train a prior from nothing on noisy photographs alone, and on the same ones clean.

Each photograph gets white noise of one level once, and only that is seen: `train` finds
the level, its flow learns by the likelihood at that level and above, and its score
network by recorruption. The same recipe learns from the clean photographs with as many
steps. Prints PSNR (dB) of both, and of the prior that is shipped, on other images with
noise of that level, and writes the priors to a folder::

    python benchmarks/from_noisy.py PHOTOS SET12 --out PRIORS --steps 1500

Priors that are there already are not trained again.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _suite import centre, read_images

from napari_flowprior import FlowPrior, TrainJob, restore, train
from napari_flowprior.restoration import Noise
from napari_flowprior.training import TrainingImage

if TYPE_CHECKING:
    from numpy.typing import NDArray


def trained(
    kind: str, images: dict[str, NDArray[Any]], options: argparse.Namespace
) -> FlowPrior:
    path = options.out / f"{kind}-{options.steps}.safetensors"
    if not path.exists():
        data = tuple(TrainingImage(p, "YX", name) for name, p in images.items())
        job = TrainJob(
            out=path,
            recipe=options.recipe,
            data=data,
            images=kind,
            steps=options.steps,
            # What a look says of a few photographs is not asked here.
            insist=True,
            overwrite=True,
        )
        train(job)
    return FlowPrior.load(path)


def psnr(prior: FlowPrior, tests: list[NDArray[Any]], sigma: float) -> float:
    rng, found = np.random.default_rng(0), []
    for clean in tests:
        shown = (clean + sigma * rng.standard_normal(clean.shape)).astype(np.float32)
        answer = restore(shown, prior=prior, degradation=Noise(sigma=sigma))
        error = np.square(answer.astype(np.float64) - clean).mean()
        found.append(10 * np.log10(255**2 / error))
    return float(np.mean(found))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", help="folder to learn from")
    parser.add_argument("tests", help="folder to measure on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the priors")
    parser.add_argument("--recipe", default="small")
    parser.add_argument("--sigma", type=float, default=25.0, help="of 255")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--limit", type=int, help="only so many photographs")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    clean = read_images([options.photos], limit=options.limit)
    rng, sigma = np.random.default_rng(1), options.sigma
    noisy = {
        name: (p + sigma * rng.standard_normal(p.shape)).astype(np.float32)
        for name, p in clean.items()
    }
    tests = [centre(image, 256) for image in read_images([options.tests]).values()]
    print("| learnt from | PSNR | bits/dim |")
    print("|---|---|---|")
    for kind, images in (("noisy", noisy), ("clean", clean)):
        prior = trained(kind, images, options)
        bits = prior.info.training["held_out_bits_per_dim"]
        print(f"| {kind} ones | {psnr(prior, tests, sigma):.2f} | {bits} |", flush=True)
    shipped = psnr(FlowPrior.load("photo-gray"), tests, sigma)
    print(f"| (`photo-gray`) | {shipped:.2f} | |")


if __name__ == "__main__":
    main()
