"""The multi-scale flow as a density."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from doubles import MEAN, identity_flow
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_flows import CONDITIONED, images, shaken
from torch import Tensor

from napari_flowprior._errors import InputError
from napari_flowprior.flow import ActNorm, MultiscaleFlow


@pytest.fixture
def flow() -> MultiscaleFlow:
    return shaken(CONDITIONED)


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
def test_decode_gives_the_same_density(flow: MultiscaleFlow, whiten: bool) -> None:
    x = images(3, 1, 8, 8)
    found = flow.decode(flow(x, 0.1, whiten=whiten)[0], 0.1, whitened=whiten)
    torch.testing.assert_close(found.log_base - found.log_det, flow.log_prob(x, 0.1))


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
    x, step = images(1, 1, 4, 4), 1e-5

    def energy() -> Tensor:
        return flow.score(x, 0.1, create_graph=True).square().sum()

    energy().backward()
    tail = flow.levels[0].steps[-1].conditioner.tail
    for parameter in (tail.weight, tail.bias, flow.levels[-1].base.mean):
        index = (0,) * parameter.ndim
        gradient = parameter.grad[index].item()
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                parameter[index] += sign * step
            values.append(energy().item())
            with torch.no_grad():
                parameter[index] -= sign * step
        expected = (values[0] - values[1]) / (2 * step)
        assert gradient == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_score_can_be_differentiated_by_the_image(flow: MultiscaleFlow) -> None:
    x = images(1, 1, 4, 4).requires_grad_()
    direction = images(2, 1, 4, 4)[1:]
    score = flow.score(x, 0.1, create_graph=True)
    (product,) = torch.autograd.grad((score * direction).sum(), x)
    ahead = flow.score(x + 1e-6 * direction, 0.1)
    behind = flow.score(x - 1e-6 * direction, 0.1)
    expected = (ahead - behind) / 2e-6
    torch.testing.assert_close(product, expected, rtol=1e-5, atol=1e-5)


def test_score_needs_no_gradient_mode_and_leaves_no_graph(flow: MultiscaleFlow) -> None:
    x = images(1, 1, 4, 4)
    with torch.no_grad():
        score = flow.score(x, 0.1)
    assert torch.equal(score, flow.score(x, 0.1))
    assert not score.requires_grad
    assert not x.requires_grad
    assert all(parameter.grad is None for parameter in flow.parameters())


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
    (again,) = flow.sample(1, (8, 8), temperature=0.0, sigma=0.1)
    torch.testing.assert_close(again, first)
    for eps in flow(again[None], 0.1, whiten=True)[0]:
        assert eps.abs().max() < 1e-8


def test_images_of_a_batch_do_not_meet(flow: MultiscaleFlow) -> None:
    x, sigma = images(3, 1, 8, 8), torch.tensor([0.0, 0.1, 0.2], dtype=torch.float64)
    together = flow.log_prob(x, sigma)
    alone = [flow.log_prob(x[i : i + 1], float(sigma[i])) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))
    assert (flow.log_prob(x, 0.0) - flow.log_prob(x, 0.2)).abs().min() > 1e-3
    scores = [flow.score(x[i : i + 1], float(sigma[i])) for i in range(3)]
    torch.testing.assert_close(flow.score(x, sigma), torch.cat(scores))
    eps, _ = flow(x, sigma, whiten=True)
    back, _ = flow.inverse(eps, sigma, whitened=True)
    torch.testing.assert_close(back, x)


def test_no_level_is_level_zero(flow: MultiscaleFlow) -> None:
    x = images(2, 1, 8, 8)
    assert torch.equal(flow.log_prob(x), flow.log_prob(x, 0.0))
    level = torch.tensor(0.1, dtype=torch.float64)
    assert torch.equal(flow.log_prob(x, 0.1), flow.log_prob(x, level))


def test_every_noise_level_has_its_own_density(flow: MultiscaleFlow) -> None:
    x = images(1, 1, 8, 8).expand(6, -1, -1, -1)
    levels = torch.tensor([0.0, 0.5, 2, 10, 50, 255]).double() / 255
    values = flow.log_prob(x, levels)
    assert len(values.unique()) == 6


@given(height=st.integers(1, 17), width=st.integers(1, 17))
@settings(max_examples=25)
def test_no_other_size(height: int, width: int) -> None:
    assume(height % 4 or width % 4)
    with pytest.raises(InputError, match=rf"1, {height}, {width}.*divisible by 4"):
        shaken(CONDITIONED).log_prob(images(1, 1, height, width))
    with pytest.raises(InputError, match="divisible by 4"):
        shaken(CONDITIONED).sample(1, (height, width))


def test_the_density_integrates_to_one() -> None:
    """Importance sampling of a randomised flow of 2x2 pixels, with a wide Gaussian."""
    flow = shaken(replace(CONDITIONED, levels=1))
    generator = torch.Generator().manual_seed(0)
    drawn = flow.sample(4000, (2, 2), sigma=0.1, generator=generator).flatten(1)
    mean, scale = drawn.mean(0), torch.linalg.cholesky(1.6 * drawn.T.cov())
    proposal = torch.distributions.MultivariateNormal(mean, scale_tril=scale)
    noise = torch.randn(20_000, 4, generator=generator, dtype=torch.float64)
    x = mean + noise @ scale.T
    with torch.no_grad():
        ratio = flow.log_prob(x.view(-1, 1, 2, 2), 0.1) - proposal.log_prob(x)
    assert ratio.std() > 0.05
    assert ratio.exp().mean().item() == pytest.approx(1, abs=0.02)


def test_half_precision_reaches_the_networks_only(flow: MultiscaleFlow) -> None:
    flow.float()
    x = images(2, 1, 16, 16).float()
    exact = flow.log_prob(x, 0.1)
    seen: dict[torch.dtype, int] = {}

    def note(_: object, __: object, out: Tensor) -> None:
        seen[out.dtype] = seen.get(out.dtype, 0) + 1

    convolutions = [m for m in flow.modules() if isinstance(m, torch.nn.Conv2d)]
    for convolution in convolutions:
        convolution.register_forward_hook(note)
    flow.set_bfloat16(True)
    rough = flow.log_prob(x, 0.1)
    assert seen == {torch.bfloat16: len(convolutions)}
    assert rough.dtype == torch.float32
    assert not torch.equal(rough, exact)
    # The inverse sees the same rounded networks, so nothing is lost.
    for whiten in (False, True):
        eps, log_det = flow(x, 0.1, whiten=whiten)
        back, inverse_log_det = flow.inverse(eps, 0.1, whitened=whiten)
        assert (back - x).abs().max() < 1e-4
        torch.testing.assert_close(inverse_log_det, -log_det)
        assert {e.dtype for e in eps} == {torch.float32}
    flow.set_bfloat16(False)
    assert torch.equal(flow.log_prob(x, 0.1), exact)


@pytest.mark.parametrize(
    "shape", [(1, 8, 8), (1, 3, 8, 8), (1, 1, 8, 6), (1, 1, 7, 8), (0, 1, 8, 8)]
)
def test_wrong_shapes_are_refused(flow: MultiscaleFlow, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="divisible by 4"):
        flow.log_prob(torch.zeros(shape, dtype=torch.float64))
