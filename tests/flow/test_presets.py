"""Every number of Tables 1 to 3 of the paper's supplement."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from patches import ArrayPatches, rough_images

from napari_flowprior.flow import (
    PRESETS,
    ActNorm,
    AffineCoupling,
    ContextEncoder,
    FlowConfig,
    InvertibleConv1x1,
    LearnedGaussian,
    MultiscaleFlow,
    Squeeze,
)
from napari_flowprior.training import (
    Autoencoder,
    ImageNoise,
    LatentNoise,
    Likelihood,
    Trainer,
    load_recipe,
)

TABLES = {
    "MNIST": {
        "channels": 1,
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
        "channels": 3,
        "patch size": 64,
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
        "channels": 3,
        "patch size": 64,
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
    assert PRESETS[name].channels == table["channels"]
    flow = MultiscaleFlow(replace(PRESETS[name], channels=channels))
    assert len(flow.levels) == table["levels"]
    width = channels
    for level in flow.levels:
        width *= 4
        squeeze, *steps = level.steps
        assert isinstance(squeeze, Squeeze)
        kinds = [ActNorm, InvertibleConv1x1, AffineCoupling]
        assert [type(step) for step in steps] == kinds * table["steps"]
        for coupling in steps[2::3]:
            check_conditioner(coupling, width, table)
        width //= 2
    *fine, coarse = flow.levels
    check_base(coarse.base, 2 * width, table)
    for level in fine:
        check_context(level.base, table)
    assert not flow.config.noise_conditional


def check_conditioner(
    coupling: AffineCoupling, width: int, table: dict[str, object]
) -> None:
    """Figure 2: 3x3 convolution, N blocks of 3x3 and 1x1, 3x3 convolution."""
    net, hidden = coupling.conditioner, table["hidden"]
    found = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d)]
    expected = [(3, width // 2, hidden), (3, hidden, width)]
    expected += [(3, hidden, hidden), (1, hidden, hidden)] * table.get("blocks", 2)
    shapes = [(c.kernel_size[0], c.in_channels, c.out_channels) for c in found]
    assert sorted(shapes) == sorted(expected)
    assert len(net.blocks) == table.get("blocks", 2)
    assert is_zero(net.tail)


def check_base(base: object, width: int, table: dict[str, object]) -> None:
    assert isinstance(base, LearnedGaussian)
    assert base.mean.numel() == width
    assert isinstance(base.mean, torch.nn.Parameter)
    assert not base.log_std.any()
    trained = isinstance(base.log_std, torch.nn.Parameter)
    assert trained is table["base scale is trained"]


def check_context(base: object, table: dict[str, object]) -> None:
    assert isinstance(base, ContextEncoder)
    assert len(base.convs) == table["context convolutions"]
    assert base.dropout.p == table["dropout"]
    assert all(conv.kernel_size == (3, 3) for conv in base.convs)
    # Twice as many outputs as inputs: the mean and the scale.
    assert base.convs[-1].out_channels == 2 * base.convs[0].in_channels
    assert is_zero(base.convs[-1])
    assert all(not is_zero(conv) for conv in base.convs[:-1])


def is_zero(module: torch.nn.Module) -> bool:
    return not any(parameter.any() for parameter in module.parameters())


def test_dropout_is_the_first_layer_of_div2k() -> None:
    """Figure 3; it acts in training only."""
    encoder = MultiscaleFlow(PRESETS["DIV2K"]).levels[0].base
    seen: list[torch.Tensor] = []
    encoder.convs[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    h = torch.ones(1, 6, 64, 64)
    encoder.train().moments(h, None)
    encoder.eval().moments(h, None)
    dropped = (seen[0] == 0).float().mean().item()
    assert dropped == pytest.approx(0.2, abs=0.02)
    assert torch.equal(seen[1], h)


@pytest.mark.parametrize("name", TABLES)
def test_recipe(name: str) -> None:
    table, recipe = TABLES[name], load_recipe(name.lower())
    train = recipe.train
    assert recipe.flow == PRESETS[name]
    assert train.learning_rate == table["learning rate"]
    assert train.batch_size == table["batch size"]
    assert train.steps == table["training steps"]
    assert train.clip_value == table["gradient value"]
    assert train.clip_norm == table["gradient norm"]
    assert train.warmup == train.decay == 0
    assert recipe.patches.size == table.get("patch size", 28)
    found = {type(loss): loss for loss in train.losses}
    assert found.keys() == table["losses"].keys()
    for kind, values in table["losses"].items():
        for field, value in values.items():
            assert getattr(found[kind], field) == value


@pytest.mark.parametrize("name", TABLES)
def test_optimiser(name: str) -> None:
    """Adam with the learning rate of the table, over all parameters, all the time."""
    small = replace(PRESETS[name], hidden=4)
    config = replace(load_recipe(name.lower()).train, batch_size=1)
    source = ArrayPatches(rough_images(channels=small.channels), 8)
    made = Trainer(MultiscaleFlow(small), config, source)
    assert made.optimisers.muon is None
    assert type(made.optimisers.adam) is torch.optim.Adam
    (group,) = made.optimisers.adam.param_groups
    assert len(group["params"]) == len(list(made.flow.parameters()))
    assert group["betas"] == (0.9, 0.999)
    assert group["weight_decay"] == 0
    rates = {config.learning_rate_at(step) for step in (0, 1, config.steps - 1)}
    assert rates == {TABLES[name]["learning rate"]}


def randomised(config: FlowConfig, by: float = 0.015) -> MultiscaleFlow:
    """A flow of which no layer is the identity any more."""
    torch.manual_seed(0)
    flow = MultiscaleFlow(config).double().eval()
    for parameter in flow.requires_grad_(False).parameters():
        parameter.add_(by * torch.randn_like(parameter))
    return flow


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", TABLES)
def test_density(name: str, channels: int) -> None:
    flow = randomised(replace(PRESETS[name], channels=channels))
    moved: list[float] = []
    for module in flow.modules():
        if isinstance(module, AffineCoupling):
            module.conditioner.register_forward_hook(
                lambda _, __, out: moved.append(out.abs().max().item())
            )
    x = torch.rand(2, channels, 16, 24, dtype=torch.float64)
    log_prob = flow.log_prob(x)
    assert len(moved) == PRESETS[name].levels * PRESETS[name].steps
    assert min(moved) > 0.1
    for whiten in (False, True):
        latents, log_det = flow(x, whiten=whiten)
        found = flow.decode(latents, whitened=whiten)
        assert (found.x - x).abs().max() < 1e-8
        torch.testing.assert_close(found.log_det, -log_det)
        torch.testing.assert_close(found.log_base - found.log_det, log_prob)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", TABLES)
def test_inverse_and_log_determinant(name: str, channels: int) -> None:
    # As deep as the preset, but narrow: a Jacobian needs a pass for every pixel.
    narrow = replace(PRESETS[name], channels=channels, hidden=16)
    flow = randomised(narrow, by=0.05)
    side = max(4, flow.config.stride)
    x = torch.rand(1, channels, side, side, dtype=torch.float64)

    def flat(image: torch.Tensor) -> torch.Tensor:
        # Whitened, so that the context encoders take part.
        return torch.cat([eps.flatten() for eps in flow(image, whiten=True)[0]])

    latents, log_det = flow(x, whiten=True)
    back, inverse_log_det = flow.inverse(latents, whitened=True)
    assert (back - x).abs().max() < 1e-8
    torch.testing.assert_close(inverse_log_det, -log_det)
    jacobian = torch.autograd.functional.jacobian(flat, x)
    jacobian = jacobian.reshape(x.numel(), x.numel())
    expected = torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(log_det[0], expected, rtol=1e-8, atol=1e-8)
