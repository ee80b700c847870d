"""Multiply-adds per second of a score network, against bare convolutions.

The chain has the convolutions of the network that cost most, of the same shapes, and
nothing else: neither activations nor sums. Prints both rates in float32 and bfloat16,
for a tile of 256x256 pixels::

    python benchmarks/rate.py --threads 1
"""

from __future__ import annotations

import argparse
from functools import partial

import torch
from _timing import times
from torch import nn

from napari_flowprior import FlowPrior

SIDE = 256


class Chain:
    """The 3x3 convolutions of the residual pairs of a network, one after the other."""

    def __init__(self, prior: FlowPrior, kind: torch.dtype) -> None:
        config = prior.flow.config
        self.parts: list[tuple[nn.Conv2d, torch.Tensor, int]] = []
        self.multiply_adds = 0
        depth = len(config.score_widths)
        for level, width in enumerate(config.score_widths):
            side = SIDE // 2 ** (level + 1)
            number = 2 * config.score_blocks * (2 if level < depth - 1 else 1)
            convolution = nn.Conv2d(width, width, 3, padding=1).to(kind)
            convolution = convolution.to(memory_format=torch.channels_last)
            features = torch.rand(1, width, side, side, dtype=kind)
            features = features.contiguous(memory_format=torch.channels_last)
            self.parts.append((convolution, features, number))
            self.multiply_adds += number * 9 * width**2 * side**2

    def __call__(self) -> None:
        for convolution, features, number in self.parts:
            h = features
            for _ in range(number):
                h = convolution(h)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prior", default="photo-gray")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    prior = FlowPrior.load(options.prior)
    config = prior.flow.config
    tile = torch.rand(1, prior.channels, SIDE, SIDE)
    per_pixel = config.score_multiply_adds_per_pixel
    print("| precision | network, GMAC/s | convolutions, GMAC/s | share |")
    print("|---|---|---|---|")
    with torch.inference_mode():
        for kind in (torch.float32, torch.bfloat16):
            name = str(kind).removeprefix("torch.")
            asked = prior.in_precision(name)  # type: ignore[arg-type]
            chain = Chain(prior, kind)
            took = min(times(partial(asked.denoise, tile, 0.1), options.repeats))
            mine = per_pixel * SIDE**2 / took / 1e9
            bare = chain.multiply_adds / min(times(chain, options.repeats)) / 1e9
            share = mine / bare
            print(f"| {name} | {mine:.0f} | {bare:.0f} | {share:.2f} |", flush=True)


if __name__ == "__main__":
    main()
