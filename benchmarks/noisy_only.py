"""Train a score network on noisy photographs alone, and on the same ones clean.

Each photograph gets white noise of one level once, as a camera would give it, and only
that is seen: a network that knows nothing learns by recorruption, see
`napari_flowprior.adaptation`. The same network learns from the clean photographs with
the same steps, patches and rates. Prints PSNR (dB) of both on other images, at the
level of the noise, now and then::

    python benchmarks/noisy_only.py PHOTOS SET12 --steps 2000

Each patch is recorrupted by some noise and by its negative; ``--once`` does as an
adaptation does. What it has done is kept in ``--state`` after each row, from which it
goes on.
"""

from __future__ import annotations

import argparse
import math
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from _suite import centre, read_images

from napari_flowprior.adaptation._batch import NoisyBatch
from napari_flowprior.adaptation._recorruption import recorrupted, recorruption_loss
from napari_flowprior.flow import FlowConfig, MultiscaleFlow

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    Planes = list[NDArray[np.float32]]

BATCH, SIDE, RATE, AVERAGE, CLIP = 8, 64, 1e-3, 0.99, 1.0
# Of recorruption: the least strength, and the weight of the loss.
WEAKEST, WEIGHT = 0.1, 0.35
CONFIG = FlowConfig(
    channels=1,
    levels=1,
    steps=1,
    hidden=8,
    noise_conditional=True,
    activation="silu",
    score_widths=(32, 64, 96),
    score_clipping=True,
)


def from_clean(
    flow: MultiscaleFlow, clean: Tensor, level: float, rng: np.random.Generator
) -> Tensor:
    """Mean squared error of patches that noise of that level and more is added to."""
    strength = np.sqrt(1 + rng.uniform(0, 1, len(clean)) ** 2)
    told = torch.from_numpy(level * strength).float()
    noise = torch.from_numpy(rng.standard_normal(tuple(clean.shape), dtype="float32"))
    seen = clean + told[:, None, None, None] * noise
    answer = flow.denoise(seen, told, torch.zeros(len(clean), 2))
    return ((answer - clean) / level).square().mean()


def from_noisy(
    flow: MultiscaleFlow, noisy: Tensor, level: float, rng: np.random.Generator
) -> Tensor:
    """Error of one half of recorrupted patches from the other.

    Each patch is recorrupted by some noise and by its negative: what they leave to
    chance cancels, which else would drown weak recorruption, the one at the level of
    the noise itself. So all strengths count alike.
    """
    batch = _batch(torch.cat([noisy, noisy]), level)
    white = torch.from_numpy(rng.standard_normal(tuple(noisy.shape), dtype="float32"))
    tau = torch.from_numpy(rng.uniform(WEAKEST, 1, len(noisy))).float().repeat(2)
    first, second, told = recorrupted(batch, torch.cat([white, -white]), tau)
    answer = flow.denoise(first, told, batch.clipped)
    return WEIGHT * ((answer - second) / level).square().mean()


def from_noisy_once(
    flow: MultiscaleFlow, noisy: Tensor, level: float, rng: np.random.Generator
) -> Tensor:
    """Error of one half of recorrupted patches from the other, as in an adaptation."""
    return recorruption_loss(flow, _batch(noisy, level), rng)


def _batch(noisy: Tensor, level: float) -> NoisyBatch:
    number = len(noisy)
    return NoisyBatch(
        seen=noisy,
        level=torch.full_like(noisy, level),
        told=torch.full((number,), level),
        clipped=torch.zeros(number, 2),
        correlation=torch.zeros(number, 2),
    )


LOSSES = {"clean": from_clean, "noisy": from_noisy, "once": from_noisy_once}


def draw(images: Planes, rng: np.random.Generator) -> Tensor:
    """Draw patches anywhere, turned and flipped."""
    patches = []
    for _ in range(BATCH):
        image = images[int(rng.integers(len(images)))]
        y, x = (int(rng.integers(n - SIDE + 1)) for n in image.shape)
        patch = np.rot90(image[y : y + SIDE, x : x + SIDE], int(rng.integers(4)))
        patches.append(patch[:, ::-1] if rng.random() < 0.5 else patch)
    return torch.from_numpy(np.stack(patches))[:, None]


def psnr(flow: MultiscaleFlow, tests: Planes, level: float) -> float:
    found, generator = [], torch.Generator().manual_seed(0)
    for image in tests:
        clean = torch.from_numpy(image)[None, None]
        seen = clean + level * torch.randn(clean.shape, generator=generator)
        with torch.no_grad():
            answer = flow.denoise(seen, torch.tensor([level]), torch.zeros(1, 2))
        found.append(-10 * math.log10((answer - clean).square().mean()))
    return float(np.mean(found))


class Training:
    """A network that learns in one of the two ways."""

    def __init__(self, kind: str, images: Planes, options: argparse.Namespace) -> None:
        torch.manual_seed(0)
        self.kind, self.images, self.options = kind, images, options
        self.flow = MultiscaleFlow(CONFIG)
        self.average = deepcopy(self.flow)
        network = self.flow.score_network
        assert network is not None
        self.weights = list(network.parameters())
        self.optimiser = torch.optim.Adam(self.weights, lr=RATE, betas=(0.9, 0.99))
        self.step = 0

    def advance(self, steps: int) -> None:
        level, loss = self.options.sigma / 255, LOSSES[self.kind]
        for _ in range(steps):
            rng = np.random.default_rng((0, self.step))
            share = 0.5 + 0.5 * math.cos(math.pi * self.step / self.options.steps)
            for group in self.optimiser.param_groups:
                group["lr"] = RATE * share
            found = loss(self.flow, draw(self.images, rng), level, rng)
            self.optimiser.zero_grad()
            found.backward()
            torch.nn.utils.clip_grad_norm_(self.weights, CLIP)
            self.optimiser.step()
            self.step += 1
            self._follow()

    @torch.no_grad()
    def _follow(self) -> None:
        kept = min(AVERAGE, self.step / (self.step + 1))
        network = self.average.score_network
        assert network is not None
        for average, weight in zip(network.parameters(), self.weights, strict=True):
            average.lerp_(weight, 1 - kept)

    def state(self) -> dict[str, object]:
        parts = {"flow": self.flow, "average": self.average}
        states = {name: part.state_dict() for name, part in parts.items()}
        return {**states, "optimiser": self.optimiser.state_dict(), "step": self.step}

    def resume(self, state: dict[str, object]) -> None:
        for name in ("flow", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.step = int(state["step"])  # type: ignore[call-overload]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", help="folder to learn from")
    parser.add_argument("tests", help="folder to measure on")
    parser.add_argument("--sigma", type=float, default=25.0, help="of 255")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--every", type=int, default=250, help="steps between rows")
    parser.add_argument("--limit", type=int, help="only so many photographs")
    parser.add_argument("--once", action="store_true", help="recorrupt patches once")
    parser.add_argument("--state", type=Path, help="file to go on from")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    found = read_images([options.photos], limit=options.limit).values()
    clean = [image.astype(np.float32) / 255 for image in found]
    rng = np.random.default_rng(1)
    noisy = [
        image + options.sigma / 255 * rng.standard_normal(image.shape, dtype="float32")
        for image in clean
    ]
    photos = read_images([options.tests]).values()
    tests = [centre(image, 256).astype(np.float32) / 255 for image in photos]
    kind = "once" if options.once else "noisy"
    runs = [Training("clean", clean, options), Training(kind, noisy, options)]
    if options.state is not None and options.state.exists():
        for run, state in zip(runs, torch.load(options.state), strict=True):
            run.resume(state)
    print("| steps | from clean ones | from noisy ones | difference |")
    print("|---|---|---|---|")
    while runs[0].step < options.steps:
        figures = []
        for run in runs:
            run.advance(min(options.every, options.steps - run.step))
            figures.append(psnr(run.average, tests, options.sigma / 255))
        cells = f"{figures[0]:.2f} | {figures[1]:.2f} | {figures[1] - figures[0]:+.2f}"
        print(f"| {runs[0].step} | {cells} |", flush=True)
        if options.state is not None:
            torch.save([run.state() for run in runs], options.state)


if __name__ == "__main__":
    main()
