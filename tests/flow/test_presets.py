"""Every number of Tables 1 to 3 of the paper's supplement."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from napari_flowprior.flow import (
    PRESETS,
    AffineCoupling,
    ContextEncoder,
    LearnedGaussian,
    MultiscaleFlow,
)
from napari_flowprior.training import (
    RECIPES,
    Autoencoder,
    ImageNoise,
    LatentNoise,
    Likelihood,
)

TABLES = {
    "MNIST": {
        "levels": 1,
        "steps": 16,
        "hidden": 128,
        "blocks": 2,
        "base scale is trained": False,
        "context convolutions": None,
        "learning rate": 1e-4,
        "batch size": 50,
        "training steps": 10**5,
        "gradient value": 1e5,
        "gradient norm": 1e4,
        "losses": {Likelihood: {}},
    },
    "SPRITES": {
        "levels": 3,
        "steps": 8,
        "hidden": 128,
        "base scale is trained": True,
        "context convolutions": 1,
        "dropout": 0.0,
        "learning rate": 1e-4,
        "batch size": 20,
        "training steps": 10**5,
        "gradient value": 1e5,
        "gradient norm": 1e4,
        "losses": {
            Likelihood: {},
            LatentNoise: {"magnitude": 0.5, "weight": 100},
            Autoencoder: {"weight": 1},
        },
    },
    "DIV2K": {
        "levels": 3,
        "steps": 4,
        "hidden": 256,
        "base scale is trained": True,
        "context convolutions": 5,
        "dropout": 0.2,
        "learning rate": 1e-4,
        "batch size": 15,
        # Printed as 20^5, which is read as 2e5.
        "training steps": 2 * 10**5,
        "gradient value": 1e5,
        "gradient norm": 1e4,
        "losses": {
            Likelihood: {},
            LatentNoise: {"magnitude": 0.5, "weight": 100},
            Autoencoder: {"weight": 1},
            ImageNoise: {"magnitude": 10 / 255, "weight": 100},
        },
    },
}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", TABLES)
def test_architecture(name: str, channels: int) -> None:
    table = TABLES[name]
    flow = MultiscaleFlow(replace(PRESETS[name], channels=channels))
    assert len(flow.levels) == table["levels"]
    for level in flow.levels:
        couplings = [s for s in level.steps if isinstance(s, AffineCoupling)]
        assert len(couplings) == table["steps"]
        for coupling in couplings:
            assert coupling.conditioner.head.out_channels == table["hidden"]
            assert len(coupling.conditioner.blocks) == table.get("blocks", 2)
    *fine, coarse = flow.levels
    assert isinstance(coarse.base, LearnedGaussian)
    assert coarse.base.mean.requires_grad
    assert coarse.base.log_std.requires_grad is table["base scale is trained"]
    for level in fine:
        check_context(level.base, table)
    assert not flow.config.noise_conditional


def check_context(base: object, table: dict[str, object]) -> None:
    assert isinstance(base, ContextEncoder)
    assert len(base.convs) == table["context convolutions"]
    assert base.dropout.p == table["dropout"]
    assert all(conv.kernel_size == (3, 3) for conv in base.convs)
    # Twice as many outputs as inputs: the mean and the scale.
    assert base.convs[-1].out_channels == 2 * base.convs[0].in_channels
    assert not base.convs[-1].weight.any()
    assert not base.convs[-1].bias.any()


@pytest.mark.parametrize("name", TABLES)
def test_training(name: str) -> None:
    table, recipe = TABLES[name], RECIPES[name]
    assert recipe.learning_rate == table["learning rate"]
    assert recipe.batch_size == table["batch size"]
    assert recipe.steps == table["training steps"]
    assert recipe.clip_value == table["gradient value"]
    assert recipe.clip_norm == table["gradient norm"]
    assert recipe.warmup == recipe.decay == 0
    found = {type(loss): loss for loss in recipe.losses}
    assert found.keys() == table["losses"].keys()
    for kind, values in table["losses"].items():
        for field, value in values.items():
            assert getattr(found[kind], field) == value


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", TABLES)
def test_inverse_and_log_determinant(name: str, channels: int) -> None:
    torch.manual_seed(0)
    flow = MultiscaleFlow(replace(PRESETS[name], channels=channels)).double().eval()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    x = torch.rand(1, channels, 8, 8, dtype=torch.float64)

    def flat(image: torch.Tensor) -> torch.Tensor:
        return torch.cat([u.flatten() for u in flow(image)[0]])

    latents, log_det = flow(x)
    back, inverse_log_det = flow.inverse(latents)
    assert (back - x).abs().max() < 1e-8
    torch.testing.assert_close(inverse_log_det, -log_det)
    jacobian = torch.autograd.functional.jacobian(flat, x)
    jacobian = jacobian.reshape(x.numel(), x.numel())
    expected = torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(log_det[0], expected, rtol=1e-8, atol=1e-8)
