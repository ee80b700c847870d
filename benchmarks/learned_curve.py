"""Learn the curve that evens out noise through a prior, against estimating it.

Clean images get noise whose level depends on brightness in some way: speckle, noise
that falls towards the light, photons whose counts are cut off at white, and white
noise, which needs no curve. Each is restored under three curves: the one that
`estimate_variance_curve` fits to the flattest parts; the same after a training in the
manner of Noise2VST; and the true one. Prints mean PSNR (dB)::

    python benchmarks/learned_curve.py PHOTOS --crop 256 --limit 5
    python benchmarks/learned_curve.py --pairs FMD --crop 256

With ``--pairs``, images are the real ones of a folder, whose curve nobody knows.

Noise2VST (Herbreteau and Unser, *Self-calibrated variance-stabilizing transformations
for real-world image denoising*, 2025) moves a monotone curve of straight pieces so that
a frozen denoiser under it predicts pixels that it does not see. Here the denoiser is
the prior's, told the level that the curve says, and the start is the estimate. Errors
are weighed by the variance of the estimate.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from _suite import centre, read_images

from napari_flowprior import FlowPrior, restore
from napari_flowprior.calibration import find_pairs
from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import Noise, SignalDependentNoise
from napari_flowprior.restoration.noise import VarianceCurve, estimate_variance_curve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from torch import Tensor

    Plane = NDArray[np.float64]
    Variance = Callable[[Plane], Plane]

# Knots of the curve, and intensities between which the change of its slope is
# interpolated; tiles and their side, grid of hidden pixels.
KNOTS, FREE, BATCH, SIDE, GRID, RATE = 65, 8, 4, 64, 4, 0.03
WHITE = 255.0


def speckle(x: Plane) -> Plane:
    return (2 + 0.15 * x) ** 2


def falling(x: Plane) -> Plane:
    return (25 - 22 * x / WHITE) ** 2


def photons(x: Plane) -> Plane:
    return 4 * x + 9


def even(x: Plane) -> Plane:
    return np.full_like(x, 25.0**2)


NOISES: dict[str, tuple[Variance, float]] = {
    "speckle": (speckle, np.inf),
    "falling": (falling, np.inf),
    "photons, cut off": (photons, 230.0),
    "white": (even, np.inf),
}


def known(variance: Variance) -> VarianceCurve:
    means = np.linspace(0, WHITE, 33)
    return VarianceCurve(tuple(means), tuple(variance(means)))


class Curve(torch.nn.Module):
    """A curve of straight pieces, which rises, and goes on beyond its ends."""

    def __init__(self, start: VarianceCurve, y: Plane) -> None:
        super().__init__()
        knots = np.linspace(*np.percentile(y, [0.2, 99.8]), KNOTS)
        middles = (knots[1:] + knots[:-1]) / 2
        # As many pixels lie between any two of these.
        places = np.unique(np.quantile(y, np.linspace(0.02, 0.98, FREE)))
        shares = [np.interp(middles, places, row) for row in np.eye(len(places))]
        self.knots = torch.from_numpy(knots).float()
        self.start = torch.from_numpy(-0.5 * np.log(start.variance(middles))).float()
        self.shares = torch.from_numpy(np.stack(shares)).float()
        self.change = torch.nn.Parameter(torch.zeros(len(places)))

    @property
    def slopes(self) -> Tensor:
        """Logarithms of the slopes."""
        return self.start + self.change @ self.shares

    def heights(self) -> Tensor:
        steps = self.slopes.exp() * self.knots.diff()
        return torch.cat([steps.new_zeros(1), steps.cumsum(0)])

    def forward(self, y: Tensor) -> Tensor:
        return _piecewise(y, self.knots, self.heights())

    def inverse(self, z: Tensor) -> Tensor:
        return _piecewise(z, self.heights(), self.knots)

    def variances(self) -> VarianceCurve:
        middles = ((self.knots[1:] + self.knots[:-1]) / 2).double().numpy()
        return VarianceCurve(
            tuple(middles), tuple((-2 * self.slopes.detach().double()).exp().numpy())
        )


def _piecewise(x: Tensor, at: Tensor, to: Tensor) -> Tensor:
    piece = (torch.searchsorted(at.detach(), x.detach()) - 1).clamp(0, len(at) - 2)
    slope = (to[1:] - to[:-1]) / (at[1:] - at[:-1])
    return to[piece] + slope[piece] * (x - at[piece])


def learned(
    y: Plane, prior: FlowPrior, start: VarianceCurve, steps: int
) -> VarianceCurve:
    """Train the curve to predict pixels that are hidden."""
    curve, rng = Curve(start, y), np.random.default_rng(0)
    optimiser = torch.optim.Adam(curve.parameters(), lr=RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for parameter in prior.flow.parameters():
        parameter.requires_grad_(False)
    for _ in range(steps):
        tiles = torch.from_numpy(_tiles(y, rng)).float()[:, None]
        hidden = torch.zeros_like(tiles, dtype=torch.bool)
        top, left = (int(k) for k in rng.integers(GRID, size=2))
        hidden[..., top::GRID, left::GRID] = True
        around = sum(tiles.roll(k, a) for k in (-1, 1) for a in (2, 3)) / 4
        answer = _under(curve, prior, torch.where(hidden, around, tiles))
        weight = start.variance(answer.detach().double().numpy())
        errors = (answer - tiles).square() / torch.from_numpy(weight).float()
        loss = errors[hidden].mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return curve.variances()


def _under(curve: Curve, prior: FlowPrior, shown: Tensor) -> Tensor:
    """Denoise under the curve, whose noise has level 1, and lead back."""
    spread = curve.heights()[-1]
    level = (1 / spread).clamp(max=prior.sigma_max)
    seen = curve(shown) / spread
    found = prior.flow.denoise(
        seen, level.expand(len(seen)), seen.new_zeros(len(seen), 2)
    )
    return curve.inverse(found * spread)


def _tiles(y: Plane, rng: np.random.Generator) -> Plane:
    corners = [[int(rng.integers(n - SIDE + 1)) for n in y.shape] for _ in range(BATCH)]
    return np.stack([y[a : a + SIDE, b : b + SIDE] for a, b in corners])


def psnr(found: Plane, clean: Plane, white: float) -> float:
    return float(-10 * np.log10(np.square(found - clean).mean() / white**2))


def restored(
    y: Plane, clean: Plane, prior: FlowPrior, true: VarianceCurve | None, steps: int
) -> dict[str, float]:
    """Restore under all curves, and measure."""
    estimate = estimate_variance_curve(PlaneView(y, "YX"))
    curves = {
        "estimated": estimate,
        "learned": learned(y, prior, estimate, steps),
    }
    if true is not None:
        curves["true"] = true
    said = {name: SignalDependentNoise(curve=curve) for name, curve in curves.items()}
    shown = y.astype(np.float32)
    found = {"noisy": shown, "white": restore(shown, prior=prior, degradation=Noise())}
    found["auto"] = restore(shown, prior=prior)
    found |= {n: restore(shown, prior=prior, degradation=d) for n, d in said.items()}
    return {name: psnr(image, clean, WHITE) for name, image in found.items()}


def simulated(
    clean: Plane, name: str, prior: FlowPrior, steps: int
) -> dict[str, float]:
    variance, most = NOISES[name]
    rng = np.random.default_rng(0)
    y = clean + np.sqrt(variance(clean)) * rng.standard_normal(clean.shape)
    y = np.minimum(y, most)
    clean = np.minimum(clean, most)
    return restored(y, clean, prior, known(variance), steps)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("images", nargs="*", help="files, folders, FILE.tif:PLANES")
    parser.add_argument("--pairs", type=Path, help="folder of real pairs instead")
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--noises", nargs="+", choices=NOISES, default=list(NOISES))
    parser.add_argument("--steps", type=int, default=120, help="of the training")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--crop", type=int, help="only the square in the middle")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    if options.pairs:
        for pair in find_pairs(options.pairs)[: options.limit]:
            planes = [p if p.ndim == 2 else p[..., 1] for p in pair.read(None)[:2]]
            y, clean = (centre(p, options.crop).astype(float) for p in planes)
            rows["real"].append(restored(y, clean, prior, None, options.steps))
            print(pair.name, rows["real"][-1], flush=True)
    images = read_images(options.images, limit=options.limit)
    for noise in options.noises if images else ():
        for name, image in images.items():
            clean = centre(image, options.crop).astype(float)
            rows[noise].append(simulated(clean, noise, prior, options.steps))
            cells = " ".join(f"{k} {v:.2f}" for k, v in rows[noise][-1].items())
            print(f"{noise}, {name}: {cells}", flush=True)
    names = list(next(iter(rows.values()))[0])
    print("| noise |", " | ".join(names), "|")
    print("|---|" + "---|" * len(names))
    for noise, found in rows.items():
        means = (np.mean([row[name] for row in found]) for name in names)
        print(f"| {noise} |", " | ".join(f"{mean:.2f}" for mean in means), "|")


if __name__ == "__main__":
    main()
