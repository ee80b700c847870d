"""The map between images and latents, and back."""

from __future__ import annotations

import pytest
import torch
from doubles import identity_flow
from hypothesis import given, settings
from hypothesis import strategies as st
from small_flows import CONDITIONED, images, shaken
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import ActNorm, MultiscaleFlow


@pytest.fixture
def flow() -> MultiscaleFlow:
    return shaken(CONDITIONED)


@pytest.mark.parametrize("whiten", [False, True])
def test_log_determinant_against_autograd(flow: MultiscaleFlow, whiten: bool) -> None:
    x = images(1, 1, 8, 4)

    def flat(image: Tensor) -> Tensor:
        latents, _ = flow(image, 0.1, whiten=whiten)
        return torch.cat([latent.flatten() for latent in latents])

    latents, log_det = flow(x, 0.1, whiten=whiten)
    jacobian = torch.autograd.functional.jacobian(flat, x).reshape(32, 32)
    torch.testing.assert_close(log_det[0], torch.linalg.slogdet(jacobian).logabsdet)
    back, inverse = flow.inverse(latents, 0.1, whitened=whiten)
    assert (back - x).abs().max() < 1e-8
    torch.testing.assert_close(inverse, -log_det)


def test_latents_are_coarse_to_fine(flow: MultiscaleFlow) -> None:
    latents, _ = flow(images(2, 1, 8, 12), 0.1)
    assert [tuple(u.shape[1:]) for u in latents] == flow.latent_shapes(8, 12)
    assert [u.shape[-1] for u in latents] == [3, 6]
    assert sum(u[0].numel() for u in latents) == 8 * 12


@given(height=st.integers(1, 6), width=st.integers(1, 6), number=st.integers(1, 3))
@settings(max_examples=15)
def test_any_size_divisible_by_the_stride(height: int, width: int, number: int) -> None:
    flow = shaken(CONDITIONED)
    x = images(number, 1, 4 * height, 4 * width)
    eps, log_det = flow(x, 0.1, whiten=True)
    assert [tuple(e.shape[1:]) for e in eps] == flow.latent_shapes(*x.shape[2:])
    assert log_det.shape == (number,)
    back, _ = flow.inverse(eps, 0.1, whitened=True)
    assert (back - x).abs().max() < 1e-8


def test_initialise_whitens_after_every_actnorm(flow: MultiscaleFlow) -> None:
    x = 3 + 0.2 * images(8, 1, 16, 16)
    flow.initialize(x, 0.1)
    norms = [module for module in flow.modules() if isinstance(module, ActNorm)]
    assert len(norms) == CONDITIONED.levels * CONDITIONED.steps
    seen: list[Tensor] = []
    for norm in norms:
        norm.register_forward_hook(lambda _, __, out: seen.append(out[0].detach()))
    flow(x, 0.1)
    for out in seen:
        std, mean = torch.std_mean(out, dim=(0, 2, 3), correction=0)
        torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-9, rtol=0)
        torch.testing.assert_close(std, torch.ones_like(std))


def test_forward_initialises_nothing(flow: MultiscaleFlow) -> None:
    before = {name: value.clone() for name, value in flow.state_dict().items()}
    flow.train()(5 + images(4, 1, 8, 8), 0.1)
    assert all(torch.equal(v, before[k]) for k, v in flow.state_dict().items())


def test_other_misuse_is_refused(flow: MultiscaleFlow) -> None:
    with pytest.raises(InputError, match="has 2"):
        flow.inverse([images(1, 1, 2, 2)])
    with pytest.raises(InputError, match="not conditioned"):
        identity_flow().log_prob(images(1, 1, 4, 4), 0.1)
