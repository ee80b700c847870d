"""The score network: a forward pass in place of the flow's gradient."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow, bounded

BARE = FlowConfig(
    channels=1, levels=2, steps=1, hidden=6, activation="silu", noise_conditional=True
)
CONFIG = replace(BARE, score_widths=(4, 6, 8), score_blocks=1)


def made(config: FlowConfig = CONFIG, *, shaken: bool = True) -> MultiscaleFlow:
    torch.manual_seed(0)
    flow = MultiscaleFlow(config).double().eval()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * shaken * torch.randn_like(parameter))
    return flow


@pytest.fixture
def x() -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(3, 1, 16, 24, generator=generator, dtype=torch.float64)


def test_a_fresh_network_leaves_images_alone(x: Tensor) -> None:
    assert torch.equal(made(shaken=False).denoise(x, 0.1), x)


def test_without_noise_there_is_nothing_to_do(x: Tensor) -> None:
    flow = made()
    assert torch.equal(flow.denoise(x, 0.0), x)
    assert not torch.allclose(flow.denoise(x, 0.1), x)


def test_denoises_by_tweedie(x: Tensor) -> None:
    flow = made()
    sigma = torch.tensor([0.05, 0.1, 0.2], dtype=torch.float64)
    assert flow.score_network is not None
    score = flow.score_network(x, sigma) / sigma[:, None, None, None]
    change = sigma.square()[:, None, None, None] * score
    assert change.abs().max() < 1.5 * sigma.max()
    torch.testing.assert_close(flow.denoise(x, sigma), x + change)


def test_no_pixel_changes_by_more_than_five_deviations(x: Tensor) -> None:
    flow = made()
    assert flow.score_network is not None
    with torch.no_grad():
        flow.score_network.tail.bias.fill_(1e6)
    change = flow.denoise(x, 0.1) - x
    torch.testing.assert_close(change, torch.full_like(x, 0.5))
    with torch.no_grad():
        flow.score_network.tail.bias.fill_(torch.nan)
    assert torch.equal(flow.denoise(x, 0.1), x)


@pytest.mark.parametrize("size", [0.0, 1e-30, 0.5, 2.0, 4.0, 5.0, 7.0, 1e3, 1e30])
def test_bound(size: float) -> None:
    c = torch.tensor([size, -size], dtype=torch.float64)
    expected = size if size <= 3 else 3 + 2 * math.tanh((size - 3) / 2)
    assert bounded(c).tolist() == pytest.approx([expected, -expected])


def test_the_bound_is_smooth() -> None:
    c = torch.tensor([3 - 1e-9, 3 + 1e-9], dtype=torch.float64, requires_grad=True)
    bounded(c).sum().backward()
    torch.testing.assert_close(c.grad, torch.ones(2, dtype=torch.float64))


def test_a_map_of_levels(x: Tensor) -> None:
    flow = made()
    even = torch.full((3, 1, 16, 24), 0.1, dtype=torch.float64)
    torch.testing.assert_close(flow.denoise(x, even), flow.denoise(x, 0.1))
    uneven = even.clone()
    uneven[..., 12:] = 0
    denoised = flow.denoise(x, uneven)
    assert torch.equal(denoised[..., 12:], x[..., 12:])
    assert not torch.allclose(denoised[..., :12], x[..., :12])


def test_clipping_is_told_where_the_network_knows_of_it(x: Tensor) -> None:
    told = torch.tensor([[0, 0], [1, 0], [0, 1]], dtype=torch.float64)
    deaf, flow = made(), made(replace(CONFIG, score_clipping=True))
    assert torch.equal(deaf.denoise(x, 0.1, told), deaf.denoise(x, 0.1))
    same = (flow.denoise(x, 0.1, told) - flow.denoise(x, 0.1)).abs().amax((1, 2, 3))
    assert (same > 0).tolist() == [False, True, True]
    assert flow.config.score_inputs == deaf.config.score_inputs + 2


def test_without_a_network_the_flow_denoises(x: Tensor) -> None:
    flow = made(BARE)
    expected = x + 0.01 * flow.score(x, 0.1)
    torch.testing.assert_close(flow.denoise(x, 0.1), expected)


def test_images_of_a_batch_do_not_mix(x: Tensor) -> None:
    flow = made()
    sigma = torch.tensor([0.05, 0.1, 0.2], dtype=torch.float64)
    alone = [flow.denoise(x[i : i + 1], float(sigma[i])) for i in range(3)]
    torch.testing.assert_close(flow.denoise(x, sigma), torch.cat(alone))


@pytest.mark.parametrize("channels", [1, 3])
def test_every_channel_and_pixel_counts(channels: int) -> None:
    flow = made(replace(CONFIG, channels=channels))
    x = torch.rand(1, channels, 16, 16, dtype=torch.float64, requires_grad=True)
    flow.denoise(x, 0.1)[0, 0, 8, 8].backward()
    assert x.grad is not None
    assert (x.grad[0, :, 4:12, 4:12] != 0).all()


def test_the_density_is_that_of_the_flow_alone(x: Tensor) -> None:
    """Fresh flows of one seed are equal with and without a network."""
    with_network, without = made(shaken=False), made(BARE, shaken=False)
    for name, tensor in without.state_dict().items():
        assert torch.equal(with_network.state_dict()[name], tensor), name
    assert torch.equal(with_network.log_prob(x, 0.1), without.log_prob(x, 0.1))


def test_stride_is_that_of_the_coarser() -> None:
    assert CONFIG.stride == 8
    assert replace(CONFIG, levels=4).stride == 16
    with pytest.raises(InputError, match="divisible by 8"):
        made().denoise(torch.rand(1, 1, 12, 16, dtype=torch.float64), 0.1)


@pytest.mark.parametrize("widths", [(5,), (4, 6), (4, 6, 8)])
@pytest.mark.parametrize("channels", [1, 3])
def test_cost_counts_multiply_adds(widths: tuple[int, ...], channels: int) -> None:
    config = replace(CONFIG, channels=channels, score_widths=widths, score_blocks=2)
    network = MultiscaleFlow(config).score_network
    assert network is not None
    counted = 0

    def count(module: torch.nn.Conv2d, _: object, out: Tensor) -> None:
        nonlocal counted
        counted += module.weight[0].numel() * out.numel()

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    network(torch.zeros(1, channels, 16, 16), torch.zeros(1))
    assert counted / 256 == pytest.approx(config.score_multiply_adds_per_pixel)


def test_no_network_costs_nothing() -> None:
    assert BARE.score_multiply_adds_per_pixel == 0
    assert BARE.score_bytes_per_pixel == 0


def test_bfloat16_is_close(x: Tensor) -> None:
    flow = made().float()
    exact = flow.denoise(x.float(), 0.1)
    flow.set_bfloat16(True)
    rough = flow.denoise(x.float(), 0.1)
    assert rough.dtype == torch.float32
    change = (exact - x).square().mean().sqrt()
    assert 0 < (rough - exact).square().mean().sqrt() < 0.02 * change
    flow.set_bfloat16(False)
    assert torch.equal(flow.denoise(x.float(), 0.1, half=True), rough)


def test_the_first_and_the_last_layer_stay_in_float32(x: Tensor) -> None:
    network = made().float().score_network
    assert network is not None
    seen = []

    def note(_: object, __: object, out: Tensor) -> None:
        seen.append(out.dtype)

    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(note)
    network(x.float(), torch.full((len(x),), 0.1), half=True)
    assert (seen[0], seen[-1]) == (torch.float32, torch.float32)
    assert set(seen[1:-1]) == {torch.bfloat16}


@pytest.mark.parametrize(
    "widths", [(0,), (4.0,), (True,), (600,), (4,) * 6, 8, "64", ("8",)]
)
def test_wrong_widths(widths: object) -> None:
    with pytest.raises(InputError, match="score_widths"):
        FlowConfig.from_dict({"noise_conditional": True, "score_widths": widths})


def test_lists_become_tuples() -> None:
    given = {"noise_conditional": True, "score_widths": [4, 6]}
    assert FlowConfig.from_dict(given).score_widths == (4, 6)


def test_only_conditioned_flows_have_one() -> None:
    with pytest.raises(InputError, match="noise_conditional"):
        FlowConfig(score_widths=(4,))
