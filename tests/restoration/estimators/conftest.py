"""Noisy images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from napari_flowprior import FlowPrior
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.fixture
def noisy() -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    return rng.random((45, 70))


@pytest.fixture(scope="module")
def network_prior() -> FlowPrior:
    """A small prior with a score network that does something."""
    torch.manual_seed(0)
    config = FlowConfig(
        channels=1,
        levels=1,
        steps=1,
        hidden=4,
        noise_conditional=True,
        score_widths=(4, 4),
        score_blocks=1,
    )
    flow = MultiscaleFlow(config).double()
    assert flow.score_network is not None
    torch.nn.init.normal_(flow.score_network.tail.weight, std=0.2)
    return FlowPrior(flow, PriorInfo(name="network", sigma_max=0.5))
