"""Compare score networks with and without biases, at noise levels they never met.

A network of ReLUs without biases answers twice as much to an image twice as bright, and
is said to generalise over noise levels. Both kinds are trained alike from nothing, for
so many seconds of a core, on white noise up to 60 of 255; prints PSNR (dB) at levels
within and beyond, on the centres of photographs that are held out::

    python benchmarks/biases.py PHOTOS --seconds 300
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from _suite import centre, read_images
from torch import Tensor, nn

from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.training import (
    Denoising,
    PatchConfig,
    TrainConfig,
    Trainer,
    open_data,
)

if TYPE_CHECKING:
    from napari_flowprior.training import TrainingData

PACE = 20
LEVELS = (5, 15, 25, 50, 80, 120)
CONFIG = FlowConfig(
    channels=1,
    levels=1,
    steps=1,
    hidden=8,
    noise_conditional=True,
    activation="silu",
    score_widths=(64, 128, 192),
)


def without_biases(flow: MultiscaleFlow) -> MultiscaleFlow:
    """Take the biases out of a score network, and put ReLUs in place of its SiLUs."""
    assert flow.score_network is not None
    for module in flow.score_network.modules():
        if isinstance(module, nn.Conv2d):
            module.bias = None
        if hasattr(module, "act"):
            module.act = nn.ReLU()
    return flow


def photographs(folder: Path) -> TrainingData:
    """Open the photographs to train on, in grey."""
    config = PatchConfig(size=64, colour="grey")
    return open_data((folder / "train",), config=config).result


def trained(flow: MultiscaleFlow, data: TrainingData, seconds: float) -> Trainer:
    """Train for some time, the rate falling to zero."""
    config = TrainConfig(
        steps=1_000_000,  # until the pace is known
        decay=1.0,
        batch_size=8,
        optimiser="muon",
        kernel_rate=0.01,
        learning_rate=7e-4,
        warmup=50,
        clip_value=float("inf"),
        clip_norm=2e4,
        ema=0.99,
        losses=(Denoising(),),
    )
    trainer = Trainer(flow, config, data)
    begin = time.process_time()
    while trainer.step < trainer.config.steps:
        for _ in trainer.advance():
            pass
        if trainer.step == PACE:
            pace = (time.process_time() - begin) / PACE
            trainer.config = replace(config, steps=int(seconds / pace))
    trainer.close()
    return trainer


def psnr(flow: MultiscaleFlow, clean: Tensor, level: float) -> float:
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        error = flow.denoise(clean + level * noise, level) - clean
    return float(-10 * error.square().mean((1, 2, 3)).log10().mean())


def compare(options: argparse.Namespace) -> None:
    """Train both kinds and print a table."""
    data = photographs(options.photos)
    images = read_images([str(options.photos / "val")])
    crops = [centre(image, 192) / 255 for image in images.values()]
    clean = torch.from_numpy(np.stack(crops)).float()[:, None]
    print("| network | steps |", " | ".join(map(str, LEVELS)), "|")
    print("|---" * (len(LEVELS) + 2) + "|")
    for name, change in (("biases, SiLU", lambda f: f), ("none, ReLU", without_biases)):
        torch.manual_seed(0)
        trainer = trained(change(MultiscaleFlow(CONFIG)), data, options.seconds)
        figures = [f"{psnr(trainer.average, clean, n / 255):.2f}" for n in LEVELS]
        print(f"| {name} | {trainer.step} |", " | ".join(figures), "|", flush=True)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--seconds", type=float, default=300)
    return parser.parse_args()


if __name__ == "__main__":
    torch.set_num_threads(1)
    compare(parse())
