"""Muon against its formula, and the state of optimisers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.training import TrainConfig
from napari_flowprior.training.optim._optimisers import Muon, Optimisers, orthogonalised

WIDE = FlowConfig(channels=1, levels=1, steps=1, hidden=20, blocks=1)
MUON = TrainConfig(steps=9, batch_size=1, optimiser="muon", kernel_rate=0.1)


@pytest.mark.parametrize("shape", [(3, 16, 40), (2, 40, 16), (1, 20, 20)])
def test_singular_values_become_one(shape: tuple[int, ...]) -> None:
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    found = torch.linalg.svdvals(orthogonalised(matrices))
    assert found.min() > 0.6
    assert found.max() < 1.3


def test_singular_vectors_stay() -> None:
    """A diagonal matrix stays one, whatever the sizes of its entries."""
    entries = torch.tensor([4.0, -1.0, 0.5, 3.0])
    found = orthogonalised(torch.diag(entries)[None])[0]
    assert (found - torch.diag(found.diagonal())).abs().max() < 1e-6
    assert torch.equal(found.diagonal().sign(), entries.sign())


def test_a_gradient_of_zero_changes_nothing() -> None:
    assert not orthogonalised(torch.zeros(1, 16, 16)).any()


@pytest.mark.parametrize(("rows", "columns", "scale"), [(32, 8, 2.0), (8, 32, 1.0)])
def test_step(rows: int, columns: int, scale: float) -> None:
    """The first step goes along the orthogonalised gradient; momentum follows."""
    generator = torch.Generator().manual_seed(0)
    kernel = nn.Parameter(torch.zeros(rows, columns // 4, 2, 2))
    gradients = torch.randn(2, *kernel.shape, generator=generator)
    optimiser = Muon([kernel], lr=0.1)
    kernel.grad = gradients[0].clone()
    optimiser.step()
    expected = -0.1 * scale * orthogonalised(gradients[0].flatten(1)[None])[0]
    torch.testing.assert_close(kernel.detach().flatten(1), expected)
    before = kernel.detach().clone()
    kernel.grad = gradients[1].clone()
    optimiser.step()
    mean = 0.95 * 0.05 * gradients[0] + 0.05 * gradients[1]
    ahead = (0.05 * gradients[1] + 0.95 * mean).flatten(1)
    expected = -0.1 * scale * orthogonalised(ahead[None])[0]
    torch.testing.assert_close((kernel.detach() - before).flatten(1), expected)


def test_half_precision_makes_about_the_same_step() -> None:
    kernels = [nn.Parameter(torch.zeros(32, 8, 2, 2)) for _ in range(2)]
    gradient = torch.randn(32, 8, 2, 2, generator=torch.Generator().manual_seed(0))
    for kernel, half in zip(kernels, (False, True), strict=True):
        kernel.grad = gradient.clone()
        Muon([kernel], lr=0.1, half=half).step()
    exact, rough = (kernel.detach() for kernel in kernels)
    assert rough.dtype == torch.float32
    assert 0 < (rough - exact).norm() < 0.05 * exact.norm()


def test_kernels_alike_are_not_mixed_up() -> None:
    generator = torch.Generator().manual_seed(0)
    gradients = torch.randn(2, 16, 16, 1, 1, generator=generator)
    together = [nn.Parameter(torch.zeros(16, 16, 1, 1)) for _ in range(2)]
    alone = [nn.Parameter(torch.zeros(16, 16, 1, 1)) for _ in range(2)]
    for kernels in (together, alone):
        for kernel, gradient in zip(kernels, gradients, strict=True):
            kernel.grad = gradient.clone()
    Muon(together, lr=0.1).step()
    for kernel in alone:
        Muon([kernel], lr=0.1).step()
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one, other)


def test_every_parameter_has_one_optimiser() -> None:
    flow = MultiscaleFlow(WIDE)
    made = Optimisers(flow, MUON)
    assert made.muon is not None
    parts = [p for o in (made.adam, made.muon) for p in o.param_groups[0]["params"]]
    assert sorted(map(id, parts)) == sorted(map(id, flow.parameters()))
    kernels = made.muon.param_groups[0]["params"]
    assert {k.ndim for k in kernels} == {4}
    assert all(min(k.shape[0], k[0].numel()) >= 16 for k in kernels)
    small = Optimisers(
        MultiscaleFlow(FlowConfig(channels=1, levels=1, steps=1, hidden=6)), MUON
    )
    assert small.muon is None


def test_rates_follow_the_schedule() -> None:
    flow = MultiscaleFlow(WIDE)
    made = Optimisers(flow, MUON)
    made.step(0.5)
    assert made.adam.param_groups[0]["lr"] == pytest.approx(0.5e-4)
    assert made.muon is not None
    assert made.muon.param_groups[0]["lr"] == pytest.approx(0.05)


def test_state_goes_through_a_file() -> None:
    flow, other = MultiscaleFlow(WIDE), MultiscaleFlow(WIDE)
    made, fresh = Optimisers(flow, MUON), Optimisers(other, MUON)
    for parameter in flow.parameters():
        parameter.grad = torch.randn_like(parameter)
    made.step(1.0)
    state = made.tensors()
    shapes = made.shapes()
    assert {name: tuple(t.shape) for name, t in state.items()} == shapes
    fresh.load(state)
    assert fresh.tensors().keys() == state.keys()
    assert all(torch.equal(fresh.tensors()[name], state[name]) for name in state)
