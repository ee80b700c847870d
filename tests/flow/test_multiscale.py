"""The multi-scale flow as a density."""

from __future__ import annotations

import math

import pytest
import torch
from doubles import MEAN, identity_flow
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import ActNorm, FlowConfig, MultiscaleFlow

CONDITIONED = FlowConfig(
    channels=1,
    levels=2,
    steps=2,
    hidden=6,
    context_layers=2,
    activation="silu",
    noise_conditional=True,
    embedding=8,
)


@pytest.fixture
def flow() -> MultiscaleFlow:
    torch.manual_seed(0)
    flow = MultiscaleFlow(CONDITIONED).double().eval()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return flow


def images(*shape: int) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(shape, generator=generator, dtype=torch.float64)


def test_identity_flow_has_a_closed_form() -> None:
    x = images(3, 1, 8, 6)
    expected = torch.distributions.Normal(MEAN, 1.0).log_prob(x).sum(dim=(1, 2, 3))
    torch.testing.assert_close(identity_flow().log_prob(x), expected)


def test_a_scaled_flow_integrates_to_one() -> None:
    """One ActNorm turns N(MEAN, 1) into a Gaussian of another width."""
    flow = identity_flow()
    (norm,) = (m for m in flow.modules() if isinstance(m, ActNorm))
    with torch.no_grad():
        norm.log_scale.fill_(math.log(2))
    x = images(2, 1, 4, 4)
    normal = torch.distributions.Normal(MEAN / 2, 0.5)
    torch.testing.assert_close(flow.log_prob(x), normal.log_prob(x).sum((1, 2, 3)))


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


@pytest.mark.parametrize("whiten", [False, True])
def test_decode_gives_the_same_density(flow: MultiscaleFlow, whiten: bool) -> None:
    x = images(3, 1, 8, 8)
    found = flow.decode(flow(x, 0.1, whiten=whiten)[0], 0.1, whitened=whiten)
    torch.testing.assert_close(found.log_base - found.log_det, flow.log_prob(x, 0.1))


def test_latents_are_coarse_to_fine(flow: MultiscaleFlow) -> None:
    latents, _ = flow(images(2, 1, 8, 12), 0.1)
    assert [tuple(u.shape[1:]) for u in latents] == flow.latent_shapes(8, 12)
    assert [u.shape[-1] for u in latents] == [3, 6]
    assert sum(u[0].numel() for u in latents) == 8 * 12


def test_score_is_the_gradient(flow: MultiscaleFlow) -> None:
    x, step = images(1, 1, 4, 4), 1e-6
    score = flow.score(x, 0.1)
    for y, z in ((0, 0), (1, 3), (2, 2)):
        shift = torch.zeros_like(x)
        shift[0, 0, y, z] = step
        change = flow.log_prob(x + shift, 0.1) - flow.log_prob(x - shift, 0.1)
        torch.testing.assert_close(
            change[0] / (2 * step), score[0, 0, y, z], rtol=1e-5, atol=1e-5
        )


def test_score_can_be_differentiated(flow: MultiscaleFlow) -> None:
    score = flow.score(images(1, 1, 4, 4), 0.1, create_graph=True)
    score.square().sum().backward()
    assert any(p.grad is not None and p.grad.any() for p in flow.parameters())


def test_samples_have_their_density(flow: MultiscaleFlow) -> None:
    generator = torch.Generator().manual_seed(3)
    x = flow.sample(4, (8, 12), sigma=0.1, generator=generator)
    assert x.shape == (4, 1, 8, 12)
    eps, log_det = flow(x, 0.1, whiten=True)
    white = sum(
        torch.distributions.Normal(0, 1).log_prob(e).sum((1, 2, 3)) for e in eps
    )
    torch.testing.assert_close(white + log_det, flow.log_prob(x, 0.1))
    again = flow.sample(4, (8, 12), sigma=0.1, generator=generator.manual_seed(3))
    assert torch.equal(x, again)


def test_latents_of_samples_are_standard_normal(flow: MultiscaleFlow) -> None:
    generator = torch.Generator().manual_seed(3)
    x = flow.sample(64, (16, 16), sigma=0.1, generator=generator)
    eps = torch.cat([e.flatten() for e in flow(x, 0.1, whiten=True)[0]])
    assert eps.mean().abs() < 0.03
    assert (eps.std() - 1).abs() < 0.03


def test_zero_temperature_is_one_image(flow: MultiscaleFlow) -> None:
    first, second = flow.sample(2, (8, 8), temperature=0.0, sigma=0.1)
    assert torch.equal(first, second)


def test_images_of_a_batch_do_not_meet(flow: MultiscaleFlow) -> None:
    x, sigma = images(3, 1, 8, 8), torch.tensor([0.0, 0.1, 0.2], dtype=torch.float64)
    together = flow.log_prob(x, sigma)
    alone = [flow.log_prob(x[i : i + 1], float(sigma[i])) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))
    assert (flow.log_prob(x, 0.0) - flow.log_prob(x, 0.2)).abs().min() > 1e-3


def test_initialise_whitens_every_level(flow: MultiscaleFlow) -> None:
    flow.initialize(images(8, 1, 16, 16), 0.1)
    latents, _ = flow(images(8, 1, 16, 16), 0.1)
    for latent in latents:
        assert latent.std() < 20
        assert latent.std() > 0.05


def test_half_precision_reaches_the_networks_only(flow: MultiscaleFlow) -> None:
    flow.float()
    x = images(2, 1, 16, 16).float()
    exact, log_det = flow(x, 0.1)
    flow.set_bfloat16(True)
    rough, _ = flow(x, 0.1)
    back, _ = flow.inverse(rough, 0.1)
    assert not torch.equal(rough[0], exact[0])
    assert log_det.dtype == rough[0].dtype == torch.float32
    # The inverse sees the same rounded networks, so nothing is lost.
    assert (back - x).abs().max() < 1e-4


@pytest.mark.parametrize(
    "shape", [(1, 8, 8), (1, 3, 8, 8), (1, 1, 8, 6), (1, 1, 7, 8), (0, 1, 8, 8)]
)
def test_wrong_shapes_are_refused(flow: MultiscaleFlow, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="divisible by 4"):
        flow.log_prob(torch.zeros(shape, dtype=torch.float64))


def test_other_misuse_is_refused(flow: MultiscaleFlow) -> None:
    with pytest.raises(InputError, match="has 2"):
        flow.inverse([images(1, 1, 2, 2)])
    with pytest.raises(InputError, match="not conditioned"):
        identity_flow().log_prob(images(1, 1, 4, 4), 0.1)


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
        {"colour": 3},
    ],
    ids=str,
)
def test_wrong_configs_are_refused(wrong: dict[str, object]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=name):
        FlowConfig.from_dict(wrong)


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
