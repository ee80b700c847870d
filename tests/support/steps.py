"""A small training, step by step."""

from __future__ import annotations

import torch
from patches import ArrayPatches, rough_images
from torch import Tensor

from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.training import Likelihood, ScoreMatching, TrainConfig, Trainer

TINY = FlowConfig(
    channels=1, levels=2, steps=1, hidden=6, activation="silu", noise_conditional=True
)
QUICK = TrainConfig(
    steps=6,
    batch_size=4,
    learning_rate=1e-2,
    warmup=2,
    decay=0.5,
    losses=(Likelihood(), ScoreMatching()),
    precision="float32",
)


def trainer(
    config: TrainConfig = QUICK, flow: FlowConfig = TINY, size: int = 16
) -> Trainer:
    torch.manual_seed(0)
    return Trainer(MultiscaleFlow(flow), config, ArrayPatches(rough_images(), size))


def state_of(made: Trainer) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in made._tensors().items()}
