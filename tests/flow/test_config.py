"""Architectures: what is refused, as plain data, and what they cost."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch
from small_flows import CONDITIONED
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import PRESETS, FlowConfig, MultiscaleFlow


@pytest.mark.parametrize(
    "wrong",
    [
        {"levels": 0},
        {"levels": 1.5},
        {"steps": True},
        {"hidden": 10**9},
        {"base": "cauchy"},
        {"activation": "sine"},
        {"context_dropout": 1.0},
        {"scale_bound": 0.0},
        {"scale_bound": float("nan")},
        {"scale_bound": None},
        {"black_cell": -0.1},
        {"black_cell": "narrow"},
        {"white_cells": 4},
        {"context_dropout": "0.2"},
        {"noise_conditional": "no"},
        {"base": ["unit"]},
        {"colour": 3},
    ],
    ids=str,
)
def test_wrong_configs_are_refused(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        FlowConfig.from_dict(wrong)


@pytest.mark.parametrize(("white", "cell"), [(1, 0.0), (51, 0.01), (129, 1e-4)])
def test_white_is_less_than_half_of_the_range(white: int, cell: float) -> None:
    with pytest.raises(InputError, match="white_cells"):
        FlowConfig(white_cells=white, black_cell=cell)


def test_all_unknown_names_are_listed() -> None:
    with pytest.raises(InputError, match="depth, width"):
        FlowConfig.from_dict({"width": 3, "depth": 2, "steps": 4})


@pytest.mark.parametrize("config", [*PRESETS.values(), CONDITIONED])
def test_configs_survive_plain_data(config: FlowConfig) -> None:
    assert FlowConfig.from_dict(asdict(config)) == config


def test_cost_counts_multiply_adds() -> None:
    config = FlowConfig(channels=1, levels=2, steps=3, hidden=8, context_layers=2)
    flow = MultiscaleFlow(config).eval()
    counted = 0

    def count(module: torch.nn.Conv2d, _: object, out: Tensor) -> None:
        nonlocal counted
        counted += module.weight[0].numel() * out.numel()

    for module in flow.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    flow.log_prob(torch.zeros(1, 1, 16, 16))
    mixing = 3 * (4**2 / 4 + 8**2 / 16)
    assert counted / 256 + mixing == pytest.approx(config.multiply_adds_per_pixel)
