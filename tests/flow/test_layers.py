"""Every bijection: its inverse, and its log-determinant against autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from napari_flowprior.flow import (
    ActNorm,
    AffineCoupling,
    ContextEncoder,
    FlowConfig,
    InvertibleConv1x1,
    LearnedGaussian,
    Squeeze,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_flowprior.flow import Bijection, GaussianBase

PLAIN = FlowConfig(hidden=6, steps=1)
CONDITIONED = FlowConfig(
    hidden=6, context_layers=3, activation="silu", noise_conditional=True, embedding=5
)
BIJECTIONS: dict[str, Callable[[], Bijection]] = {
    "actnorm": lambda: ActNorm(4),
    "conv": lambda: InvertibleConv1x1(4),
    "squeeze": Squeeze,
    "coupling": lambda: AffineCoupling(4, PLAIN),
    "conditioned coupling": lambda: AffineCoupling(4, CONDITIONED),
}
BASES: dict[str, Callable[[], GaussianBase]] = {
    "unit": lambda: LearnedGaussian(4, learn_scale=False),
    "gaussian": lambda: LearnedGaussian(4, learn_scale=True),
    "context": lambda: ContextEncoder(4, PLAIN),
    "conditioned context": lambda: ContextEncoder(4, CONDITIONED),
}


def draw(*shape: int, seed: int = 1) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def shaken(module: nn.Module) -> nn.Module:
    """Move all parameters, so that nothing is the identity by its initialisation."""
    torch.manual_seed(0)
    module.double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return module


def log_determinant(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    jacobian = torch.autograd.functional.jacobian(function, x)
    return torch.linalg.slogdet(jacobian.reshape(x.numel(), x.numel())).logabsdet


@pytest.mark.parametrize("build", BIJECTIONS.values(), ids=BIJECTIONS.keys())
def test_bijection(build: Callable[[], Bijection]) -> None:
    bijection = shaken(build())
    x, level = draw(2, 4, 4, 6), draw(2, 5)
    u, log_det = bijection(x, level)
    back, inverse_log_det = bijection.inverse(u, level)
    assert (back - x).abs().max() < 1e-8
    assert log_det.shape == (2,)
    torch.testing.assert_close(inverse_log_det, -log_det)
    for one in range(2):
        part = slice(one, one + 1)
        expected = log_determinant(lambda v, p=part: bijection(v, level[p])[0], x[part])
        torch.testing.assert_close(log_det[one], expected)


@pytest.mark.parametrize("build", BASES.values(), ids=BASES.keys())
def test_base_distribution(build: Callable[[], GaussianBase]) -> None:
    base = shaken(build())
    u, h, level = draw(2, 4, 4, 6), draw(2, 4, 4, 6, seed=2), draw(2, 5)
    eps, log_det = base.whiten(u, h, level)
    back, inverse_log_det = base.colour(eps, h, level)
    assert (back - u).abs().max() < 1e-8
    torch.testing.assert_close(inverse_log_det, -log_det)
    part = slice(0, 1)
    expected = log_determinant(
        lambda v: base.whiten(v, h[part], level[part])[0], u[part]
    )
    torch.testing.assert_close(log_det[0], expected)
    mean, log_std = base.moments(h, level)
    normal = torch.distributions.Normal(mean, log_std.exp())
    density = normal.log_prob(u).sum(dim=(1, 2, 3))
    white = torch.distributions.Normal(0.0, 1.0).log_prob(eps).sum(dim=(1, 2, 3))
    torch.testing.assert_close(white + log_det, density)


def test_actnorm_is_initialised_on_demand_only() -> None:
    layer = ActNorm(3).double()
    x = 5 + 3 * draw(4, 3, 8, 8)
    assert torch.equal(layer(x)[0], x)
    layer.initialize(x)
    std, mean = torch.std_mean(layer(x)[0], dim=(0, 2, 3), correction=0)
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-12, rtol=0)
    torch.testing.assert_close(std, torch.ones_like(std))


def test_actnorm_survives_a_constant_channel() -> None:
    layer = ActNorm(2).double()
    layer.initialize(torch.ones(2, 2, 4, 4, dtype=torch.float64))
    assert all(p.isfinite().all() for p in layer.parameters())


def test_conv_starts_as_a_rotation() -> None:
    weight = InvertibleConv1x1(6).double().weight()
    eye = torch.eye(6, dtype=torch.float64)
    torch.testing.assert_close(weight @ weight.mT, eye, atol=1e-6, rtol=0)


def test_fresh_coupling_is_the_identity() -> None:
    x = draw(1, 4, 4, 4)
    u, log_det = AffineCoupling(4, PLAIN).double()(x)
    assert torch.equal(u, x)
    assert torch.equal(log_det, torch.zeros(1, dtype=torch.float64))


def test_coupling_scale_is_bounded() -> None:
    coupling = shaken(AffineCoupling(4, PLAIN))
    _, log_det = coupling(1e6 * draw(1, 4, 4, 4))
    assert log_det.abs() <= PLAIN.scale_bound * 2 * 4 * 4


def test_context_scale_is_bounded() -> None:
    encoder = shaken(ContextEncoder(4, PLAIN))
    mean, log_std = encoder.moments(1e6 * draw(1, 4, 4, 4), None)
    assert log_std.abs().max() <= PLAIN.scale_bound
    assert mean.abs().max() > 1e3


def test_conditioner_is_that_of_figure_2() -> None:
    net = AffineCoupling(8, FlowConfig(hidden=16, blocks=3)).conditioner
    assert [net.head.in_channels, net.head.out_channels] == [4, 16]
    assert [net.tail.in_channels, net.tail.out_channels] == [16, 8]
    assert net.head.kernel_size == net.tail.kernel_size == (3, 3)
    assert len(net.blocks) == 3
    for block in net.blocks:
        assert block.conv3.kernel_size == (3, 3)
        assert block.conv1.kernel_size == (1, 1)
        h = draw(1, 16, 4, 4).float()
        nn.init.zeros_(block.conv1.weight)
        nn.init.zeros_(block.conv1.bias)
        assert torch.equal(block(h, None), h)


def test_context_encoder_of_figure_3() -> None:
    config = FlowConfig(hidden=16, context_layers=5, context_dropout=0.2)
    encoder = ContextEncoder(4, config)
    assert encoder.dropout.p == 0.2
    assert len(encoder.convs) == 5
    assert encoder.convs[0].in_channels == 4
    assert encoder.convs[-1].out_channels == 8
    assert {conv.kernel_size for conv in encoder.convs} == {(3, 3)}
    assert not encoder.convs[-1].weight.any()
    assert not encoder.convs[-1].bias.any()
    # Dropout comes first: in training, part of the context itself is gone.
    seen: list[Tensor] = []
    encoder.convs[0].register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    encoder.train().moments(torch.ones(1, 4, 16, 16), None)
    assert 0.1 < (seen[0] == 0).float().mean() < 0.3
