"""Time the tiled engine against the bare network on the same tiles, in one run.

The engine reads, normalises, batches, blends and converts; the bare network gets the
same batches as ready tensors. Prints the overhead of the engine in per cent::

    python benchmarks/tiling_overhead.py --size 1024 --tile 256
"""

from __future__ import annotations

import argparse
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import torch

from napari_flowprior import FlowPrior
from napari_flowprior.data import IntensityScale, PlaneView
from napari_flowprior.restoration import MMSE, Noise, resolve_device
from napari_flowprior.restoration.engine._tile_engine import Engine
from napari_flowprior.tiling import TilePlan, read_padded

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

SIGMA = 25


def timed(work: Callable[[], object], device: torch.device) -> float:
    """Run once and return seconds, with the device's queue empty on both sides."""
    synchronise(device)
    start = perf_counter()
    work()
    synchronise(device)
    return perf_counter() - start


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def ready_batches(engine: Engine) -> list[Tensor]:
    """Cut the image into the engine's own batches, as tensors on the device."""

    def read(sample: int, ys: slice, xs: slice) -> np.ndarray:
        return engine.view.read(sample, ys, xs)

    tiles = [read_padded(read, engine.plan, tile) for tile in engine.plan]
    size = engine.batch_size
    groups = (tiles[i : i + size] for i in range(0, len(tiles), size))
    device = engine.prior.device
    return [torch.from_numpy(np.stack(g) / np.float32(255)).to(device) for g in groups]


def build(options: argparse.Namespace) -> Engine:
    prior = FlowPrior.load(options.prior)
    prior.to(resolve_device(options.device))
    shape = (options.size, options.size)
    image = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    plan = TilePlan.fit(1, shape, options.tile, options.overlap, prior.stride)
    view, noise = PlaneView(image, "YX"), Noise(SIGMA)
    return Engine(
        view=view,
        plan=plan,
        scale=IntensityScale(0, 255),
        prior=prior,
        degradation=noise,
        observation=noise.observe(view),
        estimator=MMSE(),
        sigma=SIGMA / 255,
        batch_size=options.batch_size,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--tile", type=int, default=128)
    parser.add_argument("--overlap", type=int, default=16)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    engine = build(options)
    batches = ready_batches(engine)
    out = np.empty(engine.view.array.shape, np.uint8)

    def tiled() -> None:
        for _ in engine.run(out):
            pass

    def bare() -> None:
        for batch in batches:
            engine.prior.denoise(batch, engine.sigma)

    device = engine.prior.device
    tiled(), bare()  # warm up
    # Alternate, so that whatever else the machine does meets both alike.
    pairs = [(timed(tiled, device), timed(bare, device)) for _ in range(options.repeat)]
    overhead = median(a / b - 1 for a, b in pairs)
    print(
        f"{len(engine.plan)} tiles of {options.tile}x{options.tile} on {device}: bare "
        f"network {median(b for _, b in pairs):.2f} s, tiled engine "
        f"{median(a for a, _ in pairs):.2f} s, overhead {100 * overhead:.1f} %"
    )
    flops = engine.prior.flow.config.multiply_adds_per_pixel * len(engine.plan)
    flops *= options.tile**2 * 2 / median(b for _, b in pairs)
    print(f"about {flops / 1e9:.0f} thousand million multiply-adds per second")


if __name__ == "__main__":
    main()
