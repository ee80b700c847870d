"""Find how much a prior can gain on foreign content, and what an adaptation reaches.

Of nine planes of a kind, every third one is restored. An oracle learns from the *clean*
others, with the steps, the rate and the tiles of an adaptation; `adapt` learns from all
nine as they are, noisy, with the noise told. Kinds are files of planes, and structures
that are drawn, by their names in `_structures.py`. Prints PSNR (dB) before, and the
gains of both::

    python benchmarks/foreign.py POLLEN.tif:4,7,10,13,16,19,22,25,28 membranes grains
"""

from __future__ import annotations

import argparse
from copy import deepcopy
from typing import TYPE_CHECKING

import _structures
import numpy as np
import torch
from _suite import centre, read_images
from adaptation import stretched

from napari_flowprior import FlowPrior, adapt, restore
from napari_flowprior._generators import Run
from napari_flowprior.data import PlaneView, image_range
from napari_flowprior.restoration import Noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.flow import MultiscaleFlow

PLANES, SIDE, BATCH, RATE, AVERAGE = 9, 64, 8, 1e-4, 0.98


def planes_of(kind: str, crop: int) -> NDArray[np.float32]:
    """Return planes from 0 to 1, (N, Y, X)."""
    if hasattr(_structures, kind):
        draw = getattr(_structures, kind)
        drawn = [draw(np.random.default_rng(seed)) for seed in range(PLANES)]
    else:
        drawn = list(read_images([kind]).values())
    planes = [stretched(centre(plane, crop)) for plane in drawn]
    return np.stack(planes).astype(np.float32)


def oracle(
    prior: FlowPrior, clean: NDArray[np.float32], level: float, steps: int
) -> MultiscaleFlow:
    """Learn from clean planes."""
    rng, flow, average = (
        np.random.default_rng(0),
        deepcopy(prior.flow),
        deepcopy(prior.flow),
    )
    assert flow.score_network is not None
    assert average.score_network is not None
    weights = list(flow.score_network.requires_grad_(True).parameters())
    optimiser = torch.optim.Adam(weights, lr=RATE, betas=(0.9, 0.99))
    for step in range(steps):
        drawn = []
        for _ in range(BATCH):
            plane = clean[rng.integers(len(clean))]
            y, x = (int(rng.integers(n - SIDE + 1)) for n in plane.shape)
            tile = plane[y : y + SIDE, x : x + SIDE]
            drawn.append(np.rot90(tile, int(rng.integers(4))))
        tiles = torch.from_numpy(np.stack(drawn))[:, None]
        noise = rng.standard_normal(tuple(tiles.shape), dtype=np.float32)
        answer = flow.denoise(tiles + level * torch.from_numpy(noise), level)
        optimiser.zero_grad()
        ((answer - tiles) / level).square().mean().backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        kept = min(AVERAGE, step / (step + 1))
        with torch.no_grad():
            for mean, weight in zip(
                average.score_network.parameters(), weights, strict=True
            ):
                mean.lerp_(weight, 1 - kept)
    return average


def psnr(
    prior: FlowPrior,
    noisy: NDArray[np.float32],
    clean: NDArray[np.float32],
    level: float,
) -> float:
    answer = restore(
        noisy[::3], prior=prior, degradation=Noise(sigma=level), axes="ZYX"
    )
    return float(-10 * np.log10(np.square(answer - clean[::3]).mean()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="+", help="FILE.tif:PLANES, or structures")
    parser.add_argument("--sigma", type=float, default=25.0, help="of 255")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--crop", type=int, default=256)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    prior, level = FlowPrior.load(options.prior), options.sigma / 255
    print("| kind | before | oracle | adapted | said |", "|---" * 5 + "|", sep="\n")
    for kind in options.kinds:
        clean = planes_of(kind, options.crop)
        drawn = np.random.default_rng(0).standard_normal(clean.shape)
        noisy = (clean + level * drawn).astype(np.float32)
        before = psnr(prior, noisy, clean, level)
        others = np.delete(clean, slice(None, None, 3), axis=0)
        # As restoring scales them.
        low, high = Run(image_range(PlaneView(noisy, "ZYX"))).result
        scaled = ((others - low) / (high - low)).astype(np.float32)
        flow = oracle(prior, scaled, level / (high - low), options.steps)
        learnt = FlowPrior(flow, prior.info)
        best = psnr(learnt, noisy, clean, level)
        found = adapt(
            noisy,
            prior=prior,
            degradation=Noise(sigma=level),
            axes="ZYX",
            steps=options.steps,
        )
        after = psnr(found.prior, noisy, clean, level)
        print(
            f"| {kind.rpartition('/')[2].partition('.')[0]} | {before:.2f} | "
            f"{best - before:+.2f} | {after - before:+.2f} | {found.gain:+.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
