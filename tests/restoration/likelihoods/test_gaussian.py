"""The Gaussian data term."""

from __future__ import annotations

import torch

from napari_flowprior.restoration import GaussianLikelihood, Mask


def test_energy_counts_what_is_seen_only() -> None:
    known = torch.tensor([[[[True, False]]]])
    likelihood = GaussianLikelihood(
        torch.tensor([[[[1.0, 0.0]]]]), Mask(known), sigma=0.5
    )
    energy = likelihood.energy(torch.tensor([[[[0.0, 100.0]]]]))
    torch.testing.assert_close(energy, torch.tensor([2.0]))


def test_finish_puts_back_what_is_exact() -> None:
    y = torch.rand(1, 1, 4, 4)
    known = torch.rand(1, 1, 4, 4) > 0.5
    x = torch.rand(1, 1, 4, 4)
    exact = GaussianLikelihood(y, Mask(known), sigma=0.0).finish(x)
    assert torch.equal(exact[known], y[known])
    assert torch.equal(exact[~known], x[~known])
    assert torch.equal(GaussianLikelihood(y, Mask(known), 0.1).finish(x), x)
